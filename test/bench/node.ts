// npm run bench -- node: ingest onto the disk, confirmation of a milestone of 10,000 blocks, and what an idle node writes.
//
// Blocks are made before the clock starts and carry no proof of work (minPowScore 0), so that the node is measured and not Curl. Time
// inside the node is a manual clock: an idle day's milestones are issued without waiting a day. Bytes are those of /proc/self/io, which
// counts every page that the process made the kernel write.

import {mkdtemp, readFile, rm} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {monitorEventLoopDelay} from "node:perf_hooks";
import {toHex, utf8} from "../../src/bytes.ts";
import {createManualClock, type ManualClock} from "../../src/clock.ts";
import {publicKeyOf, signEd25519} from "../../src/ed25519.ts";
import {createNode, type EdgeNode} from "../../src/edge-node/index.ts";
import {silentLog} from "../../src/log.ts";
import {createMetrics} from "../../src/metrics.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {createSeededRandom} from "../../src/random.ts";
import {type BlockId, blockIdOf, serializeBlock, sortParents} from "../../src/stardust/index.ts";
import {openStore} from "../../src/storage/index.ts";

const BLOCKS = 10_000;
const DATA_BYTES = 200;
const IN_FLIGHT = 500;
const IDLE_MILESTONES = 300;
const IDLE_INTERVAL_MS = 60_000;
const DAY_MS = 86_400_000;
/** New blocks approve the newest one and one of so many before it. */
const WIDTH = 16;

interface Figure {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
}

function print({metric, value, unit}: Figure): void {
  console.log(JSON.stringify({bench: "node", metric, value: Math.round(value * 100) / 100, unit}));
}

async function writtenBytes(): Promise<number> {
  const text = await readFile("/proc/self/io", "utf8").catch(() => "");
  return Number(/^write_bytes: (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}

function startNode(store: Awaited<ReturnType<typeof openStore>>, clock: ManualClock): EdgeNode {
  const seed = new Uint8Array(32).fill(1);
  const publicKey = publicKeyOf(seed);
  return createNode(
    {
      network: {
        format: "tanglegate-network/v1",
        protocol: {
          version: 2,
          networkName: "bench",
          bech32Hrp: "tgb",
          minPowScore: 0,
          belowMaxDepth: 15,
          rentStructure: {vByteCost: 0, vByteFactorData: 1, vByteFactorKey: 10},
          tokenSupply: "0",
        },
        coordinator: {threshold: 1, keys: [{publicKey: toHex(publicKey), start: 0, end: 0}]},
        members: [],
      },
      coordinator: {
        enabled: true,
        idleIntervalMs: IDLE_INTERVAL_MS,
        signers: [{purpose: "coordinator", publicKey, sign: (message) => signEd25519(seed, message)}],
      },
    },
    {store, clock, random: createSeededRandom(1), log: silentLog, metrics: createMetrics(), miner: null},
  );
}

function makeBlocks(root: BlockId): readonly Uint8Array[] {
  const random = createSeededRandom(2);
  const newest: BlockId[] = [root];
  return Array.from({length: BLOCKS}, (_, i) => {
    const parents = sortParents([newest.at(-1)!, newest[random.below(newest.length)]!]);
    const payload = {kind: "tagged-data", tag: utf8("bench"), data: random.bytes(DATA_BYTES)} as const;
    const bytes = serializeBlock({protocolVersion: 2, parents, payload, nonce: BigInt(i)});
    newest.push(blockIdOf(bytes));
    if (newest.length > WIDTH) newest.shift();
    return bytes;
  });
}

/** Hands all blocks in, in order, so many of them under way at a time. */
async function ingest(node: EdgeNode, blocks: readonly Uint8Array[]): Promise<void> {
  let next = 0;
  const feed = async () => {
    for (let bytes = blocks[next++]; bytes !== undefined; bytes = blocks[next++]) await node.receive(bytes);
  };
  await Promise.all(Array.from({length: IN_FLIGHT}, feed));
}

async function untilConfirmed(node: EdgeNode, index: number): Promise<void> {
  while ((node.status().confirmedMilestone?.index ?? 0) < index) await new Promise((resolve) => setImmediate(resolve));
}

async function measureLoad(node: EdgeNode, clock: ManualClock): Promise<void> {
  const blocks = makeBlocks(node.status().confirmedMilestone!.blockId);
  console.error(`ingest of ${BLOCKS} blocks, ${IN_FLIGHT} under way`);
  const startMs = performance.now();
  await ingest(node, blocks);
  print({metric: "ingest_blocks_per_s", value: BLOCKS / ((performance.now() - startMs) / 1000), unit: "blocks/s"});

  console.error(`confirmation of ${BLOCKS} blocks`);
  const delay = monitorEventLoopDelay({resolution: 1});
  const before = node.status().confirmedMilestone!.index;
  delay.enable();
  const confirmMs = performance.now();
  clock.advance(2_000).catch(console.error);
  await untilConfirmed(node, before + 1);
  const tookMs = performance.now() - confirmMs;
  await new Promise((resolve) => setTimeout(resolve, 20));
  delay.disable();
  const row = node.status().confirmedMilestone!;
  print({metric: "confirmed_blocks", value: row.referencedBlocks, unit: "blocks"});
  print({metric: "confirmation_ms", value: tookMs, unit: "ms"});
  print({metric: "confirmation_hold_max_ms", value: delay.max / 1e6 - 1, unit: "ms"});
}

async function measureIdle(node: EdgeNode, clock: ManualClock): Promise<void> {
  console.error(`${IDLE_MILESTONES} idle milestones`);
  const bytesBefore = await writtenBytes();
  const first = node.status().confirmedMilestone!.index;
  for (let i = 1; i <= IDLE_MILESTONES; i++) {
    await clock.advance(IDLE_INTERVAL_MS);
    await untilConfirmed(node, first + i);
  }
  const perMilestone = ((await writtenBytes()) - bytesBefore) / IDLE_MILESTONES;
  print({metric: "idle_bytes_per_milestone", value: perMilestone, unit: "B"});
  print({metric: "idle_mb_per_day", value: (perMilestone * (DAY_MS / IDLE_INTERVAL_MS)) / 1e6, unit: "MB"});
}

/** Runs `measure` with a node on a fresh store on disk. */
async function withNode(measure: (node: EdgeNode, clock: ManualClock) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "tanglegate-bench-node-"));
  const store = await openStore(folder);
  try {
    const clock = createManualClock();
    const node = startNode(store, clock);
    await node.start();
    await untilConfirmed(node, 1);
    await measure(node, clock);
    await node.stop();
  } finally {
    await store.close();
    await rm(folder, {recursive: true, force: true});
  }
}

await installNativeCrypto();
await withNode(measureIdle);
await withNode(measureLoad);
print({metric: "rss_mb", value: process.memoryUsage().rss / 1e6, unit: "MB"});
