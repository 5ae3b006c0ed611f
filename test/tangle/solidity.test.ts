import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import type {BlockId} from "../../src/stardust/index.ts";
import {findMissing, type SolidityView, solidify} from "../../src/tangle/index.ts";
import {idOf} from "../support/blocks.ts";
import {arbitraryDag, type Dag, dagOf, GENESIS} from "../support/dag.ts";

/** A node's memory: what is known and what is solid. */
function memoryOf(known: Dag, solid: ReadonlySet<BlockId>): SolidityView {
  return {
    parentsOf: (id) => known.get(id) ?? null,
    childrenOf: (id) => [...known].filter(([, parents]) => parents.includes(id)).map(([child]) => child),
    isSolid: (id) => id === GENESIS || solid.has(id),
  };
}

const dag = dagOf({a: [], b: ["a"], c: ["a", "b"], d: ["c"]});
const without = (...names: string[]): Dag => new Map([...dag].filter(([id]) => !names.map(idOf).includes(id)));

describe("what becomes solid", () => {
  test("a block on an entry point, at once", () => {
    expect(solidify([idOf("a")], memoryOf(dagOf({a: []}), new Set()))).toEqual({solid: [idOf("a")], rest: []});
  });

  test("nothing, while a parent is missing", () => {
    expect(solidify([idOf("b")], memoryOf(without("a"), new Set()))).toEqual({solid: [], rest: []});
  });

  test("all that waited for the block, parents first", () => {
    expect(solidify([idOf("a")], memoryOf(dag, new Set())).solid).toEqual(["a", "b", "c", "d"].map(idOf));
  });

  test("nothing twice", () => {
    expect(solidify([idOf("a")], memoryOf(dag, new Set([idOf("a")]))).solid).toEqual([]);
  });

  test("a step is bounded, and its rest goes on where it ended", () => {
    const first = solidify([idOf("a")], memoryOf(dag, new Set()), 2);
    expect(first.solid).toEqual([idOf("a"), idOf("b")]);
    expect(first.rest.length).toBeGreaterThan(0);
    const second = solidify(first.rest, memoryOf(dag, new Set(first.solid)), 2);
    expect(second).toEqual({solid: [idOf("c"), idOf("d")], rest: []});
  });

  test("in whatever order blocks arrive, all are solid in the end, each once, parents first", () => {
    const cases = arbitraryDag(25).chain((tangle) =>
      fc.record({
        tangle: fc.constant(tangle),
        arrivals: fc.shuffledSubarray([...tangle.keys()], {minLength: tangle.size, maxLength: tangle.size}),
        limit: fc.integer({min: 1, max: 5}),
      }),
    );
    fc.assert(
      fc.property(cases, ({tangle, arrivals, limit}) => {
        const known = new Map<BlockId, readonly BlockId[]>();
        const solid: BlockId[] = [];
        for (const id of arrivals) {
          known.set(id, tangle.get(id)!);
          let next: readonly BlockId[] = [id];
          while (next.length > 0) {
            const step = solidify(next, memoryOf(known, new Set(solid)), limit);
            expect(step.solid.length).toBeLessThanOrEqual(limit);
            solid.push(...step.solid);
            next = step.rest;
          }
        }
        expect(new Set(solid)).toEqual(new Set(arrivals));
        expect(solid).toHaveLength(arrivals.length);
        const places = new Map(solid.map((id, place) => [id, place]));
        for (const id of solid) {
          for (const parent of tangle.get(id)!) expect(places.get(parent) ?? -1).toBeLessThan(places.get(id)!);
        }
      }),
    );
  });
});

describe("what is missing", () => {
  test("the unknown blocks of the cone, each once, not what is solid", () => {
    expect(findMissing([idOf("d")], memoryOf(without("a"), new Set()))).toEqual({
      missing: [idOf("a")],
      isComplete: true,
    });
    expect(findMissing([idOf("d")], memoryOf(dag, new Set()))).toEqual({missing: [], isComplete: true});
    expect(findMissing([idOf("d")], memoryOf(without("a"), new Set([idOf("a"), idOf("b")])))).toEqual({
      missing: [],
      isComplete: true,
    });
  });

  test("an unknown block is missing itself", () => {
    expect(findMissing([idOf("x")], memoryOf(dag, new Set())).missing).toEqual([idOf("x")]);
  });

  test("the search is bounded and says so", () => {
    expect(findMissing([idOf("d")], memoryOf(without("a"), new Set()), 2)).toEqual({missing: [], isComplete: false});
  });
});
