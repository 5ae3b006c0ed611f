// The chain of milestones on this node: what is confirmed, what waits for its turn, and the one lane in which both are changed.

import type {NetworkFile} from "../client/index.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import {type MilestonePayload, milestoneIdOf, parseBlock, serializePayload} from "../stardust/index.ts";
import {compareMilestones, compareRoots, verifyMilestoneChain} from "../tangle/index.ts";
import type {CheckedBlock} from "./block-committer.ts";
import {type CheckedMilestone, walkPastCone, writeMilestone} from "./confirmation.ts";
import type {MilestoneHead} from "./edge-node.ts";
import type {NodeLimits} from "./limits.ts";
import type {NodeEmitter} from "./node-events.ts";
import type {NodeMetrics} from "./node-metrics.ts";
import type {MilestoneRow, NodeStore} from "./store/node-store.ts";
import type {TangleState} from "./tangle-state.ts";

/** The chain of milestones. Everything that changes it runs in `lane`, one after the other. */
export interface Milestones {
  /** The newest milestone known, confirmed or waiting. */
  readonly latest: MilestoneHead | null;
  /** Runs `work` when everything before it in the lane is done. */
  lane<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Stops the node when a validly signed milestone contradicts a known one; errors: `node/fork`, `node/busy`. */
  check(block: CheckedBlock): void;
  /** Takes a milestone by somebody else that is solid and on disk, to be confirmed at its turn. */
  offer(block: CheckedBlock): void;
  /** Writes a milestone in the lane and tells everybody. A failure halts the node: what is on disk is not known then. */
  write(milestone: CheckedMilestone): Promise<MilestoneRow>;
}

interface Waiting {
  readonly block: CheckedBlock;
  readonly payload: MilestonePayload;
}

export function createMilestones(
  options: {network: NetworkFile; limits: NodeLimits},
  deps: {
    state: TangleState;
    store: NodeStore;
    emitter: NodeEmitter;
    halt: (because: string) => void;
    monotonicMs: () => number;
    log: Log;
    metrics: NodeMetrics;
  },
): Milestones {
  const {state, store, emitter, halt, log, metrics} = deps;
  const waiting = new Map<number, Waiting>();
  let lane: Promise<unknown> = Promise.resolve();

  const inLane = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = lane.then(work);
    lane = result.catch(() => undefined);
    return result;
  };

  const write = async (milestone: CheckedMilestone): Promise<MilestoneRow> => {
    const startMs = deps.monotonicMs();
    const {row, referenced} = await writeMilestone(milestone, {store, state}).catch((error: unknown) => {
      halt(`The milestone ${milestone.payload.index} could not be written: ${sentenceOf(error)}`);
      throw error;
    });
    const seconds = (deps.monotonicMs() - startMs) / 1000;
    metrics.confirmed({index: row.index, referenced: referenced.length, seconds});
    log.debug({index: row.index, referenced: referenced.length}, "milestone confirmed");
    const {index, timestamp, milestoneId} = row;
    // A milestone of our own reaches the disk with what it confirms; its block is a block like any other.
    const {blockId, block, bytes, isStored} = milestone;
    if (!isStored) emitter.emit({kind: "block", blockId, block, bytes});
    emitter.emit({
      kind: "milestone",
      milestone: {index, timestamp, milestoneId, referencedBlocks: referenced.length},
      payload: serializePayload(milestone.payload),
      referenced,
    });
    return row;
  };

  /** Confirms what waits, in the order of the indexes, until one is missing. */
  const confirmWaiting = async () => {
    for (
      let next = waiting.get(state.confirmedIndex + 1);
      next !== undefined;
      next = waiting.get(state.confirmedIndex + 1)
    ) {
      const {block, payload} = next;
      waiting.delete(payload.index);
      const chain = verifyMilestoneChain(payload, state.head);
      if (chain.state === "invalid") return halt(chain.because);
      const cone = await walkPastCone(payload.parents, state);
      if (cone.state === "missing") return halt(`Milestone ${payload.index} is not solid: ${cone.blockId} is missing.`);
      const roots = compareRoots(payload, cone);
      if (roots.state === "invalid") return halt(roots.because);
      await write({...block, payload, cone, isStored: true});
    }
  };

  const known = (index: number): MilestonePayload | null => {
    const candidate = waiting.get(index);
    if (candidate !== undefined) return candidate.payload;
    const row = index <= state.confirmedIndex ? store.milestone(index) : null;
    return row === null ? null : payloadOf(store, row, options.network);
  };

  return {
    get latest() {
      const index = Math.max(0, ...waiting.keys());
      const candidate = waiting.get(index);
      if (candidate === undefined || index < state.confirmedIndex) return state.head;
      const {timestamp} = candidate.payload;
      return {index, timestamp, milestoneId: milestoneIdOf(candidate.payload)};
    },
    lane: inLane,
    check: ({block}) => {
      const payload = block.payload as MilestonePayload;
      const verdict = compareWithKnown(payload, known(payload.index));
      if (verdict !== null) {
        halt(verdict);
        throw new GatewayError("node/fork", verdict, {index: payload.index});
      }
      if (waiting.size >= options.limits.waitingMilestones && !waiting.has(payload.index)) {
        throw new GatewayError("node/busy", "Too many milestones wait for their turn.", {waiting: waiting.size});
      }
    },
    offer: (block) => {
      const payload = block.block.payload as MilestonePayload;
      if (payload.index <= state.confirmedIndex || waiting.has(payload.index)) return;
      waiting.set(payload.index, {block, payload});
      inLane(confirmWaiting).catch((error: unknown) =>
        log.error({index: payload.index, reason: sentenceOf(error)}, "a milestone could not be confirmed"),
      );
    },
    write,
  };
}

/** Payload of a confirmed milestone, from its block. */
export function payloadOf(store: NodeStore, row: MilestoneRow, network: NetworkFile): MilestonePayload {
  const {payload} = parseBlock(store.block(row.blockId)!, network.protocol);
  return payload as MilestonePayload;
}

function compareWithKnown(payload: MilestonePayload, known: MilestonePayload | null): string | null {
  if (known === null) return null;
  const verdict = compareMilestones(known, payload);
  return verdict.state === "invalid"
    ? `${verdict.because} Two coordinators use the same keys; stop one of them.`
    : null;
}
