// npm run bench -- node: ingest onto the disk, confirmation of a milestone of 10,000 blocks, and what an idle node writes.
//
// Blocks are made before the clock starts and carry no proof of work (minPowScore 0), so that the node is measured and not Curl. Time
// inside the node is a manual clock: an idle day's milestones are issued without waiting a day. Bytes are those of /proc/self/io, which
// counts every page that the process made the kernel write.

import {readFile} from "node:fs/promises";
import {monitorEventLoopDelay} from "node:perf_hooks";
import type {ManualClock} from "../../src/clock.ts";
import type {EdgeNode} from "../../src/edge-node/index.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {IDLE_INTERVAL_MS, ingest, makeBlocks, untilConfirmed, withNode} from "../support/bench-node.ts";

const BLOCKS = 10_000;
const IDLE_MILESTONES = 300;
const DAY_MS = 86_400_000;

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

async function measureLoad(node: EdgeNode, clock: ManualClock): Promise<void> {
  const blocks = makeBlocks(node.status().confirmedMilestone!.blockId, BLOCKS);
  console.error(`ingest of ${BLOCKS} blocks`);
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

await installNativeCrypto();
await withNode(measureIdle);
await withNode(measureLoad);
print({metric: "rss_mb", value: process.memoryUsage().rss / 1e6, unit: "MB"});
