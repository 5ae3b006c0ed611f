// npm run bench -- pow: nonces tried and blocks checked per second of one core's CPU time, and how soon a stopped search gives its threads
// free. Ratios are between rounds of one run: absolute figures of a shared machine move.

import {silentLog} from "../../src/log.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {createMiner, createWordEngine, trailingZeros, verifyScore} from "../../src/pow/index.ts";

const ROUNDS = 7;
const ROUND_MS = 1_000;
const BLOCK_BYTES = 300;
const STOPS = 20;
/** More zeros than any search of this program finds. */
const NEVER = 40;

function print(metric: string, value: number, unit: string, more: object = {}): void {
  console.log(JSON.stringify({bench: "pow", metric, value: Math.round(value * 100) / 100, unit, ...more}));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** How often `work` (which says how much it did) runs in a second of CPU time. */
function perCpuSecond(work: () => number): number {
  const start = process.cpuUsage();
  let done = 0;
  for (;;) {
    done += work();
    const {user, system} = process.cpuUsage(start);
    if (user + system >= ROUND_MS * 1_000) return (done * 1e6) / (user + system);
  }
}

await installNativeCrypto();
const engine = createWordEngine();
const digest = new Uint8Array(32).fill(7);
const block = new Uint8Array(BLOCK_BYTES).fill(3);
let firstNonce = 0n;

const mine = () => {
  engine.search({digest, firstNonce, count: 1_024, targetZeros: NEVER});
  firstNonce += 1_024n;
  return 1_024;
};
const check = () => {
  for (let i = 0; i < 100; i++) {
    block[0] = i;
    verifyScore(block, 1);
  }
  return 100;
};
const tryOne = () => {
  for (let i = 0; i < 100; i++) {
    block[block.length - 1] = i;
    trailingZeros(block);
  }
  return 100;
};

for (const work of [mine, check]) work();
const rounds = [];
for (let round = 1; round <= ROUNDS; round++) {
  rounds.push({mined: perCpuSecond(mine), checked: perCpuSecond(check), tried: perCpuSecond(tryOne)});
  console.error(`round ${round} of ${ROUNDS}`);
}
print("hashes_per_cpu_s", median(rounds.map(({mined}) => mined)), "1/s", {
  ratio: Math.round(median(rounds.map(({mined, tried}) => mined / tried)) * 100) / 100,
  versus: "one nonce at a time",
  rounds: ROUNDS,
});
print("verify_per_cpu_s", median(rounds.map(({checked}) => checked)), "1/s", {rounds: ROUNDS});

console.error("stopping searches");
const miner = createMiner({}, {log: silentLog});
await miner.start();
await miner.mine({bytes: block, goal: {targetZeros: 9}});
const delaysMs: number[] = [];
for (let i = 0; i < STOPS; i++) {
  const abort = new AbortController();
  const search = miner.mine({bytes: block, goal: {targetZeros: 18}, signal: abort.signal}).catch(() => null);
  await new Promise((resolve) => setTimeout(resolve, 30));
  const startMs = performance.now();
  abort.abort();
  // The next job begins when the threads are free; this one is over with its first nonces.
  await miner.mine({bytes: block, goal: {targetZeros: 1}});
  delaysMs.push(performance.now() - startMs);
  await search;
}
await miner.stop();
print("stop_ms", median(delaysMs), "ms", {worst: Math.round(Math.max(...delaysMs) * 100) / 100, rounds: STOPS});
