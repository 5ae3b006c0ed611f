// How the node is doing, and what it did between the last two milestones.

import type {Clock} from "../clock.ts";
import type {MilestoneHead, NodeStatus} from "./edge-node.ts";
import type {TangleState} from "./tangle-state.ts";

/** Milestones that confirmation may lie behind what is known (as TIP-25's nodes count it). */
const SYNCED_DISTANCE_MAX = 2;
/** Age of the newest milestone above which a node is not healthy; or twice the idle interval when that is longer. */
const MILESTONE_AGE_MAX_MS = 300_000;

/** Counts between two milestones. */
export interface Rates {
  countBlocks(blocks: number): void;
  /** Ends a span: a milestone referenced so many. */
  milestone(referencedBlocks: number): void;
  last(): Pick<NodeStatus, "blocksPerSecond" | "referencedBlocksPerSecond" | "referencedRate">;
}

export function createRates(clock: Pick<Clock, "monotonicMs">): Rates {
  let sinceMs = clock.monotonicMs();
  let blocks = 0;
  let last = {blocksPerSecond: 0, referencedBlocksPerSecond: 0, referencedRate: 0};
  return {
    countBlocks: (count) => {
      blocks += count;
    },
    milestone: (referenced) => {
      const seconds = Math.max(0.001, (clock.monotonicMs() - sinceMs) / 1000);
      last = {
        blocksPerSecond: blocks / seconds,
        referencedBlocksPerSecond: referenced / seconds,
        referencedRate: blocks === 0 ? 0 : (referenced / blocks) * 100,
      };
      sinceMs = clock.monotonicMs();
      blocks = 0;
    },
    last: () => last,
  };
}

/** Whether blocks are taken: a milestone is confirmed, and none much newer is known. */
export function isSynced(state: TangleState, latest: MilestoneHead | null): boolean {
  return state.head !== null && (latest?.index ?? 0) - state.head.index <= SYNCED_DISTANCE_MAX;
}

/** Why the node is not healthy, in words that say what to do; null when it is. Unlike a public node it needs no peer. */
export function ailmentOf(facts: {
  halted: string | null;
  clockRefusal: string | null;
  isSynced: boolean;
  latest: MilestoneHead | null;
  nowMs: number;
  idleIntervalMs: number;
}): string | null {
  if (facts.halted !== null) return facts.halted;
  if (facts.clockRefusal !== null) return facts.clockRefusal;
  if (facts.latest === null) return "No milestone is known yet.";
  if (!facts.isSynced) return "Milestones are known that are not confirmed yet.";
  const ageMs = facts.nowMs - facts.latest.timestamp * 1000;
  if (ageMs > Math.max(MILESTONE_AGE_MAX_MS, 2 * facts.idleIntervalMs))
    return `The last milestone is ${Math.round(ageMs / 60_000)} minutes old; is the coordinator running?`;
  return null;
}
