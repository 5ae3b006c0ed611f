import type {BrokenLog} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import type {Signer} from "../identity/index.ts";
import type {Journal, Store} from "../storage/index.ts";
import {originHashOf} from "./anchor-payload.ts";
import {originOf} from "./checkpoint.ts";
import type {LogFolder} from "./log-folder.ts";
import {type VerifierKey, verifierKeyOf} from "./note.ts";
import {
  inclusionFromTiles,
  type KnownSubtrees,
  rootFromTiles,
  type TileReader,
  tilesOfInclusion,
  tilesOfRoot,
} from "./proof.ts";
import {type LogName, type StoredEntry, storedEntryOf} from "./records.ts";
import {keys} from "./tables.ts";
import {decodeBundle, decodeTile, HASH_LENGTH, TILE_WIDTH, type TileName} from "./tiles.ts";
import {createTree, type FullTile, type Tree, type TreeState} from "./tree.ts";

/** An entry that is in no bundle yet. */
export interface PendingEntry {
  /** Place in the journal; null when the record lies in the store's tail. */
  readonly offset: number | null;
  /** Kept while there is room; null = read it again. */
  record: Uint8Array | null;
}

/** A signed head. */
export interface SignedHead {
  readonly size: number;
  readonly root: Uint8Array;
  /** The signed note. */
  readonly note: string;
}

/** What is known of the newest confirmed anchor of a log. */
export interface ConfirmedHead {
  readonly size: number;
  readonly milestoneIndex: number;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly blockId: string;
}

/** One machine's log, or one segment of it. Only durable entries are in `tree`. */
export interface MachineLog extends LogName {
  readonly firstSeq: number;
  readonly origin: string;
  /** SHA-256 of the origin. */
  readonly originHash: Uint8Array;
  readonly key: VerifierKey;
  readonly folder: LogFolder;
  readonly tree: Tree;
  /** Tree over the roots of the bundles that are written: its levels are the tile levels from 1 on. */
  readonly upper: Tree;
  /** Entries from the end of the written bundles on. */
  pending: PendingEntry[];
  /** Full tiles that are not on disk yet, by level and index. */
  readonly unwritten: Map<string, FullTile>;
  /** Entries that were given a number, durable or not. */
  assigned: number;
  signed: SignedHead | null;
  confirmed: ConfirmedHead | null;
  /** Size in the newest anchor that was submitted. */
  submittedSize: number;
  /** Size of the head that is kept beside the journal; it never shrinks. */
  keptSize: number;
  /** Whether other entries were anchored for this log: then no head of it is anchored any more. */
  isForked: boolean;
  lastUtc: string | null;
  fault: BrokenLog | null;
  checkedAt: string | null;
  /** Why the last check could not read all of it; null when it could. */
  unread: string | null;
  /** Whether its state changed since the journal was last cut. */
  isChanged: boolean;
}

/** A log as it was at the last cut of the journal, before tail and journal are played on it. `upper`: its written bundles. */
export function createMachineLog(
  name: LogName,
  context: {gateway: string; firstSeq: number; upper: TreeState; folder: LogFolder; signer: Signer},
): MachineLog {
  const origin = originOf(context.gateway, name.machine, name.segment);
  const size = context.upper.size * TILE_WIDTH;
  return {
    ...name,
    firstSeq: context.firstSeq,
    origin,
    originHash: originHashOf(origin),
    key: verifierKeyOf(origin, context.signer.publicKey),
    folder: context.folder,
    tree: createTree({size, levels: [[], ...context.upper.levels]}),
    upper: createTree(context.upper),
    pending: [],
    unwritten: new Map(),
    assigned: size,
    signed: null,
    confirmed: null,
    submittedSize: 0,
    keptSize: 0,
    isForked: false,
    lastUtc: null,
    fault: null,
    checkedAt: null,
    unread: null,
    isChanged: false,
  };
}

/** Entries in written bundles. */
export function bundledSize(log: MachineLog): number {
  return log.upper.size * TILE_WIDTH;
}

/** Adds a durable entry. */
export function addEntry(log: MachineLog, leafHash: Uint8Array, entry: PendingEntry): void {
  for (const tile of log.tree.push(leafHash)) log.unwritten.set(tileKey(tile), tile);
  log.pending.push(entry);
  log.isChanged = true;
  if (log.assigned < log.tree.size) log.assigned = log.tree.size;
}

export function tileKey({level, index}: Pick<FullTile, "level" | "index"> | TileName): string {
  return `${level}/${index}`;
}

/** Hashes of a tile as far as they exist. Errors: `audit/damaged` when a full tile is missing on disk. */
export async function readTile(log: MachineLog, level: number, index: number): Promise<readonly Uint8Array[]> {
  const full = Math.floor(log.tree.size / TILE_WIDTH ** (level + 1));
  if (index >= full) return index === full ? log.tree.edge(level) : [];
  const unwritten = log.unwritten.get(tileKey({level, index}));
  if (unwritten !== undefined) return unwritten.hashes;
  const bytes = await log.folder.readTile({level, index});
  if (bytes?.length !== HASH_LENGTH * TILE_WIDTH)
    throw new GatewayError("audit/damaged", `Tile ${level}/${index} of ${log.origin} is missing or cut; run a check.`, {
      machine: log.machine,
    });
  return decodeTile(bytes);
}

/** Reads tiles and computes subtrees once each, for the proofs of one export. */
export interface TileCache {
  readonly subtrees: KnownSubtrees;
  load(tiles: readonly TileName[]): Promise<TileReader>;
}

const CACHED_TILES_MAX = 500;
const CACHED_SUBTREES_MAX = 20_000;

export function createTileCache(log: MachineLog): TileCache {
  const cache = new Map<string, readonly Uint8Array[]>();
  const subtrees: KnownSubtrees = new Map();
  return {
    subtrees,
    load: async (tiles) => {
      if (cache.size > CACHED_TILES_MAX) cache.clear();
      if (subtrees.size > CACHED_SUBTREES_MAX) subtrees.clear();
      for (const tile of tiles) {
        const known = cache.get(tileKey(tile));
        if (known === undefined || known.length < tile.width)
          cache.set(tileKey(tile), await readTile(log, tile.level as number, tile.index));
      }
      return (tile) => cache.get(tileKey(tile)) ?? [];
    },
  };
}

/** Inclusion path of a leaf in the tree of the first `size` leaves. */
export async function inclusionOf(
  log: MachineLog,
  {index, size}: {index: number; size: number},
  cache = createTileCache(log),
): Promise<Uint8Array[]> {
  return inclusionFromTiles(index, size, await cache.load(tilesOfInclusion(index, size)), cache.subtrees);
}

/** Root of the first `size` leaves, at least one. */
export async function rootAt(log: MachineLog, size: number): Promise<Uint8Array> {
  if (size === log.tree.size) return log.tree.root();
  return rootFromTiles(size, await createTileCache(log).load(tilesOfRoot(size)));
}

/** Where the parts of a log lie that are not in bundles yet. */
export interface PendingSource {
  readonly journal: Journal;
  readonly store: Store;
  /** Counts a record that is kept in memory from now on. */
  keepRecord(entry: PendingEntry): void;
}

/** A pending entry's record, from memory, journal or the store's tail. */
export async function readPending(log: MachineLog, index: number, source: PendingSource): Promise<Uint8Array> {
  const entry = log.pending[index - bundledSize(log)];
  if (entry?.record) return entry.record;
  const record =
    entry === undefined
      ? null
      : entry.offset === null
        ? source.store.get(keys.tail(log, index))
        : await source.journal.readAt(entry.offset);
  if (record === null)
    throw new GatewayError("audit/damaged", `Entry ${log.firstSeq + index} of ${log.machine} is missing on disk.`);
  // Those that wait for their bundle to fill up are asked for by every search; of full bundles each is read once.
  if (entry?.record === null && log.pending.length < TILE_WIDTH && log.pending[index - bundledSize(log)] === entry) {
    entry.record = record;
    source.keepRecord(entry);
  }
  return record;
}

/** The entries of a written bundle. Errors: `audit/damaged`. */
export async function readBundle(log: MachineLog, bundle: number): Promise<readonly StoredEntry[]> {
  const [leaves, bodies] = await Promise.all([readLeaves(log, bundle), log.folder.readBodies(bundle)]);
  if (bodies?.length !== TILE_WIDTH) throw damagedBundle(log, bundle);
  return leaves.map((leaf, i) => ({leaf, ...bodies[i]!}));
}

/** The leaves of a written bundle. Errors: `audit/damaged`. */
export async function readLeaves(log: MachineLog, bundle: number): Promise<readonly Uint8Array[]> {
  const bytes = await log.folder.readTile({level: "entries", index: bundle});
  const leaves = bytes === null ? [] : decodeBundle(bytes);
  if (leaves.length !== TILE_WIDTH) throw damagedBundle(log, bundle);
  return leaves;
}

function damagedBundle({machine, origin}: MachineLog, bundle: number): GatewayError {
  return new GatewayError("audit/damaged", `Bundle ${bundle} of ${origin} is missing or cut; run a check.`, {machine});
}

/** One entry, wherever it lies. */
export async function readStored(log: MachineLog, index: number, source: PendingSource): Promise<StoredEntry> {
  if (index >= bundledSize(log)) {
    try {
      return storedEntryOf(await readPending(log, index, source));
    } catch (error) {
      // Between the look and the read the entry may have moved into a bundle, and its journal file may be gone.
      if (index >= bundledSize(log)) throw error;
    }
  }
  return (await readBundle(log, Math.floor(index / TILE_WIDTH)))[index % TILE_WIDTH]!;
}
