import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import type {TangleBlock} from "../../src/client/index.ts";
import {createLayout, pastConeOf} from "../../src/console/pages/tangle/layout.ts";

const block = (id: string, parents: readonly string[], more: Partial<TangleBlock> = {}): TangleBlock => ({
  id: id as TangleBlock["id"],
  parents: parents as TangleBlock["parents"],
  kind: "tagged-data",
  tag: "t",
  index: null,
  bytes: 100,
  arrivedMs: null,
  confirmedBy: null,
  ...more,
});

describe("in the picture", () => {
  test("a block stands right of everything it approves", () => {
    // A block approves some of those before it.
    const tangle = fc.array(fc.array(fc.nat(), {minLength: 1, maxLength: 4}), {minLength: 1, maxLength: 200});
    fc.assert(
      fc.property(tangle, (drawn) => {
        const layout = createLayout(1_000);
        drawn.forEach((places, i) => {
          const parents = i === 0 ? [] : [...new Set(places.map((place) => `b${place % i}`))];
          layout.add(block(`b${i}`, parents));
        });
        for (const {block: placed, column} of layout.placed.values())
          for (const parent of placed.parents) expect(layout.placed.get(parent)!.column).toBeLessThan(column);
      }),
    );
  });

  test("no two blocks stand in one place, not even three hundred over the same parents", () => {
    const layout = createLayout(1_000);
    layout.add(block("root", []));
    for (let i = 0; i < 300; i++) layout.add(block(`b${i}`, ["root"]));
    const places = [...layout.placed.values()].map(({column, lane}) => `${column}/${lane}`);
    expect(new Set(places).size).toBe(301);
  });

  test("milestones stand on the spine, and nothing else does", () => {
    const layout = createLayout(1_000);
    layout.add(block("a", []));
    layout.add(block("m", ["a"], {kind: "milestone", index: 1, tag: null}));
    layout.add(block("b", ["m"]));
    expect([...layout.placed.values()].map(({lane}) => lane === 0)).toEqual([false, true, false]);
  });

  test("at most so many blocks are kept, the newest ones", () => {
    const layout = createLayout(3);
    for (const id of ["a", "b", "c", "d"]) layout.add(block(id, []));
    expect([...layout.placed.keys()]).toEqual(["b", "c", "d"]);
  });

  test("a confirmed block stays confirmed when an older word of it arrives", () => {
    const layout = createLayout(3);
    layout.add(block("a", []));
    layout.confirm(["a", "unknown"], 7);
    layout.add(block("a", []));
    expect(layout.placed.get("a")!.block.confirmedBy).toBe(7);
  });
});

test("the past cone is everything approved, directly or through others, and the block itself", () => {
  const layout = createLayout(10);
  for (const [id, parents] of [
    ["a", []],
    ["b", ["a"]],
    ["c", ["a"]],
    ["d", ["b"]],
    ["e", ["c", "gone"]],
  ] as const)
    layout.add(block(id, parents));
  expect([...pastConeOf(layout, "d")].sort()).toEqual(["a", "b", "d"]);
  expect(layout.children("a")).toEqual(["b", "c"]);
});
