// Where blocks stand in the picture. Pure. Time flows from left to right: a block stands one column right of its newest parent, milestones on
// the middle line as a spine, the others above and below it, close to what they approve. A column that is full lends its blocks to the next.

import type {TangleBlock} from "../../../client/index.ts";

export interface PlacedBlock {
  readonly block: TangleBlock;
  readonly column: number;
  /** 0 = the spine; negative above it. */
  readonly lane: number;
}

export interface Layout {
  readonly placed: ReadonlyMap<string, PlacedBlock>;
  /** Blocks that approve a block, as far as they are in the picture. */
  children(id: string): readonly string[];
  /** Adds a block; parents come first. A known one is updated in its place. */
  add(block: TangleBlock): void;
  /** Marks blocks as referenced by a milestone. */
  confirm(ids: readonly string[], index: number): void;
  /** The newest column. */
  readonly lastColumn: number;
}

/** Lanes above the spine, and as many below. */
const LANES_MAX = 12;

/** A picture of at most `blocksMax` blocks; the oldest leave it. */
export function createLayout(blocksMax: number): Layout {
  const placed = new Map<string, PlacedBlock>();
  const children = new Map<string, string[]>();
  const lanes = new Map<number, Set<number>>();
  let lastColumn = 0;

  const freeLane = (column: number, wanted: number, isMilestone: boolean): number | null => {
    const taken = lanes.get(column) ?? new Set<number>();
    if (isMilestone) return taken.has(0) ? null : 0;
    let best: number | null = null;
    let bestCost = Number.POSITIVE_INFINITY;
    for (let lane = -LANES_MAX; lane <= LANES_MAX; lane++) {
      if (lane === 0 || taken.has(lane)) continue;
      // Near its parents, but drawn to the spine, so that the picture does not drift apart.
      const cost = Math.abs(lane - wanted) + 0.3 * Math.abs(lane);
      if (cost < bestCost) [best, bestCost] = [lane, cost];
    }
    return best;
  };

  const remove = (id: string) => {
    const gone = placed.get(id);
    if (gone === undefined) return;
    placed.delete(id);
    children.delete(id);
    lanes.get(gone.column)?.delete(gone.lane);
    if (lanes.get(gone.column)?.size === 0) lanes.delete(gone.column);
  };

  return {
    placed,
    children: (id) => (children.get(id) ?? []).filter((child) => placed.has(child)),
    get lastColumn() {
      return lastColumn;
    },
    add: (block) => {
      const known = placed.get(block.id);
      if (known !== undefined) {
        placed.set(block.id, {...known, block: {...block, confirmedBy: block.confirmedBy ?? known.block.confirmedBy}});
        return;
      }
      const parents = block.parents.map((id) => placed.get(id)).filter((parent) => parent !== undefined);
      const isMilestone = block.kind === "milestone";
      let column =
        parents.length === 0 ? Math.max(0, lastColumn) : Math.max(...parents.map((parent) => parent.column)) + 1;
      const wanted = parents.length === 0 ? 1 : parents.reduce((sum, {lane}) => sum + lane, 0) / parents.length;
      let lane = freeLane(column, wanted, isMilestone);
      while (lane === null) lane = freeLane(++column, wanted, isMilestone);
      const taken = lanes.get(column) ?? new Set();
      lanes.set(column, taken.add(lane));
      placed.set(block.id, {block, column, lane});
      for (const id of block.parents) {
        const list = children.get(id);
        if (list === undefined) children.set(id, [block.id]);
        else list.push(block.id);
      }
      lastColumn = Math.max(lastColumn, column);
      if (placed.size > blocksMax) remove(placed.keys().next().value!);
    },
    confirm: (ids, index) => {
      for (const id of ids) {
        const known = placed.get(id);
        if (known !== undefined) placed.set(id, {...known, block: {...known.block, confirmedBy: index}});
      }
    },
  };
}

/** Everything that a block approves, directly or through others, as far as it is in the picture. */
export function pastConeOf(layout: Layout, id: string): ReadonlySet<string> {
  const cone = new Set([id]);
  const queue = [id];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const parent of layout.placed.get(next)?.block.parents ?? []) {
      if (cone.has(parent) || !layout.placed.has(parent)) continue;
      cone.add(parent);
      queue.push(parent);
    }
  }
  return cone;
}
