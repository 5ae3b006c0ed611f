// A gateway's surroundings for audit tests: a network of one coordinator that confirms when told, and an audit trail in a temporary folder.

import {mkdtemp, rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import path from "node:path";
import {type Audit, type AuditOptions, createAudit, createExporter, type Exporter} from "../../src/audit/index.ts";
import {equalBytes, fromHex, type Hex, toHex, utf8} from "../../src/bytes.ts";
import type {
  ConfirmedFeed,
  ConfirmedMilestone,
  ConfirmedTaggedData,
  NetworkFile,
  NodeClient,
} from "../../src/client/index.ts";
import {createManualClock, type ManualClock} from "../../src/clock.ts";
import {GatewayError} from "../../src/errors.ts";
import type {Signer} from "../../src/identity/index.ts";
import {silentLog} from "../../src/log.ts";
import {createMetrics} from "../../src/metrics.ts";
import {createSeededRandom} from "../../src/random.ts";
import {
  type Block,
  type BlockId,
  blockIdOf,
  type MilestonePayload,
  milestoneIdOf,
  parseBlock,
  serializeBlock,
  serializeMilestonePayload,
  signMilestone,
} from "../../src/stardust/index.ts";
import {createInclusionProof, rootOfIds} from "../../src/tangle/index.ts";
import {blockOf, EMPTY_ROOT, idOf, PARAMETERS, signerOf, ZERO_ID} from "../support/blocks.ts";

export const NETWORK_NAME = "audit-test";

export interface TestNetwork {
  readonly node: NodeClient;
  readonly feed: ConfirmedFeed;
  readonly submitted: readonly BlockId[];
  /** Issues a milestone over everything that was submitted since the last one. */
  confirm(): void;
  /** Forgets what was submitted since the last milestone. */
  lose(): void;
  /** While set, the node answers nothing. */
  isDown: boolean;
}

/** A network of one coordinator. Blocks are real, their proof of work is not looked at. */
export function createTestNetwork(clock: ManualClock, coordinator = "coordinator"): TestNetwork {
  const blocks = new Map<BlockId, Block>();
  const milestones: {payload: MilestonePayload; referenced: BlockId[]}[] = [];
  const submitted: BlockId[] = [];
  const listeners = new Set<(milestone: ConfirmedMilestone) => void>();
  let waiting: BlockId[] = [];

  const placeOf = (id: BlockId) => milestones.find(({referenced}) => referenced.includes(id));
  const network: TestNetwork = {
    submitted,
    isDown: false,
    confirm: () => {
      const referenced = [idOf(`neighbour ${milestones.length}`), ...waiting];
      waiting = [];
      const payload = signMilestone(
        {
          index: milestones.length + 1,
          timestamp: Math.floor(clock.now() / 1000),
          protocolVersion: 2,
          previousMilestoneId: milestones.length === 0 ? ZERO_ID : milestoneIdOf(milestones.at(-1)!.payload),
          parents: [idOf("parent")],
          inclusionMerkleRoot: rootOfIds(referenced),
          appliedMerkleRoot: EMPTY_ROOT,
          metadata: new Uint8Array(0),
          options: [],
        },
        [signerOf(coordinator)],
      );
      milestones.push({payload, referenced});
      for (const listener of listeners)
        listener({
          index: payload.index,
          timestamp: payload.timestamp,
          milestoneId: milestoneIdOf(payload),
          referencedBlocks: referenced.length,
        });
    },
    lose: () => {
      for (const id of waiting) blocks.delete(id);
      waiting = [];
    },
    node: {
      info: async () => ({
        networkName: NETWORK_NAME,
        protocolVersion: 2,
        minPowScore: 0,
        isHealthy: true,
        latestMilestoneIndex: milestones.length,
        confirmedMilestoneIndex: milestones.length,
        pruningIndex: 0,
      }),
      tips: async () => [],
      submitTaggedData: async ({tag, data}) => {
        if (network.isDown) throw new GatewayError("node/unavailable", "The node is down.");
        const block = blockOf({kind: "tagged-data", tag, data}, {nonce: BigInt(submitted.length)});
        const id = blockIdOf(serializeBlock(block));
        blocks.set(id, parseBlock(serializeBlock(block), PARAMETERS));
        submitted.push(id);
        waiting.push(id);
        return id;
      },
      submitBlock: async (bytes) => blockIdOf(bytes),
      block: async (id) => (blocks.has(id) ? serializeBlock(blocks.get(id)!) : null),
      blockMetadata: async (blockId) => {
        const block = blocks.get(blockId);
        if (block === undefined) return null;
        const place = placeOf(blockId);
        const known = {blockId, parents: block.parents, isSolid: true};
        return place === undefined
          ? known
          : {
              ...known,
              referencedByMilestoneIndex: place.payload.index,
              whiteFlagIndex: place.referenced.indexOf(blockId),
            };
      },
      milestone: async (index) => {
        const payload = milestones[index - 1]?.payload;
        return payload === undefined
          ? null
          : {
              index,
              timestamp: payload.timestamp,
              milestoneId: milestoneIdOf(payload),
              payload: serializeMilestonePayload(payload),
            };
      },
      proveInclusion: async (id) => {
        const place = placeOf(id);
        if (place === undefined) return null;
        return createInclusionProof(blocks.get(id)!, {
          milestone: place.payload,
          referenced: place.referenced,
          whiteFlagIndex: place.referenced.indexOf(id),
        });
      },
    },
    feed: {
      onMilestone: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      read: async ({tag, after}) => {
        if (network.isDown) throw new GatewayError("node/unavailable", "The node is down.");
        const found: ConfirmedTaggedData[] = [];
        for (const {payload, referenced} of milestones) {
          for (const [whiteFlagIndex, blockId] of referenced.entries()) {
            const block = blocks.get(blockId);
            const isLater =
              payload.index > after.milestoneIndex ||
              (payload.index === after.milestoneIndex && whiteFlagIndex > after.whiteFlagIndex);
            if (!isLater || block?.payload?.kind !== "tagged-data") continue;
            if (!equalBytes(block.payload.tag, fromHex(tag))) continue;
            found.push({
              cursor: {milestoneIndex: payload.index, whiteFlagIndex},
              milestoneTimestamp: payload.timestamp,
              blockId,
              tag,
              data: toHex(block.payload.data),
            });
          }
        }
        return {blocks: found, next: null};
      },
    },
  };
  return network;
}

/** A signer of purpose `audit-log` that a name stands for. */
export function auditSigner(name = "audit key"): Signer {
  return {purpose: "audit-log", ...signerOf(name)};
}

export interface Surroundings {
  readonly folder: string;
  readonly clock: ManualClock;
  readonly network: TestNetwork;
  readonly networkFile: NetworkFile;
  /** An audit trail in the folder (or another); not started. */
  create(changes?: Partial<AuditOptions>, others?: {network?: TestNetwork; signer?: Signer}): Audit;
  /** Exports of an audit trail, with a page that says so. */
  exporter(audit: Audit): Exporter;
  /** Lets time pass, step by step, whenever the anchoring loop sleeps, until something holds. */
  until(holds: () => boolean, stepMs?: number): Promise<void>;
  /** Submits heads, confirms them and waits until the proofs are kept. */
  anchor(audit: Audit): Promise<void>;
  remove(): Promise<void>;
}

export const GATEWAY = "gateway.example";

export async function createSurroundings(): Promise<Surroundings> {
  const folder = await mkdtemp(path.join(tmpdir(), "audit-"));
  const {clock, sleepers} = createWatchedClock();
  const network = createTestNetwork(clock);
  let opened = 0;
  // Time passes only while the loop sleeps, so that work on the disk, however slow, takes no time.
  const until = async (holds: () => boolean, stepMs = 0) => {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      if (holds()) return;
      if (stepMs > 0 && sleepers() > 0) await clock.advance(stepMs);
      else await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error("It never came to hold.");
  };
  return {
    folder,
    clock,
    network,
    networkFile: networkFileOf(),
    create: (changes = {}, others = {}) =>
      createAudit(
        {
          folder: path.join(folder, "audit"),
          name: GATEWAY,
          networkName: NETWORK_NAME,
          anchorIntervalMs: 10_000,
          idleAnchorIntervalMs: 3_600_000,
          ...changes,
        },
        {
          clock,
          random: createSeededRandom(++opened),
          log: silentLog,
          metrics: createMetrics(),
          signer: others.signer ?? auditSigner(),
          node: (others.network ?? network).node,
          feed: (others.network ?? network).feed,
        },
      ),
    exporter: (audit) =>
      createExporter(
        {
          site: GATEWAY,
          network: networkFileOf(),
          timeZone: "Europe/Berlin",
          verifyPage: async () => utf8("<!doctype html>the page that checks"),
        },
        {clock, freeze: audit.freeze, append: audit.append},
      ),
    until,
    anchor: async (audit) => {
      const before = network.submitted.length;
      await until(() => network.submitted.length > before, 1_000);
      network.confirm();
      await until(() => audit.machines().every(({state}) => state !== "waiting"));
    },
    remove: () => rm(folder, {recursive: true}),
  };
}

const TURNS_MAX = 1_000_000;

/** A manual clock, and how many sleep on it. */
function createWatchedClock(): {clock: ManualClock; sleepers: () => number} {
  const clock = createManualClock(Date.UTC(2026, 5, 1));
  let sleeping = 0;
  const sleep: ManualClock["sleep"] = async (ms, signal) => {
    sleeping++;
    try {
      await clock.sleep(ms, signal);
    } finally {
      sleeping--;
    }
  };
  return {clock: {...clock, sleep}, sleepers: () => sleeping};
}

export function networkFileOf(coordinator = "coordinator", audit = "audit key"): NetworkFile {
  return {
    format: "tanglegate-network/v1",
    protocol: {
      version: 2,
      networkName: NETWORK_NAME,
      bech32Hrp: "tst",
      minPowScore: 0,
      belowMaxDepth: 15,
      rentStructure: {vByteCost: 0, vByteFactorData: 1, vByteFactorKey: 10},
      tokenSupply: "0",
    },
    coordinator: {threshold: 1, keys: [{publicKey: hexOf(signerOf(coordinator).publicKey), start: 0, end: 0}]},
    members: [{name: GATEWAY, auditKey: hexOf(auditSigner(audit).publicKey)}],
  };
}

function hexOf(bytes: Uint8Array): Hex {
  return toHex(bytes);
}
