import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import type {BlockId} from "../../src/stardust/index.ts";
import {type ConeMemo, type ConeRootIndexes, type ConeView, coneRootIndexesOf} from "../../src/tangle/index.ts";
import {idOf} from "../support/blocks.ts";
import {arbitraryBlocksOf, arbitraryDag, coneOf, type Dag, dagOf, GENESIS} from "../support/dag.ts";

function viewOf(dag: Dag, referenced: ReadonlyMap<BlockId, number> = new Map()): ConeView {
  return {
    parentsOf: (id) => dag.get(id) ?? null,
    referencedIndexOf: (id) => referenced.get(id) ?? null,
    solidEntryPointIndexOf: (id) => (id === GENESIS ? 0 : null),
  };
}

const dag = dagOf({a: [], b: ["a"], c: ["a", "b"], d: ["c"]});

test("a block on an entry point has its index", () => {
  expect(coneRootIndexesOf(idOf("d"), viewOf(dag), new Map())).toEqual({youngest: 0, oldest: 0});
});

test("the walk ends at referenced blocks: what lies below them does not count", () => {
  const view = viewOf(
    dag,
    new Map([
      [idOf("b"), 9],
      [idOf("a"), 4],
    ]),
  );
  expect(coneRootIndexesOf(idOf("d"), view, new Map())).toEqual({youngest: 9, oldest: 4});
  const onlyYoung = viewOf(
    dagOf({a: [], b: ["a"], c: ["b"]}),
    new Map([
      [idOf("b"), 9],
      [idOf("a"), 4],
    ]),
  );
  expect(coneRootIndexesOf(idOf("c"), onlyYoung, new Map())).toEqual({youngest: 9, oldest: 9});
});

test("a referenced block and an entry point are their own root", () => {
  const view = viewOf(dag, new Map([[idOf("b"), 9]]));
  expect(coneRootIndexesOf(idOf("b"), view, new Map())).toEqual({youngest: 9, oldest: 9});
  expect(coneRootIndexesOf(GENESIS, view, new Map())).toEqual({youngest: 0, oldest: 0});
});

test("a cone with a hole has no root indexes", () => {
  const holed = new Map([...dag].filter(([id]) => id !== idOf("a")));
  expect(coneRootIndexesOf(idOf("d"), viewOf(holed), new Map())).toBeNull();
  expect(coneRootIndexesOf(idOf("x"), viewOf(dag), new Map())).toBeNull();
});

test("with the memo of its parents a block costs its parents alone", () => {
  const memo: ConeMemo = new Map();
  coneRootIndexesOf(idOf("c"), viewOf(dag), memo);
  let asked = 0;
  const view = viewOf(dag);
  const counting: ConeView = {
    ...view,
    parentsOf: (id) => {
      asked++;
      return view.parentsOf(id);
    },
  };
  coneRootIndexesOf(idOf("d"), counting, memo);
  expect(asked).toBe(1);
});

test("a cone 20,000 blocks deep is walked without recursion", () => {
  const deep = new Map<BlockId, readonly BlockId[]>();
  let last = GENESIS;
  for (let i = 0; i < 20_000; i++) {
    const id: BlockId = `0x${i.toString(16).padStart(64, "0")}`;
    deep.set(id, [last]);
    last = id;
  }
  expect(coneRootIndexesOf(last, viewOf(deep), new Map())).toEqual({youngest: 0, oldest: 0});
});

/** Blocks that can be reached from `start` over blocks that are not referenced. */
function coneWithout(tangle: Dag, start: BlockId, referenced: ReadonlyMap<BlockId, number>): Set<BlockId> {
  const cut = new Map([...tangle].map(([id, parents]) => [id, parents.map((p) => (referenced.has(p) ? GENESIS : p))]));
  return coneOf(cut, [start]);
}

describe("laws", () => {
  test("the indexes are the extremes over all roots, with and without a memo", () => {
    const cases = arbitraryDag(40).chain((tangle) =>
      fc.record({
        tangle: fc.constant(tangle),
        tips: arbitraryBlocksOf(tangle, {min: 0, max: 4}),
        starts: arbitraryBlocksOf(tangle, {min: 1, max: 40}),
      }),
    );
    fc.assert(
      fc.property(cases, ({tangle, tips, starts}) => {
        // One milestone after the other references what its tip reaches.
        const referenced = new Map<BlockId, number>();
        for (const [i, tip] of tips.entries()) {
          for (const id of coneOf(tangle, [tip])) if (!referenced.has(id)) referenced.set(id, i + 1);
        }
        // The roots of a block, by looking at every block of its cone that no milestone has referenced.
        const rootsOf = (start: BlockId): number[] => {
          const own = referenced.get(start);
          if (own !== undefined) return [own];
          const fresh = [...coneWithout(tangle, start, referenced)];
          return fresh
            .flatMap((id) => tangle.get(id)!.map((parent) => (parent === GENESIS ? 0 : referenced.get(parent))))
            .filter((index) => index !== undefined);
        };
        const memo: ConeMemo = new Map();
        for (const start of starts) {
          const roots = rootsOf(start);
          const expected: ConeRootIndexes = {youngest: Math.max(...roots), oldest: Math.min(...roots)};
          expect(coneRootIndexesOf(start, viewOf(tangle, referenced), memo)).toEqual(expected);
          expect(coneRootIndexesOf(start, viewOf(tangle, referenced), new Map())).toEqual(expected);
        }
      }),
    );
  });
});
