// Moves durable entries from the journal into bundles and tiles, and cuts the journal once they are durable there.
//
// Bundles are written without a sync as soon as 256 entries of a log are together. When the journal has grown past its bound, everything
// written since the last cut is synced file by file, then one atomic synced batch records how far each log is in bundles and keeps the
// rest of the entries that the old journal files hold (the tail); only then those files go. So after a power cut the journal has every
// entry that is not durable elsewhere, and bundles past the recorded size are simply written again.

import type {Log} from "../log.ts";
import type {Write} from "../storage/index.ts";
import {syncFiles} from "./log-folder.ts";
import {encodeLogState, type Logs} from "./logs.ts";
import {bundledSize, type MachineLog, type PendingEntry, readPending, tileKey} from "./machine-log.ts";
import {encodeMark, markIn} from "./marks.ts";
import {encodeBodies, type StoredEntry, storedEntryOf, withoutBody} from "./records.ts";
import {encodeSummary, summaryOf} from "./summary.ts";
import {keys} from "./tables.ts";
import {encodeBundle, encodeTile, TILE_WIDTH} from "./tiles.ts";

export interface Bundler {
  /** Starts work in the background when there is some. Failures go to `onFailure`. */
  wake(): void;
  /** Waits for the work at hand. */
  idle(): Promise<void>;
  /** Does something between two bundles, while no bundle is written and the journal is not cut. */
  run(job: () => Promise<void>): Promise<void>;
}

// Threads that bundles may take from libuv's pool; the rest are for the journal.
const LOGS_AT_ONCE = 2;

export function createBundler(
  logs: Logs,
  {journalBytesMax, log, onFailure}: {journalBytesMax: number; log: Log; onFailure: (error: unknown) => void},
): Bundler {
  let working: Promise<void> | null = null;
  let isWoken = false;
  let refilling: Promise<void> | null = null;
  let jobs: {
    readonly job: () => Promise<void>;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }[] = [];

  const runJobs = async () => {
    for (let next = jobs.shift(); next !== undefined; next = jobs.shift())
      await next.job().then(next.resolve, next.reject);
  };

  const work = async () => {
    while (isWoken) {
      isWoken = false;
      await runJobs();
      const full = [...logs.all()].filter(({pending}) => pending.length >= TILE_WIDTH)[Symbol.iterator]();
      const drain = async () => {
        for (const machine of full) {
          while (machine.pending.length >= TILE_WIDTH) {
            if (machine.pending[0]!.record === null) refilling ??= refill(logs);
            await refilling;
            refilling = null;
            await writeBundle(logs, machine);
          }
        }
      };
      await Promise.all(Array.from({length: LOGS_AT_ONCE}, drain));
      if (logs.journal.end - logs.journal.start > journalBytesMax) {
        const from = logs.journal.start;
        await cutJournal(logs, logs.journal.end - journalBytesMax / 2);
        log.debug({from, to: logs.journal.start}, "audit: journal cut");
      }
    }
  };

  const wake = () => {
    isWoken = true;
    working ??= work()
      .catch((error: unknown) => {
        onFailure(error);
        for (const {reject} of jobs) reject(error);
        jobs = [];
      })
      .finally(() => {
        working = null;
      });
  };

  return {
    wake,
    idle: async () => {
      while (working !== null) await working;
    },
    run: (job) =>
      new Promise((resolve, reject) => {
        jobs.push({job, resolve, reject});
        wake();
      }),
  };
}

// Records that are not in memory (after a start, or when there was no room) are read from the journal in one go for all full bundles:
// one by one they would cost more than everything else.
async function refill(logs: Logs): Promise<void> {
  const wanted = new Map<number, PendingEntry>();
  for (const {pending} of logs.all())
    for (const entry of pending.slice(0, pending.length - (pending.length % TILE_WIDTH)))
      if (entry.record === null && entry.offset !== null) wanted.set(entry.offset, entry);
  if (wanted.size === 0) return;
  let from = Number.POSITIVE_INFINITY;
  for (const offset of wanted.keys()) if (offset < from) from = offset;
  for await (const {offset, record} of logs.journal.read(from)) {
    const entry = wanted.get(offset);
    if (entry === undefined || entry.record !== null) continue;
    entry.record = record.slice();
    logs.keepRecord(entry);
    wanted.delete(offset);
    if (wanted.size === 0 || logs.isCrowded()) return;
  }
}

async function writeBundle(logs: Logs, log: MachineLog): Promise<void> {
  const first = bundledSize(log);
  const bundle = log.upper.size;
  const entries: StoredEntry[] = [];
  for (let i = 0; i < TILE_WIDTH; i++) entries.push(storedEntryOf(await readPending(log, first + i, logs)));
  const leaves = entries.map(({leaf}) => leaf);
  const tile = log.unwritten.get(tileKey({level: 0, index: bundle}))!;
  await log.folder.writeTile({level: "entries", index: bundle}, encodeBundle(leaves));
  await log.folder.writeBodies(bundle, encodeBodies(entries));
  await log.folder.writeTile(tile, encodeTile(tile.hashes));
  const summary = encodeSummary(summaryOf(entries));
  await logs.store.write(
    [{kind: "put", key: keys.summary(log, 0, bundle), value: summary}, ...marksOf(log, first, entries)],
    {isSynced: false},
  );

  // From here readers find the entries in the bundle; both changes are made in one step.
  const filled = log.upper.push(tile.root);
  log.isChanged = true;
  for (const entry of log.pending.splice(0, TILE_WIDTH)) logs.forgetRecord(entry);
  log.unwritten.delete(tileKey(tile));
  for (const {level, index, hashes} of filled) {
    const upper = {level: level + 1, index};
    await log.folder.writeTile(upper, encodeTile(hashes));
    log.unwritten.delete(tileKey(upper));
  }
}

function marksOf(log: MachineLog, first: number, entries: readonly StoredEntry[]): Write[] {
  return entries.flatMap((entry, i): Write[] => {
    const mark = markIn(entry);
    return mark === null ? [] : [{kind: "put", key: keys.mark(log, first + i), value: encodeMark(mark)}];
  });
}

/**
 * Cuts the journal before `target`, of which every record is in the trees. `isErased`: entries whose salt and body do not come along, even
 * when they lie in the store's tail already. Only the bundler's own work may call it.
 */
export async function cutJournal(
  logs: Logs,
  target: number,
  isErased: (log: MachineLog, index: number) => boolean = () => false,
): Promise<void> {
  await syncFiles(logs.takeUnsynced(), logs.folder);
  const writes: Write[] = [];
  const kept: {log: MachineLog; place: number; isErasing: boolean}[] = [];
  for (const log of logs.all()) {
    const first = bundledSize(log);
    for (const [place, {offset}] of log.pending.entries()) {
      const isErasing = isErased(log, first + place);
      if (offset === null ? !isErasing : offset >= target) continue;
      const whole = await readPending(log, first + place, logs);
      const record = isErasing ? withoutBody(whole) : whole;
      kept.push({log, place, isErasing});
      writes.push({kind: "put", key: keys.tail(log, first + place), value: record});
    }
    if (!log.isChanged) continue;
    log.isChanged = false;
    for await (const key of logs.store.keys({...keys.tails(log), lt: keys.tail(log, first)}))
      writes.push({kind: "delete", key});
    writes.push({kind: "put", key: keys.log(log), value: encodeLogState(log)});
  }
  await logs.store.write(writes, {isSynced: true});
  for (const {log, place, isErasing} of kept) {
    const entry = log.pending[place]!;
    if (isErasing) logs.forgetRecord(entry);
    log.pending[place] = {offset: null, record: isErasing ? null : entry.record};
  }
  await logs.journal.dropBefore(target);
}
