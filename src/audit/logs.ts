// All logs of a gateway with what lies under them: the store, the journal, the folder of tiles. Opening brings every log to its last
// acknowledged entry: state of the last cut, then the tail in the store, then the journal.

import path from "node:path";
import {fromBase64, fromUtf8, toBase64, toHex, utf8} from "../bytes.ts";
import {GatewayError} from "../errors.ts";
import type {Signer} from "../identity/index.ts";
import type {Log} from "../log.ts";
import {
  type Disk,
  type Journal,
  makeDurableFolder,
  openJournal,
  openStore,
  type Store,
  systemDisk,
} from "../storage/index.ts";
import {formatCheckpoint} from "./checkpoint.ts";
import type {Leaf} from "./entry.ts";
import {leafHashOf} from "./hashing.ts";
import {createLogFolder, folderOf} from "./log-folder.ts";
import {type LostLogs, openLostLogs} from "./lost-logs.ts";
import {
  addEntry,
  bundledSize,
  createMachineLog,
  type MachineLog,
  type PendingEntry,
  readStored,
  type SignedHead,
} from "./machine-log.ts";
import {createMarks, decodeMark, type Mark, type Marks, markIn} from "./marks.ts";
import {signNote} from "./note.ts";
import {decodeRecord, type LogName, type StoredEntry, storedEntryOf} from "./records.ts";
import {createSummaryTree, type SummaryTree} from "./summary-tree.ts";
import {keys} from "./tables.ts";
import {TILE_WIDTH} from "./tiles.ts";
import type {TreeState} from "./tree.ts";

export interface Logs {
  /** Name of the gateway: the first part of each log's origin. */
  readonly gateway: string;
  readonly store: Store;
  readonly journal: Journal;
  /** Folder of all logs' files. */
  readonly folder: string;
  /** What was signed for logs that are not on this disk. */
  readonly lost: LostLogs;
  /** Reviews and redactions, by machine. */
  readonly marks: Marks;
  readonly summaries: SummaryTree;
  /** Every segment of every machine. */
  all(): Iterable<MachineLog>;
  machines(): readonly string[];
  /** Segments of a machine, oldest first; empty for an unknown one. */
  segments(machine: string): readonly MachineLog[];
  /** The segment that takes entries. */
  current(machine: string): MachineLog | null;
  /** The log of an origin, by its SHA-256. */
  byOrigin(originHash: Uint8Array): MachineLog | null;
  /** Makes an empty log, in memory alone. */
  open(name: LogName, firstSeq: number): MachineLog;
  /** Signs the head as it stands, unless it is signed already. `prepared`: the outcome of `signAhead`, used when it fits. */
  sign(log: MachineLog, prepared?: SignedHead): void;
  /** Signs the head that adding these leaves will give. It is shown to nobody before they are durable. */
  signAhead(log: MachineLog, leafHashes: readonly Uint8Array[]): SignedHead;
  /**
   * Counts a record that is kept in memory. When too many are, those that wait for their bundle to fill up are let go and read again
   * from disk.
   */
  keepRecord(entry: PendingEntry): void;
  /** Whether the records of full bundles alone are too many: then writing waits for the bundles. */
  isCrowded(): boolean;
  forgetRecord(entry: PendingEntry): void;
  /** Files written since the last call. */
  takeUnsynced(): readonly string[];
  close(): Promise<void>;
}

export interface LogsOptions {
  readonly folder: string;
  readonly gateway: string;
  readonly disk?: Disk;
}

const RECORDS_KEPT_MAX = 16 * 2 ** 20;
const JOURNAL_LIMITS = {groupBytesMax: 16 * 2 ** 20, queueBytesMax: 64 * 2 ** 20};
const STORE_VERSION = 1;

/** Opens everything below the folder. Errors: those of journal and store, `audit/damaged`, `audit/newer`. */
export async function openLogs(options: LogsOptions, deps: {signer: Signer; log: Log}): Promise<Logs> {
  const disk = options.disk ?? systemDisk;
  const store = await openStore(path.join(options.folder, "store"), {log: deps.log, disk});
  try {
    await checkVersion(store);
    // What lies below is made durable with its files, at a cut of the journal.
    await makeDurableFolder(filesOf(options), disk);
    const journal = await openJournal(path.join(options.folder, "journal"), {...JOURNAL_LIMITS, disk}, deps);
    try {
      const logs = createLogs(options, {...deps, store, journal, lost: await openLostLogs(store)});
      await load(logs);
      return logs;
    } catch (error) {
      await journal.close();
      throw error;
    }
  } catch (error) {
    await store.close();
    throw error;
  }
}

function filesOf({folder}: Pick<LogsOptions, "folder">): string {
  return path.join(folder, "logs");
}

async function checkVersion(store: Store): Promise<void> {
  const found = store.get(keys.version());
  if (found === null)
    return await store.write([{kind: "put", key: keys.version(), value: Uint8Array.of(STORE_VERSION)}], {
      isSynced: true,
    });
  if (found[0]! > STORE_VERSION)
    throw new GatewayError("audit/newer", "The audit folder was written by a newer version; use that version.");
}

function createLogs(
  {folder, gateway}: LogsOptions,
  {signer, store, journal, lost}: {signer: Signer; store: Store; journal: Journal; lost: LostLogs},
): Logs & {restore(name: LogName, state: LogState): MachineLog} {
  const machines = new Map<string, MachineLog[]>();
  const origins = new Map<string, MachineLog>();
  const files = filesOf({folder});
  let unsynced: string[] = [];
  let kept = 0;
  let summaries: SummaryTree | null = null;

  const all = function* () {
    for (const segments of machines.values()) yield* segments;
  };
  const restore = (name: LogName, {firstSeq, upper}: LogState) => {
    const logFolder = createLogFolder(folderOf(files, name), (file) => unsynced.push(file));
    const log = createMachineLog(name, {gateway, firstSeq, upper, folder: logFolder, signer});
    machines.set(name.machine, [...(machines.get(name.machine) ?? []), log]);
    origins.set(toHex(log.originHash), log);
    return log;
  };
  const signHead = ({origin, key}: MachineLog, size: number, root: Uint8Array): SignedHead => ({
    size,
    root,
    note: signNote(formatCheckpoint({origin, size, root}), key, signer.sign),
  });
  const logs: ReturnType<typeof createLogs> = {
    gateway,
    store,
    journal,
    lost,
    folder: files,
    marks: createMarks(),
    get summaries() {
      summaries ??= createSummaryTree(logs);
      return summaries;
    },
    all,
    machines: () => [...machines.keys()].sort(),
    segments: (machine) => machines.get(machine) ?? [],
    current: (machine) => machines.get(machine)?.at(-1) ?? null,
    byOrigin: (originHash) => origins.get(toHex(originHash)) ?? null,
    restore,
    open: (name, firstSeq) => {
      const log = restore(name, {firstSeq, upper: {size: 0, levels: []}});
      log.isChanged = true;
      return log;
    },
    sign: (log, prepared) => {
      if (log.tree.size === 0 || log.signed?.size === log.tree.size) return;
      log.signed = prepared?.size === log.tree.size ? prepared : signHead(log, log.tree.size, log.tree.root());
    },
    signAhead: (log, leafHashes) => signHead(log, log.tree.size + leafHashes.length, log.tree.rootAfter(leafHashes)),
    keepRecord: (entry) => {
      kept += entry.record?.length ?? 0;
      if (kept <= RECORDS_KEPT_MAX) return;
      for (const log of all()) {
        if (log.pending.length >= TILE_WIDTH) continue;
        for (const other of log.pending) {
          kept -= other.record?.length ?? 0;
          other.record = null;
        }
      }
    },
    isCrowded: () => kept > RECORDS_KEPT_MAX,
    forgetRecord: (entry) => {
      kept -= entry.record?.length ?? 0;
    },
    takeUnsynced: () => {
      const taken = unsynced;
      unsynced = [];
      return taken;
    },
    close: async () => {
      try {
        await journal.close();
      } finally {
        await store.close();
      }
    },
  };
  return logs;
}

interface LogState {
  readonly firstSeq: number;
  readonly upper: TreeState;
}

/** State of a log as the store keeps it at a cut of the journal. */
export function encodeLogState(log: MachineLog): Uint8Array {
  const {size, levels} = log.upper.state();
  return utf8(JSON.stringify({firstSeq: log.firstSeq, size, levels: levels.map((hashes) => hashes.map(toBase64))}));
}

function decodeLogState(bytes: Uint8Array): LogState {
  const {firstSeq, size, levels} = JSON.parse(fromUtf8(bytes)) as {firstSeq: number; size: number; levels: string[][]};
  return {firstSeq, upper: {size, levels: levels.map((hashes) => hashes.map(fromBase64))}};
}

async function load(logs: ReturnType<typeof createLogs>): Promise<void> {
  const {store, journal} = logs;
  const unbundled: UnbundledMark[] = [];
  const meet = (log: LogName, stored: StoredEntry) => {
    const mark = markIn(stored);
    if (mark !== null) unbundled.push({log, mark});
  };
  for await (const [key, value] of store.entries(keys.logs())) logs.restore(keys.logName(key), decodeLogState(value));
  for (const log of logs.all()) {
    for await (const [, record] of store.entries({...keys.tails(log), gte: keys.tail(log, log.tree.size)})) {
      const stored = storedEntryOf(record);
      addEntry(log, leafHashOf(stored.leaf), {offset: null, record: null});
      meet(log, stored);
    }
    log.isChanged = false;
  }
  for await (const {offset, record} of journal.read(journal.start)) {
    const added = replay(logs, offset, record);
    if (added !== null) meet(added.log, added.stored);
  }
  await noteMarks(logs, unbundled);
  for (const log of logs.all()) {
    log.isForked = store.has(keys.forked(log));
    logs.sign(log);
    if (log.tree.size === 0) continue;
    const {leaf} = await readStored(log, log.tree.size - 1, logs);
    log.lastUtc = (JSON.parse(fromUtf8(leaf)) as Leaf).time.utc;
  }
}

interface UnbundledMark {
  readonly log: LogName;
  readonly mark: Mark;
}

// In the order of each machine's log: what its bundles hold lies in the store, the rest was met on the way.
async function noteMarks(logs: Logs, unbundled: readonly UnbundledMark[]): Promise<void> {
  for (const log of logs.all()) {
    for await (const [, value] of logs.store.entries({...keys.marks(log), lt: keys.mark(log, bundledSize(log))}))
      logs.marks.note(log.machine, decodeMark(value));
    for (const {log: name, mark} of unbundled)
      if (name.machine === log.machine && name.segment === log.segment) logs.marks.note(log.machine, mark);
  }
}

// The entry that was added; null when it was known.
function replay(
  logs: Logs,
  offset: number,
  bytes: Uint8Array,
): {readonly log: MachineLog; readonly stored: StoredEntry} | null {
  const record = decodeRecord(bytes);
  const known = logs.segments(record.machine).find(({segment}) => segment === record.segment);
  if (record.kind === "open") {
    if (known === undefined) logs.open(record, record.firstSeq);
    return null;
  }
  if (known !== undefined && record.index < known.tree.size) return null;
  if (known === undefined || record.index > known.tree.size)
    throw new GatewayError(
      "audit/damaged",
      `The audit journal lacks entries of ${record.machine} before ${record.index}.`,
      {
        machine: record.machine,
        index: record.index,
      },
    );
  addEntry(known, leafHashOf(record.stored.leaf), {offset, record: null});
  return {log: known, stored: record.stored};
}
