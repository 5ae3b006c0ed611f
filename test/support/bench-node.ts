// A node on a store on disk, and blocks for it, for benchmarks. Blocks are made before any clock starts and carry no proof of work.

import {mkdtemp, rm} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {toHex, utf8} from "../../src/bytes.ts";
import {createManualClock, type ManualClock} from "../../src/clock.ts";
import {publicKeyOf, signEd25519} from "../../src/ed25519.ts";
import {createNode, type EdgeNode} from "../../src/edge-node/index.ts";
import {silentLog} from "../../src/log.ts";
import {createMetrics} from "../../src/metrics.ts";
import {createSeededRandom} from "../../src/random.ts";
import {type BlockId, blockIdOf, serializeBlock, sortParents} from "../../src/stardust/index.ts";
import {openStore} from "../../src/storage/index.ts";

const DATA_BYTES = 200;
const IN_FLIGHT = 500;
export const IDLE_INTERVAL_MS = 60_000;
/** New blocks approve the newest one and one of so many before it. */
const WIDTH = 16;

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

/** So many blocks above `root`; another `seed` gives other blocks. */
export function makeBlocks(root: BlockId, count: number, seed = 2): readonly Uint8Array[] {
  const random = createSeededRandom(seed);
  const newest: BlockId[] = [root];
  return Array.from({length: count}, (_, i) => {
    const parents = sortParents([newest.at(-1)!, newest[random.below(newest.length)]!]);
    const payload = {kind: "tagged-data", tag: utf8("bench"), data: random.bytes(DATA_BYTES)} as const;
    const bytes = serializeBlock({protocolVersion: 2, parents, payload, nonce: BigInt(i)});
    newest.push(blockIdOf(bytes));
    if (newest.length > WIDTH) newest.shift();
    return bytes;
  });
}

/** Hands all blocks in, in order, so many of them under way at a time. */
export async function ingest(node: EdgeNode, blocks: readonly Uint8Array[]): Promise<void> {
  let next = 0;
  const feed = async () => {
    for (let bytes = blocks[next++]; bytes !== undefined; bytes = blocks[next++]) await node.receive(bytes);
  };
  await Promise.all(Array.from({length: IN_FLIGHT}, feed));
}

/** Resolves when the milestone of this index is confirmed. */
export async function untilConfirmed(node: EdgeNode, index: number): Promise<void> {
  while ((node.status().confirmedMilestone?.index ?? 0) < index) await new Promise((resolve) => setImmediate(resolve));
}

/** Runs `measure` with a node on a fresh store on disk. */
export async function withNode(measure: (node: EdgeNode, clock: ManualClock) => Promise<void>): Promise<void> {
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
