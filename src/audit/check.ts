// The re-check of everything on disk: bundles on workers, the entries that are in no bundle here. What the files say is compared with the
// trees in memory, whose heads were signed, and with the newest anchored head of each log. A body may be missing only where a redaction in
// the same machine's log says so. What could not be read is no fault: the check has no outcome for that log.

import {Worker} from "node:worker_threads";
import {equalBytes, fromUtf8, utf8} from "../bytes.ts";
import type {BrokenLog, SeqRange} from "../client/index.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import {lastAnchored} from "./anchor-store.ts";
import {type CheckOutcome, type CheckTask, createFindings, type Findings, faultOf} from "./check-bundle.ts";
import {parseCheckpoint} from "./checkpoint.ts";
import {describeFault, type Fault} from "./faults.ts";
import type {Logs} from "./logs.ts";
import {type MachineLog, readStored, readTile, rootAt} from "./machine-log.ts";
import {parseNote} from "./note.ts";
import {joinRanges} from "./review-rules.ts";
import {keys} from "./tables.ts";
import {TILE_WIDTH} from "./tiles.ts";

export interface CheckCounts {
  readonly entries: number;
  readonly bodies: number;
}

export interface CheckOptions {
  readonly now: () => string;
  readonly signal: AbortSignal;
  /** Worker threads. */
  readonly workers?: number;
  /** Called after each task with the time it took: waits for as long as others shall have the machine. */
  readonly rest?: (tookMs: number) => Promise<void>;
}

const WORKERS = 2;
/** Bundles of one message: large enough that messages cost nothing, small enough to share the work evenly. */
const BUNDLES_PER_TASK = 16;

interface Checked {
  readonly log: MachineLog;
  readonly bundles: number;
  readonly size: number;
  readonly findings: Findings;
  fault: Fault | null;
  unread: string | null;
}

/** Checks every log and sets its `fault`, `checkedAt` and `unread`. */
export async function checkAll(logs: Logs, {now, signal, workers = WORKERS, rest}: CheckOptions): Promise<CheckCounts> {
  const checked = [...logs.all()].map(
    (log): Checked => ({
      log,
      bundles: log.upper.size,
      size: log.tree.size,
      findings: createFindings(),
      fault: null,
      unread: null,
    }),
  );
  const counts = {entries: 0, bodies: 0};
  const report = (of: Checked, fault: Fault | null) => {
    if (fault !== null && (of.fault === null || fault.seq < of.fault.seq)) of.fault = fault;
  };

  await runTasks(checked.flatMap(tasksOf), {signal, workers, rest}, async ({of, task}, outcome) => {
    counts.entries += outcome.roots.length * TILE_WIDTH;
    counts.bodies += outcome.bodies;
    of.findings.erased.push(...outcome.erased);
    of.findings.redacted.push(...outcome.redacted);
    of.unread ??= outcome.unread;
    report(of, outcome.fault);
    report(of, await unlessUnread(of, () => compareRoots(of.log, task.firstBundle, outcome.roots)));
  });
  for (const of of checked) {
    signal.throwIfAborted();
    report(of, await unlessUnread(of, () => checkRest(logs, of, counts)));
    if (of.fault === null) report(of, await unlessUnread(of, () => compareAnchor(logs, of.log)));
  }
  for (const of of checked) report(of, missingBody(logs, of, checked));
  for (const of of checked) await conclude(logs, of, now());
  return counts;
}

function tasksOf(of: Checked): {of: Checked; task: CheckTask}[] {
  const {log, bundles} = of;
  return Array.from({length: Math.ceil(bundles / BUNDLES_PER_TASK)}, (_, i) => {
    const firstBundle = i * BUNDLES_PER_TASK;
    return {
      of,
      task: {
        folder: log.folder.folder,
        machine: log.machine,
        firstSeq: log.firstSeq,
        firstBundle,
        bundles: Math.min(BUNDLES_PER_TASK, bundles - firstBundle),
        lastBundle: bundles - 1,
      },
    };
  });
}

// The operating system's own errors, such as EIO or EMFILE, are a fault of the reading and not of what is read.
async function unlessUnread(of: Checked, work: () => Promise<Fault | null>): Promise<Fault | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GatewayError && error.code !== "storage/failed") throw error;
    of.unread ??= sentenceOf(error);
    return null;
  }
}

/** What is kept of a check, for the time after a restart. */
interface KeptCheck {
  readonly checkedAt: string;
  readonly fault: BrokenLog | null;
}

async function conclude(logs: Logs, {log, fault, unread}: Checked, at: string): Promise<void> {
  log.unread = unread;
  // A fault that was found is one, whatever else could not be read; a log that was not read whole is not found good.
  if (fault === null && unread !== null) return;
  log.fault = fault === null ? null : await describeFault(logs, log, fault);
  log.checkedAt = at;
  const value = utf8(JSON.stringify({checkedAt: at, fault: log.fault} satisfies KeptCheck));
  await logs.store.write([{kind: "put", key: keys.checked(log), value}], {isSynced: false});
}

/** Brings back what the last check said of each log: a restart does not make a broken log whole. */
export function recallChecks(logs: Logs): void {
  for (const log of logs.all()) {
    const bytes = logs.store.get(keys.checked(log));
    if (bytes === null) continue;
    const {checkedAt, fault} = JSON.parse(fromUtf8(bytes)) as KeptCheck;
    log.checkedAt = checkedAt;
    log.fault = fault;
  }
}

// The first entry without a body that no redaction of the machine covers.
function missingBody(logs: Logs, {log, findings}: Checked, all: readonly Checked[]): Fault | null {
  if (findings.erased.length === 0) return null;
  const own = all.filter((other) => other.log.machine === log.machine);
  // Redactions that were appended while the check ran were not among what it read.
  const end = Math.max(...own.map((other) => other.log.firstSeq + other.size));
  const later = logs.marks.of(log.machine).redactions.filter(({seq}) => seq >= end);
  const covered = joinRanges([
    ...own.flatMap((other) => other.findings.redacted),
    ...later.flatMap(({entries}) => entries),
  ]);
  for (const [from, to] of joinRanges(findings.erased)) {
    const seq = firstOutside([from, to], covered);
    if (seq === null) continue;
    return {seq, because: `The body of entry ${seq} is missing, and nobody erased it.`, differs: "missing"};
  }
  return null;
}

function firstOutside([from, to]: SeqRange, covered: readonly SeqRange[]): number | null {
  let at = from;
  for (const [first, last] of covered) {
    if (last < at) continue;
    if (first > at) break;
    at = last + 1;
  }
  return at > to ? null : at;
}

// The upper tiles on disk and the tree in memory say what each bundle's root was when its head was signed.
async function compareRoots(log: MachineLog, firstBundle: number, roots: readonly Uint8Array[]): Promise<Fault | null> {
  for (const [i, root] of roots.entries()) {
    const bundle = firstBundle + i;
    const seq = log.firstSeq + bundle * TILE_WIDTH;
    try {
      const expected = (await readTile(log, 1, Math.floor(bundle / TILE_WIDTH)))[bundle % TILE_WIDTH];
      if (expected !== undefined && equalBytes(expected, root)) continue;
      const because = `The entries from ${seq} on are not those whose head was signed: entries or tile were changed.`;
      return {seq, because, differs: "changed"};
    } catch (error) {
      return damageAt(seq, error);
    }
  }
  return null;
}

// What this module says of its own files is a fault of these; everything else goes on to whoever asked.
function damageAt(seq: number, error: unknown): Fault {
  if (!(error instanceof GatewayError) || error.code === "storage/failed") throw error;
  return {seq, because: sentenceOf(error), differs: "missing"};
}

// Entries that were in no bundle at the beginning of the check.
async function checkRest(
  logs: Logs,
  {log, bundles, size, findings}: Checked,
  counts: {entries: number; bodies: number},
): Promise<Fault | null> {
  for (let index = bundles * TILE_WIDTH; index < size; index++) {
    const seq = log.firstSeq + index;
    try {
      const stored = await readStored(log, index, logs);
      const leafHash = (await readTile(log, 0, Math.floor(index / TILE_WIDTH)))[index % TILE_WIDTH]!;
      const fault = faultOf(stored, {machine: log.machine, seq, leafHash}, findings);
      if (fault !== null) return fault;
      if (stored.body !== null) counts.bodies++;
    } catch (error) {
      return damageAt(seq, error);
    }
    counts.entries++;
  }
  return null;
}

async function compareAnchor(logs: Logs, log: MachineLog): Promise<Fault | null> {
  const anchored = await lastAnchored(logs.store, log);
  if (anchored === null) return null;
  const {size, root} = parseCheckpoint(parseNote(anchored.note).text);
  try {
    if (size <= log.tree.size && equalBytes(await rootAt(log, size), root)) return null;
  } catch (error) {
    return damageAt(log.firstSeq, error);
  }
  return {
    seq: log.firstSeq + Math.min(size, log.tree.size),
    because: `The log is not the one that milestone ${anchored.milestoneIndex} anchored at ${size} entries.`,
    differs: size > log.tree.size ? "cut" : "changed",
  };
}

async function runTasks<Task extends {task: CheckTask}>(
  tasks: readonly Task[],
  {signal, workers: count, rest}: {signal: AbortSignal; workers: number; rest: CheckOptions["rest"]},
  onOutcome: (task: Task, outcome: CheckOutcome) => Promise<void>,
): Promise<void> {
  if (tasks.length === 0) return;
  const waiting = tasks[Symbol.iterator]();
  // The sources run unbuilt in tests and benches, compiled otherwise.
  const file = new URL(`./check-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
  const workers = Array.from({length: Math.min(count, tasks.length)}, () => new Worker(file));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (const task of waiting) {
          signal.throwIfAborted();
          const began = performance.now();
          await onOutcome(task, await ask(worker, task.task));
          await rest?.(performance.now() - began);
        }
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function ask(worker: Worker, task: CheckTask): Promise<CheckOutcome> {
  return new Promise((resolve, reject) => {
    const onError = (error: unknown) => reject(error);
    worker.once("error", onError);
    worker.once("message", (outcome: CheckOutcome) => {
      worker.off("error", onError);
      resolve(outcome);
    });
    worker.postMessage(task);
  });
}
