// A network with one coordinator key, and nodes on it with a manual clock and a store in memory.

import {toHex, utf8} from "../../src/bytes.ts";
import type {NetworkFile} from "../../src/client/index.ts";
import {createManualClock, type ManualClock} from "../../src/clock.ts";
import {publicKeyOf, signEd25519} from "../../src/ed25519.ts";
import {createNode, type EdgeNode, type NodeLimits} from "../../src/edge-node/index.ts";
import type {Signer} from "../../src/identity/index.ts";
import {silentLog} from "../../src/log.ts";
import {createMetrics, type Metrics} from "../../src/metrics.ts";
import {type Miner, verifyScore} from "../../src/pow/index.ts";
import {createSeededRandom} from "../../src/random.ts";
import {
  type Block,
  type BlockId,
  blockIdOf,
  type MilestonePayload,
  parseMilestonePayload,
  serializeBlock,
  sortParents,
} from "../../src/stardust/index.ts";
import {createMemoryStore, type Store} from "../../src/storage/index.ts";

export const VERSION = 2;
export const ZERO_ID: BlockId = `0x${"00".repeat(32)}`;

export function signerOf(fill: number): Signer {
  const seed = new Uint8Array(32).fill(fill);
  return {purpose: "coordinator", publicKey: publicKeyOf(seed), sign: (message) => signEd25519(seed, message)};
}

export const SIGNER = signerOf(7);

export function networkOf(
  protocol: Partial<NetworkFile["protocol"]> = {},
  coordinator: Partial<NetworkFile["coordinator"]> = {},
): NetworkFile {
  return {
    format: "tanglegate-network/v1",
    protocol: {
      version: VERSION,
      networkName: "tanglegate-test",
      bech32Hrp: "tgt",
      minPowScore: 0,
      belowMaxDepth: 15,
      rentStructure: {vByteCost: 0, vByteFactorData: 1, vByteFactorKey: 10},
      tokenSupply: "0",
      ...protocol,
    },
    coordinator: {
      threshold: 1,
      keys: [{publicKey: toHex(SIGNER.publicKey), start: 0, end: 0}],
      ...coordinator,
    },
    members: [],
  };
}

export interface TestNodeOptions {
  readonly network?: NetworkFile;
  readonly signers?: readonly Signer[];
  readonly isCoordinator?: boolean;
  readonly store?: Store;
  readonly clock?: ManualClock;
  readonly limits?: Partial<NodeLimits>;
  readonly miner?: Miner | null;
  readonly metrics?: Metrics;
  readonly milestoneIntervalMs?: number;
  readonly idleIntervalMs?: number;
}

export interface TestNode {
  readonly node: EdgeNode;
  readonly store: Store;
  readonly clock: ManualClock;
  /** Lets time pass and waits until the node has done what was due. */
  advance(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** A started node. */
export async function startNode(options: TestNodeOptions = {}): Promise<TestNode> {
  const store = options.store ?? (await createMemoryStore());
  const clock = options.clock ?? createManualClock();
  const node = createNode(
    {
      network: options.network ?? networkOf(),
      coordinator: {
        enabled: options.isCoordinator ?? true,
        signers: options.signers ?? [SIGNER],
        milestoneIntervalMs: options.milestoneIntervalMs ?? 2_000,
        idleIntervalMs: options.idleIntervalMs ?? 60_000,
      },
      ...(options.limits === undefined ? {} : {limits: options.limits}),
    },
    {
      store,
      clock,
      random: createSeededRandom(1),
      log: silentLog,
      metrics: options.metrics ?? createMetrics(),
      miner: options.miner === undefined ? countingMiner() : options.miner,
    },
  );
  await node.start();
  await settle();
  return {
    node,
    store,
    clock,
    advance: async (ms) => {
      await clock.advance(ms);
      await settle();
    },
    stop: () => node.stop(),
  };
}

/** Turns the event loop until work without timers is done: what a test waits for instead of time. */
export async function settle(turns = 30): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until `isDone`; fails with `what` after many turns. */
export async function until(isDone: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 100_000; i++) {
    if (isDone()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`never happened: ${what}`);
}

/** Mines on the test's own thread, one nonce after the other. */
export function countingMiner(): Miner {
  return {
    start: async () => undefined,
    stop: async () => undefined,
    mine: async ({bytes, goal, signal}) => {
      const score = "minPowScore" in goal ? goal.minPowScore : 0;
      const block = new Uint8Array(bytes.length + 8);
      block.set(bytes);
      const view = new DataView(block.buffer);
      for (let nonce = 0n; ; nonce++) {
        signal?.throwIfAborted();
        view.setBigUint64(bytes.length, nonce, true);
        if (verifyScore(block, score)) return nonce;
      }
    },
  };
}

export function taggedBlock(
  parents: readonly BlockId[],
  data: string,
  options: {tag?: string; nonce?: bigint} = {},
): Block {
  const payload = {kind: "tagged-data", tag: utf8(options.tag ?? "test"), data: utf8(data)} as const;
  return {protocolVersion: VERSION, parents: sortParents(parents), payload, nonce: options.nonce ?? 0n};
}

export function serialized(block: Block): {bytes: Uint8Array; blockId: BlockId} {
  const bytes = serializeBlock(block);
  return {bytes, blockId: blockIdOf(bytes)};
}

/** The parsed payload of a milestone of the node. */
export function payloadAt(node: EdgeNode, index: number): MilestonePayload {
  return parseMilestonePayload(node.milestonePayload(node.milestone(index)!));
}
