import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {createSeededRandom} from "../../src/random.ts";
import {
  addTip,
  countTips,
  createTipPools,
  expireTips,
  isTip,
  rescoreTips,
  scoreOf,
  selectTips,
  type TipPools,
  type TipScore,
} from "../../src/tangle/index.ts";
import {POOL_SIZE_MAX} from "../../src/tangle/tip-selection.ts";
import {idOf} from "../support/blocks.ts";

const random = () => createSeededRandom(1);

function add(
  pools: TipPools,
  name: string,
  parents: readonly string[],
  options: {score?: TipScore; nowMs?: number} = {},
): void {
  const {score = "non-lazy", nowMs = 0} = options;
  addTip(pools, {blockId: idOf(name), parents: parents.map(idOf), score, nowMs});
}

describe("the score of a block", () => {
  // Confirmed milestone 100, below max depth 15. TIP-3 with the limits of the reference node: 15, 8, 13.
  const table: readonly (readonly [number, number, TipScore])[] = [
    [100, 100, "non-lazy"],
    [92, 87, "non-lazy"],
    [91, 91, "lazy"],
    [92, 86, "semi-lazy"],
    [92, 85, "semi-lazy"],
    [100, 84, "below-max-depth"],
    [91, 86, "lazy"],
    [91, 84, "below-max-depth"],
  ];
  test.each(table)("youngest root %i, oldest root %i: %s", (youngest, oldest, score) => {
    expect(scoreOf({youngest, oldest}, 100, 15)).toBe(score);
  });

  test("the protocol's depth may be smaller than the other limits", () => {
    expect(scoreOf({youngest: 100, oldest: 94}, 100, 5)).toBe("below-max-depth");
    expect(scoreOf({youngest: 100, oldest: 95}, 100, 5)).toBe("non-lazy");
  });
});

describe("a new tip", () => {
  test("enters the pool of its score", () => {
    const pools = createTipPools();
    add(pools, "a", []);
    add(pools, "b", [], {score: "semi-lazy"});
    expect(countTips(pools)).toEqual({nonLazy: 1, semiLazy: 1});
  });

  test.each(["lazy", "below-max-depth"] as const)("that is %s neither enters nor removes", (score) => {
    const pools = createTipPools();
    add(pools, "a", []);
    for (let i = 0; i < 40; i++) add(pools, `b${i}`, ["a"], {score});
    expireTips(pools, 10_000);
    expect(countTips(pools)).toEqual({nonLazy: 1, semiLazy: 0});
  });

  test("that is there already changes nothing", () => {
    const pools = createTipPools();
    add(pools, "a", []);
    add(pools, "b", ["a"]);
    add(pools, "b", ["a"], {nowMs: 5});
    add(pools, "b", ["a"], {score: "semi-lazy"});
    expect(countTips(pools)).toEqual({nonLazy: 2, semiLazy: 0});
  });

  test("leaves a referenced parent for three seconds after its first child", () => {
    const pools = createTipPools();
    add(pools, "a", []);
    add(pools, "b", ["a"], {nowMs: 1_000});
    add(pools, "c", ["a"], {nowMs: 3_500});
    expireTips(pools, 3_999);
    expect(isTip(pools, idOf("a"))).toBe(true);
    expireTips(pools, 4_000);
    expect(isTip(pools, idOf("a"))).toBe(false);
    expect(countTips(pools).nonLazy).toBe(2);
  });

  test("nobody approves stays", () => {
    const pools = createTipPools();
    add(pools, "a", []);
    expireTips(pools, 1_000_000);
    expect(isTip(pools, idOf("a"))).toBe(true);
  });

  test.each([
    ["non-lazy", 30],
    ["semi-lazy", 2],
  ] as const)("a %s tip leaves with child number %i", (score, childrenMax) => {
    const pools = createTipPools();
    add(pools, "a", [], {score});
    for (let i = 1; i < childrenMax; i++) {
      add(pools, `b${i}`, ["a"], {score});
      expect(isTip(pools, idOf("a"))).toBe(true);
    }
    add(pools, "last", ["a"], {score});
    expect(isTip(pools, idOf("a"))).toBe(false);
  });

  test("a parent named twice is one child", () => {
    const pools = createTipPools();
    add(pools, "a", [], {score: "semi-lazy"});
    add(pools, "b", ["a", "a"], {score: "semi-lazy"});
    expect(isTip(pools, idOf("a"))).toBe(true);
  });

  test.each([
    ["non-lazy", 100],
    ["semi-lazy", 20],
  ] as const)("over the limit of its %s pool a referenced tip leaves at once", (score, limit) => {
    const pools = createTipPools();
    for (let i = 0; i < limit - 1; i++) add(pools, `a${i}`, [], {score});
    add(pools, "b", ["a0"], {score});
    expect(isTip(pools, idOf("a0"))).toBe(true);
    add(pools, "c", ["a1"], {score});
    expect(isTip(pools, idOf("a1"))).toBe(false);
    expect(isTip(pools, idOf("a0"))).toBe(true);
  });

  test("a semi-lazy child does not remove a non-lazy parent, nor the other way round", () => {
    const pools = createTipPools();
    add(pools, "a", []);
    add(pools, "s", [], {score: "semi-lazy"});
    for (let i = 0; i < 15; i++) add(pools, `b${i}`, ["a"], {score: "semi-lazy"});
    for (let i = 0; i < 15; i++) add(pools, `c${i}`, ["s"]);
    expireTips(pools, 10_000);
    expect(isTip(pools, idOf("a"))).toBe(true);
    expect(isTip(pools, idOf("s"))).toBe(true);
  });

  test("past the largest size of a pool the oldest leaves", () => {
    const pools = createTipPools();
    for (let i = 0; i <= POOL_SIZE_MAX; i++) {
      addTip(pools, {blockId: `0x${i.toString(16).padStart(64, "0")}`, parents: [], score: "non-lazy", nowMs: 0});
    }
    expect(countTips(pools).nonLazy).toBe(POOL_SIZE_MAX);
    expect(isTip(pools, `0x${"00".repeat(32)}`)).toBe(false);
  });
});

test("after a milestone lazy tips leave and others change pools", () => {
  const pools = createTipPools();
  for (const name of ["stays", "ages", "dies", "sinks"]) add(pools, name, []);
  for (const name of ["old", "fresh", "gone"]) add(pools, name, [], {score: "semi-lazy"});
  const scores = new Map<string, TipScore>([
    [idOf("stays"), "non-lazy"],
    [idOf("ages"), "semi-lazy"],
    [idOf("dies"), "lazy"],
    [idOf("sinks"), "below-max-depth"],
    [idOf("old"), "semi-lazy"],
    [idOf("fresh"), "non-lazy"],
    [idOf("gone"), "lazy"],
  ]);
  rescoreTips(pools, (id) => scores.get(id)!);
  expect([...pools["non-lazy"].keys()].sort()).toEqual([idOf("stays"), idOf("fresh")].sort());
  expect([...pools["semi-lazy"].keys()].sort()).toEqual([idOf("ages"), idOf("old")].sort());
});

describe("selection", () => {
  const filled = (nonLazy: number, semiLazy: number) => {
    const pools = createTipPools();
    for (let i = 0; i < nonLazy; i++) add(pools, `n${i}`, []);
    for (let i = 0; i < semiLazy; i++) add(pools, `s${i}`, [], {score: "semi-lazy"});
    return pools;
  };

  test("an empty pool gives no tips", () => {
    expect(selectTips(filled(0, 5), random())).toEqual([]);
  });

  test.each([1, 3, 4])("a pool of %i gives them all", (count) => {
    expect(selectTips(filled(count, 0), random())).toHaveLength(count);
  });

  test("the semi-lazy pool is used when it is wanted and has more than two", () => {
    const names = (pools: TipPools) => selectTips(pools, random(), {allowSemiLazy: true});
    const semiLazy = ["s0", "s1", "s2"].map(idOf).sort();
    expect(names(filled(5, 3))).toEqual(semiLazy);
    expect(names(filled(1, 2))).toEqual([idOf("n0")]);
    expect(selectTips(filled(1, 3), random())).toEqual([idOf("n0")]);
  });

  test("the same randomness gives the same tips", () => {
    expect(selectTips(filled(50, 0), createSeededRandom(9))).toEqual(selectTips(filled(50, 0), createSeededRandom(9)));
  });

  test("at most thirty draws are made, whatever the randomness", () => {
    let draws = 0;
    const below = () => {
      draws++;
      return 0;
    };
    const stuck = {below, bytes: (count: number) => new Uint8Array(count)};
    expect(selectTips(filled(50, 0), stuck)).toHaveLength(1);
    expect(draws).toBe(30);
  });

  test("tips are distinct, sorted, of the pool, and not more than asked for", () => {
    fc.assert(
      fc.property(fc.nat({max: 60}), fc.integer(), fc.integer({min: 1, max: 8}), (size, seed, count) => {
        const pools = filled(size, 0);
        const tips = selectTips(pools, createSeededRandom(seed), {count});
        expect(tips).toEqual([...new Set(tips)].sort());
        expect(tips.length).toBeLessThanOrEqual(count);
        expect(tips.length).toBeGreaterThanOrEqual(Math.min(size, 1));
        expect(tips.every((tip) => pools["non-lazy"].has(tip))).toBe(true);
      }),
    );
  });

  test("every tip is about equally likely", () => {
    const pools = filled(20, 0);
    const generator = createSeededRandom(3);
    const counts = new Map<string, number>();
    for (let i = 0; i < 2_000; i++) {
      for (const tip of selectTips(pools, generator)) counts.set(tip, (counts.get(tip) ?? 0) + 1);
    }
    // 2,000 selections of 4 from 20: 400 each on average, deviation about 18.
    expect(counts.size).toBe(20);
    for (const count of counts.values()) expect(Math.abs(count - 400)).toBeLessThan(90);
  });
});
