// The coordinator of a network: it decides when a milestone is due, which tips it references, and signs it. It sleeps until the next
// one is due; while nothing waits, a new block wakes it. The time it signs is judged by trusted-clock.ts; a milestone is seen by
// nobody before it is on disk together with what it confirms (confirmation.ts).
//
// A milestone has eight parents: the last milestone's block, the six tips that have waited longest, so that none grows lazy, and the
// newest, whose cone is likely the largest. When many more tips wait than a few milestones can take, checkpoints join them before:
// blocks without a payload, each over the checkpoint before it and seven tips.

import type {NetworkFile} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import type {Signer} from "../identity/index.ts";
import type {Log} from "../log.ts";
import {type BlockId, blockIdOf, PARENTS_MAX, serializeBlock, sortParents} from "../stardust/index.ts";
import {withAnySignal} from "./any-signal.ts";
import {createClockGate} from "./clock-gate.ts";
import {walkPastCone} from "./confirmation.ts";
import type {NodeLimits} from "./limits.ts";
import {createMilestoneSigner} from "./milestone-signer.ts";
import type {Milestones} from "./milestones.ts";
import type {NodeEvents} from "./node-events.ts";
import type {NodeMetrics} from "./node-metrics.ts";
import type {MilestoneRow} from "./store/node-store.ts";
import {GENESIS_BLOCK_ID, type TangleState} from "./tangle-state.ts";
import {nextTimestamp} from "./trusted-clock.ts";

export interface CoordinatorOptions {
  readonly enabled: boolean;
  /** Time between milestones while blocks wait for one, ms; at least 1,000. Default 2,000. */
  readonly milestoneIntervalMs?: number;
  /** Time between milestones when nothing waits, ms. Default 60,000. */
  readonly idleIntervalMs?: number;
  /** Keys that sign; at least as many as the network's threshold, all listed in network.json. */
  readonly signers: readonly Signer[];
}

export interface Coordinator {
  /** Issues milestone 1 of an empty network, unless the clock is not trusted; then `run` does it later. */
  begin(signal: AbortSignal): Promise<void>;
  /** Issues milestones until the signal is aborted. Rejects when it cannot go on. */
  run(signal: AbortSignal): Promise<void>;
  /** Why none is issued now; null when all is well. */
  readonly refusal: string | null;
  /** Makes the clock's present reading a trusted one. */
  confirmTime(): void;
}

/** Shortest interval: timestamps count whole seconds and must grow. */
export const MILESTONE_INTERVAL_MIN_MS = 1_000;
const MILESTONE_INTERVAL_MS = 2_000;
/** Default time between milestones of an idle network. */
export const IDLE_INTERVAL_MS = 60_000;
/** Time between two looks at a clock that is not trusted. */
const CLOCK_RETRY_MS = 10_000;
/** Milestones that waiting tips may take to be referenced; with more tips than that, checkpoints join them. */
const MILESTONES_TO_DRAIN = 4;
const TIPS_PER_MILESTONE = PARENTS_MAX - 1;

/** Errors: `node/milestone-interval`, `node/coordinator-keys`. */
export function createCoordinator(
  options: {network: NetworkFile; coordinator: CoordinatorOptions; limits: NodeLimits},
  deps: {
    state: TangleState;
    milestones: Milestones;
    events: NodeEvents;
    clock: Clock;
    /** Issues a block without a payload over these parents; null when that is not possible now. */
    issueCheckpoint: (parents: readonly BlockId[], signal: AbortSignal) => Promise<BlockId | null>;
    isHalted: () => boolean;
    log: Log;
    metrics: NodeMetrics;
  },
): Coordinator {
  const {network, limits} = options;
  const {state, milestones, clock} = deps;
  const intervalMs = options.coordinator.milestoneIntervalMs ?? MILESTONE_INTERVAL_MS;
  const idleMs = Math.max(intervalMs, options.coordinator.idleIntervalMs ?? IDLE_INTERVAL_MS);
  const gate = createClockGate({clock, log: deps.log, metrics: deps.metrics});
  checkInterval(intervalMs);
  const sign = createMilestoneSigner(options.coordinator.signers, network);

  const readTime = () => gate.read(state.head?.timestamp ?? null);

  /** Joins waiting tips when there are more than a few milestones can take. */
  const joinTips = async (signal: AbortSignal) => {
    let joined: BlockId | null = null;
    for (let issued = 0; issued < limits.checkpoints; issued++) {
      const tips = state.waitingTips().filter((tip) => tip !== joined);
      if (tips.length <= TIPS_PER_MILESTONE * MILESTONES_TO_DRAIN) return;
      const parents = tips.slice(0, TIPS_PER_MILESTONE);
      if (joined !== null) parents.push(joined);
      joined = await deps.issueCheckpoint(sortParents(parents), signal);
      if (joined === null) return;
      deps.metrics.checkpoint();
    }
  };

  const issue = async (signal: AbortSignal): Promise<MilestoneRow | null> => {
    // Joining may take a while; so the clock is asked before, and again for the time that is signed.
    if (readTime() === null) return null;
    await joinTips(signal);
    return milestones.lane(async () => {
      const timeMs = readTime();
      if (timeMs === null || deps.isHalted()) return null;
      const previous = state.head;
      const parents =
        previous === null ? [GENESIS_BLOCK_ID] : sortParents([previous.blockId, ...chooseTips(state.waitingTips())]);
      const cone = await walkPastCone(parents, state);
      if (cone.state === "missing") throw new GatewayError("node/not-solid", `Block ${cone.blockId} is missing.`);
      const payload = sign({previous, parents, cone, timestamp: nextTimestamp(timeMs, previous?.timestamp ?? null)});
      const block = {protocolVersion: network.protocol.version, parents, payload, nonce: 0n};
      const bytes = serializeBlock(block);
      return milestones.write({blockId: blockIdOf(bytes), bytes, block, payload, cone, isStored: false});
    });
  };

  // After a start the last milestone's age is known from the wall clock alone, which may be wrong: it only ever shortens the wait.
  const monotonicMsOfHead = () => {
    if (state.head === null) return -Infinity;
    return clock.monotonicMs() - Math.max(0, clock.now() - state.head.timestamp * 1000);
  };

  const waitUntilDue = async (lastMs: number, signal: AbortSignal) => {
    for (;;) {
      const hasWork = state.waitingTips().length > 0;
      const waitMs = lastMs + (hasWork ? intervalMs : idleMs) - clock.monotonicMs();
      if (waitMs <= 0) return;
      // While blocks wait, no other block makes a milestone due earlier: only an idle coordinator listens.
      if (hasWork) await clock.sleep(waitMs, signal);
      else await sleepUntilBlock(waitMs, {clock, events: deps.events}, signal);
    }
  };

  const run = async (signal: AbortSignal) => {
    let lastMs = monotonicMsOfHead();
    while (!deps.isHalted()) {
      await waitUntilDue(lastMs, signal);
      const row = await issue(signal);
      if (row !== null) lastMs = clock.monotonicMs();
      else await clock.sleep(CLOCK_RETRY_MS, signal);
    }
  };

  return {
    get refusal() {
      return gate.refusal;
    },
    confirmTime: gate.confirm,
    begin: async (signal) => {
      if (state.head === null) await issue(signal);
    },
    run: async (signal) => {
      try {
        await run(signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}

function checkInterval(milestoneIntervalMs: number): void {
  if (milestoneIntervalMs >= MILESTONE_INTERVAL_MIN_MS) return;
  throw new GatewayError(
    "node/milestone-interval",
    `node.milestone_interval_ms is ${milestoneIntervalMs}; it must be at least ${MILESTONE_INTERVAL_MIN_MS}, since timestamps count seconds.`,
    {milestoneIntervalMs},
  );
}

function chooseTips(waiting: readonly BlockId[]): readonly BlockId[] {
  if (waiting.length <= TIPS_PER_MILESTONE) return waiting;
  return [...waiting.slice(0, TIPS_PER_MILESTONE - 1), waiting.at(-1)!];
}

/** Sleeps until `ms` have passed or a block arrives. */
async function sleepUntilBlock(
  ms: number,
  {clock, events}: {clock: Clock; events: NodeEvents},
  signal: AbortSignal,
): Promise<void> {
  const woken = new AbortController();
  const off = events.on("block", ({block}) => {
    if (block.payload?.kind !== "milestone") woken.abort();
  });
  try {
    await withAnySignal([signal, woken.signal], (either) => clock.sleep(ms, either));
  } catch (error) {
    if (!woken.signal.aborted || signal.aborted) throw error;
  } finally {
    off();
  }
}
