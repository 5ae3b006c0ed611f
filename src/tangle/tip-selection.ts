// Uniform random tip selection (TIP-3). A tip is a solid block that hardly anybody approves yet; a new block takes up to four of
// them at random as parents. Tips that would make a new block lazy are not offered: those with nothing recent in their cone, and
// those with something too old in it. In between are the semi-lazy ones, in a pool of their own, so that a flood of them cannot push
// the good ones out.
//
// A tip stays for a while after its first child: approving one tip several times keeps the Tangle wide, which helps blocks that
// arrive late somewhere. It leaves at once when its pool is over the limit or when it has enough children.

import type {Random} from "../random.ts";
import type {BlockId} from "../stardust/pure.ts";
import type {ConeRootIndexes} from "./past-cone.ts";

/** From good to bad. `lazy` needs promotion, `below-max-depth` needs to be attached again; neither is a tip. */
export type TipScore = "non-lazy" | "semi-lazy" | "lazy" | "below-max-depth";

/** Milestones that the youngest cone root may lie behind the confirmed one before a block is lazy. */
export const YOUNGEST_ROOT_DEPTH_MAX = 8;
/** Milestones that the oldest cone root may lie behind before a block is semi-lazy. */
export const OLDEST_ROOT_DEPTH_MAX = 13;
/** Tips given for one new block. */
export const TIPS_PER_BLOCK = 4;
/** Tips of one pool; past that the oldest leaves. */
export const POOL_SIZE_MAX = 10_000;

interface RetentionRules {
  /** Above so many tips a referenced one leaves at once. */
  readonly tipsLimit: number;
  readonly maxReferencedTipAgeMs: number;
  readonly childrenMax: number;
}

const RETENTION: Readonly<Record<PoolName, RetentionRules>> = {
  "non-lazy": {tipsLimit: 100, maxReferencedTipAgeMs: 3_000, childrenMax: 30},
  "semi-lazy": {tipsLimit: 20, maxReferencedTipAgeMs: 3_000, childrenMax: 2},
};

type PoolName = "non-lazy" | "semi-lazy";

interface Tip {
  children: number;
  /** Monotonic ms of the first child; null = none yet. */
  firstChildMs: number | null;
}

/** The two pools. Changed in place by the functions below; a function of the calls made so far and nothing else. */
export type TipPools = Readonly<Record<PoolName, Map<BlockId, Tip>>>;

export function createTipPools(): TipPools {
  return {"non-lazy": new Map(), "semi-lazy": new Map()};
}

/** Score of a block by its cone roots. `belowMaxDepth` is the protocol parameter (15 in most networks). */
export function scoreOf(roots: ConeRootIndexes, confirmedIndex: number, belowMaxDepth: number): TipScore {
  // TIP-3: first the oldest root against the protocol's depth, then the youngest, then the oldest against the softer limit.
  if (confirmedIndex - roots.oldest > belowMaxDepth) return "below-max-depth";
  if (confirmedIndex - roots.youngest > YOUNGEST_ROOT_DEPTH_MAX) return "lazy";
  if (confirmedIndex - roots.oldest > OLDEST_ROOT_DEPTH_MAX) return "semi-lazy";
  return "non-lazy";
}

export interface NewTip {
  readonly blockId: BlockId;
  readonly parents: readonly BlockId[];
  readonly score: TipScore;
  /** Monotonic ms. */
  readonly nowMs: number;
}

/** Takes a solid block in as a tip, and its parents out by the retention rules of the same pool. A lazy block does neither. */
export function addTip(pools: TipPools, {blockId, parents, score, nowMs}: NewTip): void {
  if (score === "lazy" || score === "below-max-depth" || isTip(pools, blockId)) return;
  const pool = pools[score];
  const rules = RETENTION[score];
  put(pool, blockId, {children: 0, firstChildMs: null});
  for (const parent of new Set(parents)) {
    const tip = pool.get(parent);
    if (tip === undefined) continue;
    tip.children++;
    if (pool.size > rules.tipsLimit || tip.children >= rules.childrenMax) pool.delete(parent);
    else tip.firstChildMs ??= nowMs;
  }
}

export function isTip(pools: TipPools, blockId: BlockId): boolean {
  return pools["non-lazy"].has(blockId) || pools["semi-lazy"].has(blockId);
}

/** Takes out tips whose first child is three seconds old. Call it about once a second. */
export function expireTips(pools: TipPools, nowMs: number): void {
  for (const name of ["non-lazy", "semi-lazy"] as const) {
    const {maxReferencedTipAgeMs} = RETENTION[name];
    for (const [blockId, tip] of pools[name]) {
      if (tip.firstChildMs !== null && nowMs - tip.firstChildMs >= maxReferencedTipAgeMs) pools[name].delete(blockId);
    }
  }
}

/** Scores all tips again, after a milestone is confirmed; takes out the lazy ones, moves others to the pool of their new score. */
export function rescoreTips(pools: TipPools, score: (blockId: BlockId) => TipScore): void {
  for (const [from, to] of [
    ["non-lazy", "semi-lazy"],
    ["semi-lazy", "non-lazy"],
  ] as const) {
    for (const [blockId, tip] of [...pools[from]]) {
      const now = score(blockId);
      if (now === from) continue;
      pools[from].delete(blockId);
      if (now === to) put(pools[to], blockId, tip);
    }
  }
}

export interface TipRequest {
  /** Take the semi-lazy pool when it has more than two, so that its blocks are not left behind. */
  readonly allowSemiLazy?: boolean;
  /** 1..8; default 4. */
  readonly count?: number;
}

/** Distinct tips at random, sorted as a block wants its parents; none when the pool is empty. At most (count - 1) x 10 draws. */
export function selectTips(pools: TipPools, random: Random, request: TipRequest = {}): BlockId[] {
  const isSemiLazyWanted = request.allowSemiLazy === true && pools["semi-lazy"].size > 2;
  const tips = [...pools[isSemiLazyWanted ? "semi-lazy" : "non-lazy"].keys()];
  const count = request.count ?? TIPS_PER_BLOCK;
  if (tips.length <= count) return tips.sort();
  const chosen = new Set<BlockId>();
  const drawsMax = Math.max(1, (count - 1) * 10);
  for (let draw = 0; draw < drawsMax && chosen.size < count; draw++) chosen.add(tips[random.below(tips.length)]!);
  return [...chosen].sort();
}

/** Tips in each pool. */
export function countTips(pools: TipPools): {readonly nonLazy: number; readonly semiLazy: number} {
  return {nonLazy: pools["non-lazy"].size, semiLazy: pools["semi-lazy"].size};
}

function put(pool: Map<BlockId, Tip>, blockId: BlockId, tip: Tip): void {
  if (pool.size >= POOL_SIZE_MAX) pool.delete(pool.keys().next().value!);
  pool.set(blockId, tip);
}
