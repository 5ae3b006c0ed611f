// A pool of threads that search nonces, never the main thread. One job at a time over all threads, which gives the least waiting; the
// others queue. The search has no memory, so stopping a job and asking again with newer parents loses nothing.

import os from "node:os";
import {blake2b256} from "../blake2b.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import {type MinerThread, type StartMinerThread, startMinerThread} from "./miner-thread.ts";
import {NONCE_SIZE, zerosNeeded} from "./score.ts";

export interface MineRequest {
  /** The block without its nonce. */
  readonly bytes: Uint8Array;
  /** What to reach: a PoW score, or zero trits at the end of the hash. */
  readonly goal: {readonly minPowScore: number} | {readonly targetZeros: number};
  readonly signal?: AbortSignal;
}

export interface Miner extends Service {
  /**
   * The nonce that gives the block its score. Rejects with the signal's reason when that is aborted; the threads stop within 10 ms.
   * Errors: `pow/busy` (the queue is full), `pow/target-too-high`, `pow/unavailable` (not running), `pow/failed` (threads died twice).
   */
  mine(request: MineRequest): Promise<bigint>;
}

export interface MinerOptions {
  /** Threads; default one less than the machine has processors, at least 1. */
  readonly workers?: number;
  /** Jobs that may wait; default 64. */
  readonly queueMax?: number;
}

export interface MinerDeps {
  readonly log: Log;
  /** Default: a worker thread. */
  readonly startThread?: StartMinerThread;
}

/** Zero trits above which a job is refused: 3^19 tries keep a core busy for an hour. */
export const TARGET_ZEROS_MAX = 18;

const QUEUE_MAX = 64;
const TRIES_MAX = 2;
const NONCES = 2n ** 64n;

interface Job {
  readonly digest: Uint8Array;
  readonly targetZeros: number;
  /** Settles the promise; only the first call counts. */
  readonly resolve: (nonce: bigint) => void;
  readonly reject: (reason: unknown) => void;
  tries: number;
}

/** One try of a job on all threads. */
interface Run {
  readonly job: Job;
  readonly stop: SharedArrayBuffer;
  isOver: boolean;
}

interface Slot {
  thread: MinerThread | null;
  isBusy: boolean;
}

/** Makes a miner. Its threads live from `start` to `stop`; `stop` rejects what still waits. */
export function createMiner(options: MinerOptions, deps: MinerDeps): Miner {
  const startThread = deps.startThread ?? startMinerThread;
  const queueMax = options.queueMax ?? QUEUE_MAX;
  const workers = Math.max(1, options.workers ?? os.availableParallelism() - 1);
  const slots: readonly Slot[] = Array.from({length: workers}, () => ({thread: null, isBusy: false}));
  let queue: Job[] = [];
  let run: Run | null = null;
  let isRunning = false;

  const endRun = (ended: Run) => {
    ended.isOver = true;
    Atomics.store(new Int32Array(ended.stop), 0, 1);
  };

  // Tries a job again whose thread has died; a second death is the job's own fault or the machine's.
  const failRun = (failed: Run, error: unknown) => {
    endRun(failed);
    if (failed.job.tries < TRIES_MAX) queue.unshift(failed.job);
    else {
      const because = `The mining threads ended twice: ${sentenceOf(error)}.`;
      failed.job.reject(new GatewayError("pow/failed", because, {}, {cause: error}));
    }
  };

  const openThread = (slot: Slot): MinerThread => {
    const thread: MinerThread = startThread({
      onAnswer: (nonce) => {
        if (slot.thread !== thread) return;
        if (nonce !== null && run !== null && !run.isOver) {
          run.job.resolve(nonce);
          endRun(run);
        }
        slot.isBusy = false;
        startNext();
      },
      onExit: (error) => {
        if (slot.thread !== thread) return;
        deps.log.warn({error: sentenceOf(error)}, "mining thread ended");
        slot.thread = null;
        if (slot.isBusy && run !== null && !run.isOver) failRun(run, error);
        slot.isBusy = false;
        startNext();
      },
    });
    return thread;
  };

  // The next job begins when every thread has come back from the one before, so that one stop word is enough.
  const startNext = () => {
    if (!isRunning || slots.some((slot) => slot.isBusy)) return;
    const job = queue.shift();
    if (job === undefined) return;
    job.tries++;
    run = {job, stop: new SharedArrayBuffer(4), isOver: false};
    for (const [i, slot] of slots.entries()) {
      slot.thread ??= openThread(slot);
      slot.isBusy = true;
      // Disjoint ranges: thread i of n begins at i / n of all nonces.
      const firstNonce = (NONCES * BigInt(i)) / BigInt(workers);
      slot.thread.post({digest: job.digest, firstNonce, targetZeros: job.targetZeros, stop: run.stop});
    }
  };

  const drop = (job: Job, reason: unknown) => {
    job.reject(reason);
    queue = queue.filter((other) => other !== job);
    if (run?.job === job && !run.isOver) endRun(run);
  };

  const enqueue = (digest: Uint8Array, targetZeros: number, signal: AbortSignal | undefined): Promise<bigint> => {
    const {promise, resolve, reject} = Promise.withResolvers<bigint>();
    const job: Job = {digest, targetZeros, resolve, reject, tries: 0};
    const onAbort = () => drop(job, signal?.reason);
    signal?.addEventListener("abort", onAbort, {once: true});
    queue.push(job);
    startNext();
    return promise.finally(() => signal?.removeEventListener("abort", onAbort));
  };

  const service = createService({
    start: async () => {
      isRunning = true;
      for (const slot of slots) slot.thread ??= openThread(slot);
    },
    stop: async () => {
      isRunning = false;
      const stopped = new GatewayError("pow/unavailable", "The miner has been stopped.");
      for (const job of [...queue, ...(run === null || run.isOver ? [] : [run.job])]) drop(job, stopped);
      const threads = slots.flatMap((slot) => slot.thread ?? []);
      for (const slot of slots) {
        slot.thread = null;
        slot.isBusy = false;
      }
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  });

  return {
    ...service,
    mine: async ({bytes, goal, signal}) => {
      signal?.throwIfAborted();
      if (!isRunning) throw new GatewayError("pow/unavailable", "The miner is not running; start it first.");
      const targetZeros =
        "targetZeros" in goal ? goal.targetZeros : zerosNeeded(bytes.length + NONCE_SIZE, goal.minPowScore);
      if (targetZeros === 0) return 0n;
      if (targetZeros > TARGET_ZEROS_MAX) {
        throw new GatewayError(
          "pow/target-too-high",
          `The block needs ${targetZeros} zero trits; this miner goes to ${TARGET_ZEROS_MAX}. Make it smaller or use a faster miner.`,
          {targetZeros},
        );
      }
      if (queue.length >= queueMax) {
        throw new GatewayError("pow/busy", `${queueMax} blocks wait for their proof of work already; try again later.`);
      }
      return enqueue(blake2b256(bytes).slice(), targetZeros, signal);
    },
  };
}
