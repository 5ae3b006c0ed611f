// Cone roots (TIP-3). Walking from a block into its past, the roots are the first blocks met that a milestone has referenced (with
// the index of that milestone) and the solid entry points (with their own index). The youngest root index says how fresh the
// newest thing is that the block approves, the oldest one how old the oldest: a block whose oldest root lies too deep would drag
// what lies below it into a milestone that nobody can check any more.

import type {BlockId} from "../stardust/pure.ts";

/** Youngest and oldest cone root index (YCRI, OCRI) of a block: milestone indexes. */
export interface ConeRootIndexes {
  readonly youngest: number;
  readonly oldest: number;
}

/** What the walk asks about the Tangle. */
export interface ConeView {
  /** null when the block is not known. */
  parentsOf(blockId: BlockId): readonly BlockId[] | null;
  /** Index of the milestone that referenced the block; null when none has. */
  referencedIndexOf(blockId: BlockId): number | null;
  /** Index of a solid entry point; null when the block is none. */
  solidEntryPointIndexOf(blockId: BlockId): number | null;
}

/**
 * Results of blocks no milestone has referenced yet. They hold until the next milestone is confirmed: empty it then. A walk
 * that finds `CONE_MEMO_MAX` entries or more empties it first.
 */
export type ConeMemo = Map<BlockId, ConeRootIndexes>;

export const CONE_MEMO_MAX = 100_000;

interface Frame {
  readonly blockId: BlockId;
  readonly parents: readonly BlockId[];
  next: number;
  youngest: number;
  oldest: number;
}

/**
 * Cone root indexes of a block; null when a block of its cone is not known (it is not solid). A referenced block and a solid entry
 * point are their own root. Costs the unreferenced part of the cone once, and one look-up a parent after that (`memo`).
 */
export function coneRootIndexesOf(blockId: BlockId, view: ConeView, memo: ConeMemo): ConeRootIndexes | null {
  const known = rootAt(blockId, view) ?? memo.get(blockId);
  if (known !== undefined) return known;
  if (memo.size >= CONE_MEMO_MAX) memo.clear();
  const start = frameOf(blockId, view);
  if (start === null) return null;
  const stack = [start];
  for (;;) {
    const frame = stack.at(-1)!;
    const parent = frame.parents[frame.next];
    if (parent === undefined) {
      const indexes = {youngest: frame.youngest, oldest: frame.oldest};
      memo.set(frame.blockId, indexes);
      stack.pop();
      if (stack.length === 0) return indexes;
      continue;
    }
    const indexes = rootAt(parent, view) ?? memo.get(parent);
    if (indexes !== undefined) {
      frame.youngest = Math.max(frame.youngest, indexes.youngest);
      frame.oldest = Math.min(frame.oldest, indexes.oldest);
      frame.next++;
      continue;
    }
    const below = frameOf(parent, view);
    if (below === null) return null;
    stack.push(below);
  }
}

function rootAt(blockId: BlockId, view: ConeView): ConeRootIndexes | undefined {
  const index = view.solidEntryPointIndexOf(blockId) ?? view.referencedIndexOf(blockId);
  return index === null ? undefined : {youngest: index, oldest: index};
}

function frameOf(blockId: BlockId, view: ConeView): Frame | null {
  const parents = view.parentsOf(blockId);
  return parents === null ? null : {blockId, parents, next: 0, youngest: -Infinity, oldest: Infinity};
}
