// The body of a mining thread: one job at a time, with a look at the stop word every few milliseconds.

import {parentPort} from "node:worker_threads";
import {assert} from "../errors.ts";
import {createWordEngine} from "./engine.ts";
import type {MinerAnswer, MinerJob} from "./miner-protocol.ts";

// 512 nonces take 2 to 5 ms, so a stop is heard well within 10 ms.
const NONCES_PER_LOOK = 512;
const NONCES = 2n ** 64n;

const engine = createWordEngine();
const port = parentPort;
assert(port !== null, "this file runs in a worker thread");
port.on("message", (job: MinerJob) => port.postMessage(mine(job)));

function mine({digest, firstNonce, targetZeros, stop}: MinerJob): MinerAnswer {
  const stopWord = new Int32Array(stop);
  for (let next = firstNonce; Atomics.load(stopWord, 0) === 0; next = (next + BigInt(NONCES_PER_LOOK)) % NONCES) {
    const nonce = engine.search({digest, firstNonce: next, count: NONCES_PER_LOOK, targetZeros});
    if (nonce !== null) return nonce;
  }
  return null;
}
