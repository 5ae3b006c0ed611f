import {Worker} from "node:worker_threads";
import type {MinerAnswer, MinerJob} from "./miner-protocol.ts";

/** A thread as the miner uses it: one job at a time. */
export interface MinerThread {
  post(job: MinerJob): void;
  terminate(): Promise<void>;
}

/** What a thread reports. Nothing comes after `onExit`. */
export interface MinerThreadEvents {
  onAnswer(answer: MinerAnswer): void;
  /** `error` is null when it ended without one. */
  onExit(error: unknown): void;
}

export type StartMinerThread = (events: MinerThreadEvents) => MinerThread;

// The search needs a few kilobytes; without limits every idle thread holds several megabytes of heap.
const RESOURCE_LIMITS = {maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4};

/** Starts miner-worker in a worker thread, from the source as well as from the compiled file. */
export const startMinerThread: StartMinerThread = ({onAnswer, onExit}) => {
  const file = import.meta.url.endsWith(".ts") ? "./miner-worker.ts" : "./miner-worker.js";
  const worker = new Worker(new URL(file, import.meta.url), {
    name: "pow",
    execArgv: ["--disable-warning=ExperimentalWarning"],
    resourceLimits: RESOURCE_LIMITS,
  });
  let failure: unknown = null;
  worker.on("message", onAnswer);
  worker.on("error", (error) => {
    failure = error;
  });
  worker.on("exit", () => onExit(failure));
  return {
    post: (job) => worker.postMessage(job),
    terminate: async () => {
      await worker.terminate();
    },
  };
};
