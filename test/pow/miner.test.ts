import {afterEach, describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {blake2b256} from "../../src/blake2b.ts";
import {concatBytes} from "../../src/bytes.ts";
import {GatewayError} from "../../src/errors.ts";
import {type Log, silentLog} from "../../src/log.ts";
import {createWordEngine} from "../../src/pow/engine.ts";
import {createMiner, type Miner, type MinerOptions, type StartMinerThread, verifyScore} from "../../src/pow/index.ts";
import type {MinerJob} from "../../src/pow/miner-protocol.ts";
import type {MinerThreadEvents} from "../../src/pow/miner-thread.ts";

let miners: Miner[] = [];
afterEach(async () => {
  for (const miner of miners) await miner.stop();
  miners = [];
});

async function startMiner(
  options: MinerOptions = {workers: 2},
  startThread?: StartMinerThread,
  log: Log = silentLog,
): Promise<Miner> {
  const miner = createMiner(options, startThread === undefined ? {log} : {log, startThread});
  miners.push(miner);
  await miner.start();
  return miner;
}

function withNonce(bytes: Uint8Array, nonce: bigint): Uint8Array {
  const nonceBytes = new Uint8Array(8);
  new DataView(nonceBytes.buffer).setBigUint64(0, nonce, true);
  return concatBytes(bytes, nonceBytes);
}

const codeOf = async (promise: Promise<unknown>) => {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof GatewayError ? error.code : error;
};

/** Threads that do nothing by themselves: the test answers for them. */
function puppets() {
  const threads: {events: MinerThreadEvents; jobs: MinerJob[]; isTerminated: boolean}[] = [];
  const startThread: StartMinerThread = (events) => {
    const thread = {events, jobs: [] as MinerJob[], isTerminated: false};
    threads.push(thread);
    return {
      post: (job) => {
        thread.jobs.push(job);
      },
      terminate: async () => {
        thread.isTerminated = true;
      },
    };
  };
  return {threads, startThread};
}

const isStopped = (job: MinerJob) => new Int32Array(job.stop)[0] !== 0;
const anyBytes = new Uint8Array(100);
/** Far more work than any test waits for. */
const endless = {targetZeros: 18};

describe("in worker threads", () => {
  test("a mined block always has its score", async () => {
    const miner = await startMiner();
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({minLength: 38, maxLength: 600}),
        fc.integer({min: 1, max: 5}),
        async (bytes, minPowScore) => {
          const nonce = await miner.mine({bytes, goal: {minPowScore}});
          expect(verifyScore(withNonce(bytes, nonce), minPowScore)).toBe(true);
        },
      ),
      {numRuns: 20},
    );
  });

  test("jobs asked for together all end", async () => {
    const miner = await startMiner();
    const blocks = Array.from({length: 10}, (_, i) => new Uint8Array(50).fill(i));
    const nonces = await Promise.all(blocks.map((bytes) => miner.mine({bytes, goal: {targetZeros: 4}})));
    nonces.forEach((nonce, i) => {
      expect(verifyScore(withNonce(blocks[i]!, nonce), 1)).toBe(true);
    });
  });

  test("one thread is deterministic: the first nonce that fits", async () => {
    const miner = await startMiner({workers: 1});
    const first = await miner.mine({bytes: anyBytes, goal: {targetZeros: 5}});
    expect(await miner.mine({bytes: anyBytes, goal: {targetZeros: 5}})).toBe(first);
  });

  test("an aborted job rejects with the reason, and the threads are free for the next at once", async () => {
    const miner = await startMiner();
    const abort = new AbortController();
    const job = miner.mine({bytes: anyBytes, goal: endless, signal: abort.signal});
    // The threads are at work when a second job, which must wait for them, has been taken in.
    const next = miner.mine({bytes: anyBytes, goal: {targetZeros: 1}});
    abort.abort(new Error("newer parents"));
    await expect(job).rejects.toThrow("newer parents");
    await expect(next).resolves.toEqual(expect.any(BigInt));
  });

  test("stopping ends the threads in the middle of a job", async () => {
    const miner = await startMiner();
    const job = codeOf(miner.mine({bytes: anyBytes, goal: endless}));
    await miner.stop();
    expect(await job).toBe("pow/unavailable");
  });

  test("it can be started again after a stop", async () => {
    const miner = await startMiner({workers: 1});
    await miner.stop();
    expect(await codeOf(miner.mine({bytes: anyBytes, goal: {targetZeros: 1}}))).toBe("pow/unavailable");
    await miner.start();
    expect(await miner.mine({bytes: anyBytes, goal: {targetZeros: 1}})).toEqual(expect.any(BigInt));
  });
});

describe("refused", () => {
  test("before it is started", async () => {
    const miner = createMiner({workers: 1}, {log: silentLog});
    expect(await codeOf(miner.mine({bytes: anyBytes, goal: {targetZeros: 1}}))).toBe("pow/unavailable");
  });

  test("a goal of 19 zeros", async () => {
    const miner = await startMiner({workers: 1}, puppets().startThread);
    expect(await codeOf(miner.mine({bytes: anyBytes, goal: {targetZeros: 19}}))).toBe("pow/target-too-high");
    expect(await codeOf(miner.mine({bytes: anyBytes, goal: {minPowScore: 4_294_967_295}}))).toBe("pow/target-too-high");
  });

  test("a job past the end of the queue, until there is room", async () => {
    const {threads, startThread} = puppets();
    const miner = await startMiner({workers: 1, queueMax: 2}, startThread);
    const jobs = [1, 2, 3].map(() => miner.mine({bytes: anyBytes, goal: endless}));
    expect(await codeOf(miner.mine({bytes: anyBytes, goal: endless}))).toBe("pow/busy");
    threads[0]!.events.onAnswer(7n);
    expect(await jobs[0]).toBe(7n);
    const late = miner.mine({bytes: anyBytes, goal: endless});
    for (const nonce of [8n, 9n, 10n]) threads[0]!.events.onAnswer(nonce);
    expect(await Promise.all([...jobs.slice(1), late])).toEqual([8n, 9n, 10n]);
  });

  test("an aborted signal, at once", async () => {
    const miner = await startMiner({workers: 1}, puppets().startThread);
    const job = miner.mine({bytes: anyBytes, goal: endless, signal: AbortSignal.abort(new Error("too late"))});
    await expect(job).rejects.toThrow("too late");
  });
});

describe("the pool", () => {
  test("needs no thread for a score of 0", async () => {
    const {threads, startThread} = puppets();
    const miner = await startMiner({workers: 1}, startThread);
    expect(await miner.mine({bytes: anyBytes, goal: {minPowScore: 0}})).toBe(0n);
    expect(threads[0]!.jobs).toHaveLength(0);
  });

  test("gives every thread its own part of the nonces and tells all when one has found", async () => {
    const {threads, startThread} = puppets();
    const miner = await startMiner({workers: 4}, startThread);
    const job = miner.mine({bytes: anyBytes, goal: endless});
    await Promise.resolve();
    const posted = threads.map(({jobs}) => jobs[0]!);
    expect(posted.map(({firstNonce}) => firstNonce)).toEqual([0n, 2n ** 62n, 2n ** 63n, 3n * 2n ** 62n]);
    expect(posted.some(isStopped)).toBe(false);
    threads[2]!.events.onAnswer(5n);
    expect(posted.every(isStopped)).toBe(true);
    expect(await job).toBe(5n);
  });

  test("begins the next job when all threads are back, and takes a late answer for nothing", async () => {
    const {threads, startThread} = puppets();
    const miner = await startMiner({workers: 2}, startThread);
    const jobs = [1, 2].map(() => miner.mine({bytes: anyBytes, goal: endless}));
    await Promise.resolve();
    threads[0]!.events.onAnswer(5n);
    expect(threads[0]!.jobs).toHaveLength(1);
    threads[1]!.events.onAnswer(6n);
    expect(threads.map(({jobs: posted}) => posted.length)).toEqual([2, 2]);
    threads[0]!.events.onAnswer(7n);
    threads[1]!.events.onAnswer(null);
    expect(await Promise.all(jobs)).toEqual([5n, 7n]);
  });

  test("an aborted job that waits leaves the queue", async () => {
    const {threads, startThread} = puppets();
    const miner = await startMiner({workers: 1}, startThread);
    const abort = new AbortController();
    const running = miner.mine({bytes: anyBytes, goal: endless});
    const waiting = miner.mine({bytes: anyBytes, goal: endless, signal: abort.signal});
    await Promise.resolve();
    abort.abort(new Error("not wanted"));
    await expect(waiting).rejects.toThrow("not wanted");
    expect(isStopped(threads[0]!.jobs[0]!)).toBe(false);
    threads[0]!.events.onAnswer(1n);
    expect(await running).toBe(1n);
    expect(threads[0]!.jobs).toHaveLength(1);
  });

  test("a thread that dies is replaced and its job is tried once more", async () => {
    const {threads, startThread} = puppets();
    const warnings: object[] = [];
    const log: Log = {...silentLog, warn: (facts) => void warnings.push(facts)};
    const miner = await startMiner({workers: 2}, startThread, log);
    const job = miner.mine({bytes: anyBytes, goal: endless});
    await Promise.resolve();
    threads[0]!.events.onExit(new Error("out of memory"));
    expect(isStopped(threads[1]!.jobs[0]!)).toBe(true);
    threads[1]!.events.onAnswer(null);
    expect(threads).toHaveLength(3);
    threads[2]!.events.onAnswer(11n);
    expect(await job).toBe(11n);
    expect(warnings).toEqual([{error: "out of memory"}]);
  });

  test("a job whose threads die twice fails, and the next one runs", async () => {
    const {threads, startThread} = puppets();
    const miner = await startMiner({workers: 1}, startThread);
    const job = codeOf(miner.mine({bytes: anyBytes, goal: endless}));
    const next = miner.mine({bytes: anyBytes, goal: endless});
    await Promise.resolve();
    threads[0]!.events.onExit(new Error("first"));
    threads[1]!.events.onExit(new Error("second"));
    expect(await job).toBe("pow/failed");
    threads[2]!.events.onAnswer(3n);
    expect(await next).toBe(3n);
  });

  test("both threads dying in one try are one try", async () => {
    const {threads, startThread} = puppets();
    const miner = await startMiner({workers: 2}, startThread);
    const job = miner.mine({bytes: anyBytes, goal: endless});
    await Promise.resolve();
    threads[0]!.events.onExit(null);
    threads[1]!.events.onExit(null);
    expect(threads).toHaveLength(4);
    threads[3]!.events.onAnswer(4n);
    threads[2]!.events.onAnswer(null);
    expect(await job).toBe(4n);
    expect(threads.map(({jobs}) => jobs.length)).toEqual([1, 1, 1, 1]);
  });

  test("an idle thread that dies harms nothing", async () => {
    const {threads, startThread} = puppets();
    const miner = await startMiner({workers: 1}, startThread);
    threads[0]!.events.onExit(null);
    const job = miner.mine({bytes: anyBytes, goal: endless});
    await Promise.resolve();
    threads[1]!.events.onAnswer(2n);
    expect(await job).toBe(2n);
  });

  test("a stop rejects what runs and what waits, and ends the threads", async () => {
    const {threads, startThread} = puppets();
    const miner = await startMiner({workers: 1}, startThread);
    const jobs = [1, 2].map(() => codeOf(miner.mine({bytes: anyBytes, goal: endless})));
    await Promise.resolve();
    await miner.stop();
    expect(await Promise.all(jobs)).toEqual(["pow/unavailable", "pow/unavailable"]);
    expect(threads[0]!.isTerminated).toBe(true);
    // What the ended thread still says is not heard, not even by a miner that runs again.
    await miner.start();
    const job = miner.mine({bytes: anyBytes, goal: endless});
    threads[0]!.events.onExit(null);
    threads[0]!.events.onAnswer(1n);
    expect(threads).toHaveLength(2);
    threads[1]!.events.onAnswer(2n);
    expect(await job).toBe(2n);
  });
});

test("a real thread searches what the engine searches", async () => {
  const miner = await startMiner({workers: 1});
  const bytes = new Uint8Array(64).fill(9);
  const nonce = await miner.mine({bytes, goal: {targetZeros: 6}});
  const found = createWordEngine().search({
    digest: blake2b256(bytes),
    firstNonce: 0n,
    count: Number(nonce) + 1,
    targetZeros: 6,
  });
  expect(found).toBe(nonce);
});
