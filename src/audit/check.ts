// The re-check of everything on disk: bundles on two workers, the entries that are in no bundle here. What the files say is compared with
// the trees in memory, whose heads were signed, and with the newest anchored head of each log.

import {Worker} from "node:worker_threads";
import {equalBytes} from "../bytes.ts";
import {sentenceOf} from "../errors.ts";
import {lastAnchored} from "./anchor-store.ts";
import {type CheckOutcome, type CheckTask, faultOf} from "./check-bundle.ts";
import {parseCheckpoint} from "./checkpoint.ts";
import type {Logs} from "./logs.ts";
import {type MachineLog, readStored, readTile, rootAt} from "./machine-log.ts";
import {parseNote} from "./note.ts";
import {TILE_WIDTH} from "./tiles.ts";

export interface CheckCounts {
  readonly entries: number;
  readonly bodies: number;
}

const WORKERS = 2;
/** Bundles of one message: large enough that messages cost nothing, small enough to share the work evenly. */
const BUNDLES_PER_TASK = 16;

/** Checks every log and sets its `fault` and `checkedAt`. */
export async function checkAll(
  logs: Logs,
  {now, signal}: {now: () => string; signal: AbortSignal},
): Promise<CheckCounts> {
  const checked = [...logs.all()].map((log) => ({log, bundles: log.upper.size, size: log.tree.size}));
  const counts = {entries: 0, bodies: 0};
  const tasks: {log: MachineLog; task: CheckTask}[] = checked.flatMap(({log, bundles}) =>
    Array.from({length: Math.ceil(bundles / BUNDLES_PER_TASK)}, (_, i) => {
      const firstBundle = i * BUNDLES_PER_TASK;
      return {
        log,
        task: {
          folder: log.folder.folder,
          machine: log.machine,
          firstSeq: log.firstSeq,
          firstBundle,
          bundles: Math.min(BUNDLES_PER_TASK, bundles - firstBundle),
        },
      };
    }),
  );
  const faults = new Map<MachineLog, {seq: number; because: string}>();
  const report = (log: MachineLog, fault: {seq: number; because: string}) => {
    const known = faults.get(log);
    if (known === undefined || fault.seq < known.seq) faults.set(log, fault);
  };

  await runTasks(tasks, signal, async ({log, task}, outcome) => {
    counts.entries += outcome.roots.length * TILE_WIDTH;
    counts.bodies += outcome.bodies;
    if (outcome.fault !== null) report(log, outcome.fault);
    const fault = await compareRoots(log, task.firstBundle, outcome.roots);
    if (fault !== null) report(log, fault);
  });
  for (const {log, bundles, size} of checked) {
    signal.throwIfAborted();
    const outcome = await checkRest(logs, log, {from: bundles * TILE_WIDTH, size});
    counts.entries += outcome.entries;
    counts.bodies += outcome.bodies;
    if (outcome.fault !== null) report(log, outcome.fault);
    const fault = faults.has(log) ? null : await compareAnchor(logs, log);
    if (fault !== null) report(log, fault);
  }
  for (const {log} of checked) {
    const fault = faults.get(log);
    log.fault = fault === undefined ? null : {...fault, differs: "changed", lastGoodAnchor: null, remedy: ""};
    log.checkedAt = now();
  }
  return counts;
}

// The upper tiles on disk and the tree in memory say what each bundle's root was when its head was signed.
async function compareRoots(log: MachineLog, firstBundle: number, roots: readonly Uint8Array[]) {
  for (const [i, root] of roots.entries()) {
    const bundle = firstBundle + i;
    const seq = log.firstSeq + bundle * TILE_WIDTH;
    try {
      const expected = (await readTile(log, 1, Math.floor(bundle / TILE_WIDTH)))[bundle % TILE_WIDTH];
      if (expected !== undefined && equalBytes(expected, root)) continue;
      return {
        seq,
        because: `The entries from ${seq} on are not those whose head was signed: entries or tile were changed.`,
      };
    } catch (error) {
      return {seq, because: sentenceOf(error)};
    }
  }
  return null;
}

// Entries that were in no bundle at the beginning of the check.
async function checkRest(logs: Logs, log: MachineLog, {from, size}: {from: number; size: number}) {
  let entries = 0;
  let bodies = 0;
  for (let index = from; index < size; index++) {
    const seq = log.firstSeq + index;
    try {
      const stored = await readStored(log, index, logs);
      const leafHash = (await readTile(log, 0, Math.floor(index / TILE_WIDTH)))[index % TILE_WIDTH]!;
      const because = faultOf(stored, {machine: log.machine, seq, leafHash});
      if (because !== null) return {entries, bodies, fault: {seq, because}};
      if (stored.body !== null) bodies++;
    } catch (error) {
      return {entries, bodies, fault: {seq, because: sentenceOf(error)}};
    }
    entries++;
  }
  return {entries, bodies, fault: null};
}

async function compareAnchor(logs: Logs, log: MachineLog) {
  const anchored = await lastAnchored(logs.store, log);
  if (anchored === null) return null;
  const {size, root} = parseCheckpoint(parseNote(anchored.note).text);
  try {
    if (size <= log.tree.size && equalBytes(await rootAt(log, size), root)) return null;
  } catch (error) {
    return {seq: log.firstSeq, because: sentenceOf(error)};
  }
  const seq = log.firstSeq + Math.min(size, log.tree.size);
  return {
    seq,
    because: `The log is not the one that milestone ${anchored.milestoneIndex} anchored at ${size} entries.`,
  };
}

async function runTasks<Task extends {task: CheckTask}>(
  tasks: readonly Task[],
  signal: AbortSignal,
  onOutcome: (task: Task, outcome: CheckOutcome) => Promise<void>,
): Promise<void> {
  if (tasks.length === 0) return;
  const waiting = tasks[Symbol.iterator]();
  // The sources run unbuilt in tests and benches, compiled otherwise.
  const file = new URL(`./check-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
  const workers = Array.from({length: Math.min(WORKERS, tasks.length)}, () => new Worker(file));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (const task of waiting) {
          signal.throwIfAborted();
          await onOutcome(task, await ask(worker, task.task));
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
