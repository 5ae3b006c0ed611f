// The Tangle as the rules see it: what no milestone references yet is in memory, the rest is looked up in the store. Everything
// here is a function of what is on disk, so a restart makes it again from the arrivals table.

import {type Hex, toHex} from "../bytes.ts";
import type {Clock} from "../clock.ts";
import {assert} from "../errors.ts";
import type {Random} from "../random.ts";
import {type BlockId, parseBlock} from "../stardust/index.ts";
import {
  addTip,
  type ConeMemo,
  type ConeView,
  coneRootIndexesOf,
  countTips,
  createTipPools,
  expireTips,
  isTip,
  rescoreTips,
  scoreOf,
  selectTips,
  type TangleView,
  type TipScore,
} from "../tangle/index.ts";
import type {CheckedBlock} from "./block-committer.ts";
import {createRecentReferences} from "./recent-references.ts";
import type {Arrivals, MilestoneRow, NodeStore} from "./store/node-store.ts";

/** The one solid entry point of a network that began empty: 32 zero bytes, referenced at index 0. */
export const GENESIS_BLOCK_ID: BlockId = `0x${"00".repeat(32)}`;

/** References remembered in memory: most questions are about the newest. */
const RECENT_REFERENCES = 10_000;

/** A solid block that no milestone references. */
export interface UnreferencedBlock {
  readonly parents: readonly BlockId[];
  /** Tag of its tagged data; null when it carries none. */
  readonly tag: Hex | null;
  readonly arrivals: number;
  /** Confirmed index when it arrived. */
  readonly arrivedIndex: number;
}

/** Everything a node knows of its Tangle between two writes. */
export interface TangleState extends ConeView, TangleView {
  readonly head: MilestoneRow | null;
  readonly confirmedIndex: number;
  readonly unreferencedCount: number;
  unreferenced(blockId: BlockId): UnreferencedBlock | null;
  isSolid(blockId: BlockId): boolean;
  /** TIP-3's score at the present confirmed index. */
  score(blockId: BlockId): TipScore;
  /** Takes in solid blocks that are on disk, parents before children. */
  add(blocks: readonly CheckedBlock[], arrivals: Arrivals): void;
  /** Takes in that `row` is confirmed and references `blockIds`, in white-flag order. */
  confirm(row: MilestoneRow, blockIds: readonly BlockId[]): void;
  /** Tips for a new block, sorted; the last milestone's block when there are none. */
  selectTips(options?: {allowSemiLazy?: boolean}): readonly BlockId[];
  /** Blocks that nothing approves and no milestone references, without the last milestone's own; the longest waiting first. */
  waitingTips(): readonly BlockId[];
  readonly tipCount: number;
  isTip(blockId: BlockId): boolean;
  nextArrival(): number;
  /** Takes the numbers of arrivals of which no block waits any more: their rows can go. */
  takeGoneArrivals(): readonly number[];
}

export function createTangleState(
  options: {belowMaxDepth: number; protocolVersion: number},
  deps: {store: NodeStore; clock: Clock; random: Random; onItsWay: (blockId: BlockId) => CheckedBlock | null},
): TangleState {
  const {store, clock, random} = deps;
  const blocks = new Map<BlockId, UnreferencedBlock>();
  const liveOfArrivals = new Map<number, number>();
  const recent = createRecentReferences(RECENT_REFERENCES);
  const tips = createTipPools();
  const memo: ConeMemo = new Map();
  let head: MilestoneRow | null = null;
  let gone: number[] = [];
  let lastArrival = 0;

  const referencedIndexOf = (blockId: BlockId) => {
    if (blocks.has(blockId)) return null;
    return recent.get(blockId) ?? store.reference(blockId)?.milestoneIndex ?? null;
  };
  const view: ConeView & TangleView = {
    parentsOf: (blockId) => {
      const known = blocks.get(blockId) ?? deps.onItsWay(blockId)?.block;
      if (known !== undefined && known !== null) return known.parents;
      const bytes = store.block(blockId);
      return bytes === null ? null : parseBlock(bytes, {version: options.protocolVersion}).parents;
    },
    referencedIndexOf,
    isReferenced: (blockId) => referencedIndexOf(blockId) !== null,
    solidEntryPointIndexOf: (blockId) => (blockId === GENESIS_BLOCK_ID ? 0 : null),
    isSolidEntryPoint: (blockId) => blockId === GENESIS_BLOCK_ID,
  };
  const score = (blockId: BlockId): TipScore => {
    const roots = coneRootIndexesOf(blockId, view, memo);
    assert(roots !== null, "a block in the store is solid");
    return scoreOf(roots, head?.index ?? 0, options.belowMaxDepth);
  };
  const release = (blockId: BlockId) => {
    const block = blocks.get(blockId);
    if (block === undefined) return;
    blocks.delete(blockId);
    const live = liveOfArrivals.get(block.arrivals)! - 1;
    if (live > 0) return liveOfArrivals.set(block.arrivals, live);
    liveOfArrivals.delete(block.arrivals);
    gone.push(block.arrivals);
  };
  // What is below max depth can never be referenced: nothing may approve it. It stays in the store and waits no longer.
  const releaseTooDeep = () => {
    for (const [blockId, {arrivedIndex}] of blocks) {
      // Blocks stand in the order of their arrival, and none is older than its arrival.
      if (head!.index - arrivedIndex <= options.belowMaxDepth) return;
      if (score(blockId) === "below-max-depth") release(blockId);
    }
  };
  const isWaiting = (blockId: BlockId) => blocks.has(blockId) && blockId !== head?.blockId;

  return {
    ...view,
    get head() {
      return head;
    },
    get confirmedIndex() {
      return head?.index ?? 0;
    },
    get unreferencedCount() {
      return blocks.size;
    },
    get tipCount() {
      const {nonLazy, semiLazy} = countTips(tips);
      return nonLazy + semiLazy;
    },
    unreferenced: (blockId) => blocks.get(blockId) ?? null,
    isSolid: (blockId) =>
      blockId === GENESIS_BLOCK_ID ||
      blocks.has(blockId) ||
      deps.onItsWay(blockId) !== null ||
      recent.get(blockId) !== undefined ||
      store.hasBlock(blockId),
    score,
    add: (group, arrivals) => {
      lastArrival = Math.max(lastArrival, arrivals.number);
      if (group.length === 0) gone.push(arrivals.number);
      else liveOfArrivals.set(arrivals.number, group.length);
      for (const {blockId, block} of group) {
        const {parents, payload} = block;
        const tag = payload?.kind === "tagged-data" ? toHex(payload.tag) : null;
        blocks.set(blockId, {parents, tag, arrivals: arrivals.number, arrivedIndex: head?.index ?? 0});
        addTip(tips, {blockId, parents, score: score(blockId), nowMs: clock.monotonicMs()});
      }
    },
    confirm: (row, blockIds) => {
      head = row;
      for (const blockId of blockIds) {
        release(blockId);
        recent.set(blockId, row.index);
      }
      memo.clear();
      rescoreTips(tips, score);
      releaseTooDeep();
    },
    selectTips: ({allowSemiLazy = false} = {}) => {
      expireTips(tips, clock.monotonicMs());
      const selected = selectTips(tips, random, {allowSemiLazy});
      return selected.length > 0 || head === null ? selected : [head.blockId];
    },
    // A tip with a child is in the cone of another tip: it stays in the pool a while for clients, not for milestones.
    waitingTips: () =>
      [...tips["non-lazy"], ...tips["semi-lazy"]].flatMap(([blockId, tip]) =>
        tip.children === 0 && isWaiting(blockId) ? [blockId] : [],
      ),
    isTip: (blockId) => {
      expireTips(tips, clock.monotonicMs());
      return isTip(tips, blockId);
    },
    nextArrival: () => ++lastArrival,
    takeGoneArrivals: () => {
      const taken = gone;
      gone = [];
      return taken;
    },
  };
}
