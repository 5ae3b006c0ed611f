// A block is solid when all of its past cone is known down to solid entry points, that is, when all its parents are solid. Blocks may
// arrive before their parents; then they wait, and the arrival of one block can make many solid.

import type {BlockId} from "../stardust/pure.ts";

/** What is asked about the Tangle before the arriving block is counted. */
export interface SolidityView {
  /** null when the block is not known. */
  parentsOf(blockId: BlockId): readonly BlockId[] | null;
  /** Known blocks that name this one as a parent. */
  childrenOf(blockId: BlockId): readonly BlockId[];
  /** True for solid blocks and for solid entry points. */
  isSolid(blockId: BlockId): boolean;
}

export interface SolidityStep {
  /** Blocks that have become solid, parents before children. */
  readonly solid: readonly BlockId[];
  /** Where to go on when the limit was reached, after `solid` has been written; empty when all is done. */
  readonly rest: readonly BlockId[];
}

/** Blocks one step makes solid at most. */
export const SOLID_PER_STEP_MAX = 1_000;

/**
 * Which blocks become solid because those of `arrived` are known now. `arrived`: new blocks, or `rest` of the step before.
 * Bounded by `limit`; the cost is the children of the blocks that become solid.
 */
export function solidify(
  arrived: readonly BlockId[],
  view: SolidityView,
  limit: number = SOLID_PER_STEP_MAX,
): SolidityStep {
  const solid = new Set<BlockId>();
  const queue = [...new Set(arrived)];
  const isSolid = (blockId: BlockId) => solid.has(blockId) || view.isSolid(blockId);
  for (let next = 0; next < queue.length; next++) {
    const blockId = queue[next]!;
    if (isSolid(blockId)) continue;
    const parents = view.parentsOf(blockId);
    if (parents === null || !parents.every(isSolid)) continue;
    if (solid.size >= limit) return {solid: [...solid], rest: [...new Set(queue.slice(next))]};
    solid.add(blockId);
    queue.push(...view.childrenOf(blockId));
  }
  return {solid: [...solid], rest: []};
}

export interface MissingBlocks {
  /** Unknown blocks of the cone, each once, in the order found: what to ask peers for. */
  readonly missing: readonly BlockId[];
  /** False when the limit ended the walk; ask again when these have arrived. */
  readonly isComplete: boolean;
}

/** Blocks one search for missing ones looks at, at most. */
export const SEARCHED_BLOCKS_MAX = 10_000;

/** The unknown blocks that keep those of `from` from being solid. Looks at up to `limit` blocks, the nearest first. */
export function findMissing(
  from: readonly BlockId[],
  view: Pick<SolidityView, "parentsOf" | "isSolid">,
  limit: number = SEARCHED_BLOCKS_MAX,
): MissingBlocks {
  const seen = new Set<BlockId>(from);
  const queue = [...seen];
  const missing: BlockId[] = [];
  for (let next = 0; next < queue.length; next++) {
    if (next >= limit) return {missing, isComplete: false};
    const blockId = queue[next]!;
    if (view.isSolid(blockId)) continue;
    const parents = view.parentsOf(blockId);
    if (parents === null) {
      missing.push(blockId);
      continue;
    }
    for (const parent of parents) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      queue.push(parent);
    }
  }
  return {missing, isComplete: true};
}
