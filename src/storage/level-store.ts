import {Level} from "level";
import {MemoryLevel} from "memory-level";
import {concatBytes} from "../bytes.ts";
import type {Log} from "../log.ts";
import {type Disk, makeDurableFolder, systemDisk} from "./disk.ts";
import {storageFailure} from "./failure.ts";
import type {KeyRange, Store, Write} from "./store.ts";

// Both have the same face (abstract-level); the one on disk stands for it.
type Database = Level<Uint8Array, Uint8Array>;

// Entries fetched in one crossing to the store; what one walk holds in memory at a time.
const WALK_CHUNK = 256;
// Bytes behind a prefix that make a key past all with that prefix; keys are a few bytes longer than their tables' prefixes.
const PAST_KEYS = 32;
// Changes that are handed over between two turns of the event loop.
const TURN_WRITES = 500;
const ENCODINGS = {keyEncoding: "view", valueEncoding: "view"} as const;

/**
 * Opens (or makes) the store in `folder`. Errors: `storage/locked` when another process or store has it open, `storage/disk-full`,
 * `storage/failed`.
 */
export async function openStore(folder: string, deps: {log?: Log; disk?: Disk} = {}): Promise<Store> {
  try {
    // LevelDB syncs the names in its folder and not that of the folder. Before the database exists: once made, it opens by itself and makes
    // the folders above it, whose names would then not be synced.
    await makeDurableFolder(folder, deps.disk ?? systemDisk);
    const database = new Level<Uint8Array, Uint8Array>(folder, ENCODINGS);
    await database.open();
    deps.log?.debug({folder}, "store opened");
    return storeOf(database, folder);
  } catch (error) {
    throw storageFailure(error, folder);
  }
}

/** A store that is gone with its process; the same behaviour as one on disk. For tests. */
export async function createMemoryStore(): Promise<Store> {
  const database = new MemoryLevel<Uint8Array, Uint8Array>({...ENCODINGS, storeEncoding: "view"});
  await database.open();
  const store = storeOf(database as unknown as Database, "memory");
  // The tree in memory keeps the arrays it is given; a disk does not, and neither may this.
  return {
    ...store,
    get: (key) => store.get(key)?.slice() ?? null,
    write: (batch, options) => store.write(batch.map(copyOf), options),
  };
}

function copyOf(write: Write): Write {
  const key = write.key.slice();
  return write.kind === "put" ? {kind: "put", key, value: write.value.slice()} : {kind: "delete", key};
}

function writeAtOnce(database: Database, batch: readonly Write[], isSynced: boolean): Promise<void> {
  const operations = batch.map((write) =>
    write.kind === "put"
      ? {type: "put" as const, key: write.key, value: write.value}
      : {type: "del" as const, key: write.key},
  );
  return database.batch(operations, {sync: isSynced} as object);
}

// Handing ten thousand changes to the database at once holds the event loop for 25 ms; in turns, nobody waits longer than for one.
async function writeInTurns(database: Database, batch: readonly Write[], isSynced: boolean): Promise<void> {
  const chained = database.batch();
  for (const [index, write] of batch.entries()) {
    if (write.kind === "put") chained.put(write.key, write.value);
    else chained.del(write.key);
    if ((index + 1) % TURN_WRITES === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await chained.write({sync: isSynced} as object);
}

function storeOf(database: Database, name: string): Store {
  // Writes take effect in the order of their calls, one after the other.
  let lane: Promise<void> = Promise.resolve();
  let failure: Error | null = null;
  const guarded = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      throw storageFailure(error, name);
    }
  };
  const store: Store = {
    get: (key) => guarded(() => database.getSync(key) ?? null),
    has: (key) => guarded(() => database.getSync(key) !== undefined),
    write: (batch, {isSynced}) => {
      const written = lane.then(async () => {
        // After a failed append the database's log may be out of step with itself: it would take further writes and lose them at the next
        // opening. So the first failure is the last write.
        if (failure !== null) throw failure;
        try {
          await (batch.length > TURN_WRITES ? writeInTurns : writeAtOnce)(database, batch, isSynced);
        } catch (error) {
          failure = storageFailure(error, name);
          throw failure;
        }
      });
      lane = written.catch(() => undefined);
      return written;
    },
    entries: (range) =>
      walk(
        guarded(() => database.iterator(boundsOf(range))),
        name,
      ),
    keys: (range) =>
      walk(
        guarded(() => database.keys(boundsOf(range))),
        name,
      ),
    compact: async ({prefix}) => {
      await lane;
      // Only what lies on a disk has older versions.
      const {compactRange} = database as {compactRange?: (start: Uint8Array, end: Uint8Array) => Promise<void>};
      if (compactRange === undefined) return;
      const end = concatBytes(prefix, new Uint8Array(PAST_KEYS).fill(0xff));
      const touch = (key: Uint8Array): Write => {
        const value = database.getSync(key);
        return value === undefined ? {kind: "delete", key} : {kind: "put", key, value};
      };
      try {
        // What is in memory goes to a file with all its versions, and LevelDB merges a file only when a newer one lies over it: so one is
        // made that spans the range and changes nothing.
        await compactRange.call(database, prefix, end);
        await store.write([touch(prefix), touch(end)], {isSynced: false});
        await compactRange.call(database, prefix, end);
      } catch (error) {
        throw storageFailure(error, name);
      }
    },
    close: async () => {
      await lane;
      await database.close();
    },
  };
  return store;
}

interface Chunks<Item> {
  nextv(size: number): Promise<Item[]>;
  close(): Promise<void>;
}

// The iterator is made at the call, so the view is that of the call and not of the first step.
function walk<Item>(chunks: Chunks<Item>, name: string): AsyncIterable<Item> {
  return (async function* () {
    try {
      for (;;) {
        const chunk = await chunks.nextv(WALK_CHUNK);
        if (chunk.length === 0) return;
        yield* chunk;
      }
    } catch (error) {
      throw storageFailure(error, name);
    } finally {
      await chunks.close();
    }
  })();
}

interface Bounds {
  gte?: Uint8Array;
  gt?: Uint8Array;
  lt?: Uint8Array;
  lte?: Uint8Array;
  reverse?: boolean;
  limit?: number;
}

// A prefix gives the bounds that are not given themselves, so that a walk can go on within it after a cursor.
function boundsOf(range: KeyRange): Bounds {
  const bounds: Bounds = {};
  for (const name of ["gte", "gt", "lt", "lte"] as const) {
    const value = range[name];
    if (value !== undefined) bounds[name] = value;
  }
  if (range.prefix !== undefined) {
    if (bounds.gte === undefined && bounds.gt === undefined) bounds.gte = range.prefix;
    const end = endOfPrefix(range.prefix);
    if (end !== null && bounds.lt === undefined && bounds.lte === undefined) bounds.lt = end;
  }
  if (range.isReverse !== undefined) bounds.reverse = range.isReverse;
  if (range.limit !== undefined) bounds.limit = range.limit;
  return bounds;
}

/** The first key after all that start with `prefix`; null when there is none. */
function endOfPrefix(prefix: Uint8Array): Uint8Array | null {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return null;
  const end = prefix.slice(0, length);
  end[length - 1]! += 1;
  return end;
}
