// White flag (TIP-2): how a milestone puts the blocks it references in one order that every node finds alone.
//
// Blocks arrive at each node in a different order and may contradict each other. A milestone settles both. From its parents, in
// the order the milestone lists them, every node walks the past cone depth first: before a block stand all the blocks it approves,
// the first parent's cone before the second's. The walk stops at what an earlier milestone has referenced and at solid entry
// points (the edge of what a node keeps). The order in which blocks are left (post-order) is the white-flag order:
//
//       milestone parents: [R, S]                  R approves D, then C;  S approves C, then E;  D approves the old block A
//
//       old -- D -- R                              order: D C R E S
//             C -<                                 A is not in it (referenced before), C is in it once: below R, where the
//             E -- S                               walk came first.
//
// Then the blocks are judged in that order. One without a transaction changes nothing. A transaction whose inputs are still
// unspent is applied; one that meets a spent input is ignored, and both stay in the Tangle: a conflict does not stop the walk and
// does not taint what approves it. That is the white flag: nobody has to avoid approving conflicts.
//
// Two Merkle trees seal the result into the milestone: one over all ids in this order, one over those applied. A node that finds
// other roots than the signed ones has a different Tangle and must stop.
//
// The milestone's own block is not part of its own set; the next milestone references it. The walk is a stepper: it yields every
// 100 blocks, so that a milestone over 10,000 blocks does not hold the event loop. It marks a block when it enters it, so no view,
// however wrong, makes it enter one twice. Memory: one set entry and one result per referenced block.

import type {Hex} from "../bytes.ts";
import {assert} from "../errors.ts";
import type {BlockId} from "../stardust/pure.ts";
import type {ConflictReason} from "./conflict-reason.ts";
import {createIdTree} from "./merkle-roots.ts";

/** Blocks between two yields of the stepper. */
export const BLOCKS_PER_STEP = 100;

/** What the walk asks about the Tangle as it was before the milestone. Synchronous, on one fixed view. */
export interface TangleView {
  /** Parents in the order of the block; null when the block is not known. */
  parentsOf(blockId: BlockId): readonly BlockId[] | null;
  /** Whether an earlier milestone has referenced the block. */
  isReferenced(blockId: BlockId): boolean;
  isSolidEntryPoint(blockId: BlockId): boolean;
}

/** What became of a block in the ledger. The names are TIP-25's `ledgerInclusionState`. */
export type LedgerOutcome =
  | {readonly state: "noTransaction"}
  | {readonly state: "included"}
  | {readonly state: "conflicting"; readonly reason: ConflictReason};

/**
 * Judges a block, called once for each in white-flag order. A ledger keeps the changes of the milestone behind this function: what
 * earlier blocks created and spent is there for later ones.
 */
export type Judge = (blockId: BlockId) => LedgerOutcome;

/** The judge of a Tangle without transactions. */
export const judgeNoTransactions: Judge = () => NO_TRANSACTION;

const NO_TRANSACTION: LedgerOutcome = {state: "noTransaction"};

/** A block and what became of it. Its place in the list is its white-flag index. */
export interface ReferencedBlock {
  readonly blockId: BlockId;
  readonly outcome: LedgerOutcome;
}

export type WhiteFlagResult =
  | {
      readonly state: "ordered";
      readonly blocks: readonly ReferencedBlock[];
      /** Merkle root over all of `blocks`. */
      readonly inclusionMerkleRoot: Hex;
      /** Merkle root over those with state `included`. */
      readonly appliedMerkleRoot: Hex;
    }
  /** A block of the cone is not known: the milestone is not solid yet. */
  | {readonly state: "missing"; readonly blockId: BlockId};

interface Frame {
  readonly blockId: BlockId;
  readonly parents: readonly BlockId[];
  next: number;
}

/**
 * Orders and judges what a milestone newly references. `milestoneParents`: as the milestone lists them. Yields the number of blocks
 * done so far, every 100; drive it with `runToEnd`, or step it and let other work run between. A pure function of its arguments.
 */
export function* applyWhiteFlag(
  milestoneParents: readonly BlockId[],
  view: TangleView,
  judge: Judge = judgeNoTransactions,
): Generator<number, WhiteFlagResult> {
  const blocks: ReferencedBlock[] = [];
  const included = createIdTree();
  const applied = createIdTree();
  const walk = walkPostOrder(milestoneParents, view);
  for (const visit of walk) {
    if (visit.state === "missing") return visit;
    const outcome = judge(visit.blockId);
    blocks.push({blockId: visit.blockId, outcome});
    included.append(visit.blockId);
    if (outcome.state === "included") applied.append(visit.blockId);
    if (blocks.length % BLOCKS_PER_STEP === 0) yield blocks.length;
  }
  return {state: "ordered", blocks, inclusionMerkleRoot: included.root(), appliedMerkleRoot: applied.root()};
}

/** Drives a stepper to its end without a pause. */
export function runToEnd<Result>(stepper: Generator<unknown, Result>): Result {
  for (;;) {
    const step = stepper.next();
    if (step.done === true) return step.value;
  }
}

type Visit =
  | {readonly state: "left"; readonly blockId: BlockId}
  | {readonly state: "missing"; readonly blockId: BlockId};

// Post-order without recursion, since a cone may be thousands of blocks deep. Each frame remembers the parent it comes to next.
function* walkPostOrder(starts: readonly BlockId[], view: TangleView): Generator<Visit> {
  const entered = new Set<BlockId>();
  const stack: Frame[] = [{blockId: "0x", parents: starts, next: 0}];
  while (stack.length > 0) {
    const frame = stack.at(-1)!;
    const parent = frame.parents[frame.next++];
    if (parent === undefined) {
      stack.pop();
      if (stack.length > 0) yield {state: "left", blockId: frame.blockId};
      continue;
    }
    // TIP-2: the walk does not enter what it has entered before, what an earlier milestone referenced, or a solid entry point.
    if (entered.has(parent) || view.isSolidEntryPoint(parent) || view.isReferenced(parent)) continue;
    const parents = view.parentsOf(parent);
    if (parents === null) {
      yield {state: "missing", blockId: parent};
      return;
    }
    assert(parents.length > 0, "a known block has parents");
    entered.add(parent);
    stack.push({blockId: parent, parents, next: 0});
  }
}
