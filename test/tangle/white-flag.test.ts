import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import type {Hex} from "../../src/bytes.ts";
import type {BlockId} from "../../src/stardust/index.ts";
import {
  applyWhiteFlag,
  BLOCKS_PER_STEP,
  type Judge,
  rootOfIds,
  runToEnd,
  type TangleView,
  type WhiteFlagResult,
} from "../../src/tangle/index.ts";
import {EMPTY_ROOT, idOf} from "../support/blocks.ts";
import {arbitraryBlocksOf, arbitraryDag, coneOf, type Dag, dagOf, GENESIS} from "../support/dag.ts";
import {describeVectors} from "../support/vectors.ts";

function viewOf(
  dag: Dag,
  referenced: ReadonlySet<BlockId> = new Set(),
  entryPoints: ReadonlySet<BlockId> = new Set([GENESIS]),
): TangleView {
  return {
    parentsOf: (id) => dag.get(id) ?? null,
    isReferenced: (id) => referenced.has(id),
    isSolidEntryPoint: (id) => entryPoints.has(id),
  };
}

function order(
  starts: readonly BlockId[],
  view: TangleView,
  judge?: Judge,
): Extract<WhiteFlagResult, {state: "ordered"}> {
  const result = runToEnd(applyWhiteFlag(starts, view, judge));
  if (result.state !== "ordered") throw new Error(`missing ${result.blockId}`);
  return result;
}

const idsOf = (result: {readonly blocks: readonly {readonly blockId: BlockId}[]}) =>
  result.blocks.map(({blockId}) => blockId);

// TIP-2's drawing and text: the cone of milestone V when the cone of milestone H is confirmed.
const TIP2_GRAPH = {
  A: [],
  B: [],
  C: [],
  D: ["A", "B"],
  E: ["A", "B"],
  F: ["B", "C"],
  G: ["D", "E"],
  H: ["E", "F"],
  I: ["F", "C"],
  J: ["G", "H"],
  K: ["H", "I"],
  L: ["G", "J"],
  M: ["J", "H"],
  N: ["H", "K"],
  O: ["K", "I"],
  P: ["K", "I"],
  Q: ["L", "M"],
  R: ["L", "M"],
  S: ["N", "O"],
  T: ["O", "P"],
  U: ["Q", "R"],
  V: ["R", "S"],
};
const TIP2_CONFIRMED = ["A", "B", "C", "E", "F", "H"];
const TIP2_ORDER = ["D", "G", "J", "L", "M", "R", "I", "K", "N", "O", "S", "V"];

test("TIP-2's example has TIP-2's order", () => {
  const view = viewOf(dagOf(TIP2_GRAPH), new Set(TIP2_CONFIRMED.map(idOf)));
  expect(idsOf(order([idOf("V")], view))).toEqual(TIP2_ORDER.map(idOf));
});

test("of TIP-2's conflicting pair, the one earlier in the order is applied", () => {
  const view = viewOf(dagOf(TIP2_GRAPH), new Set(TIP2_CONFIRMED.map(idOf)));
  const rivals = [idOf("O"), idOf("G")];
  let isSpent = false;
  const judge: Judge = (id) => {
    if (!rivals.includes(id)) return {state: "noTransaction"};
    if (isSpent) return {state: "conflicting", reason: "input spent in this milestone"};
    isSpent = true;
    return {state: "included"};
  };
  const result = order([idOf("V")], view, judge);
  const outcomes = new Map(result.blocks.map(({blockId, outcome}) => [blockId, outcome.state]));
  expect(outcomes.get(idOf("G"))).toBe("included");
  expect(outcomes.get(idOf("O"))).toBe("conflicting");
  expect(outcomes.get(idOf("S"))).toBe("noTransaction");
  expect(result.inclusionMerkleRoot).toBe(rootOfIds(TIP2_ORDER.map(idOf)));
  expect(result.appliedMerkleRoot).toBe(rootOfIds([idOf("G")]));
});

interface GraphCase {
  readonly name: string;
  readonly graph: Readonly<Record<string, readonly string[]>>;
  readonly alreadyConfirmed: readonly string[];
  readonly milestone: string;
  readonly expectedOrder: readonly string[];
}

interface RootsCase {
  readonly name: string;
  readonly parents: Readonly<Record<string, readonly string[]>>;
  readonly milestoneParents: readonly string[];
  readonly solidEntryPoints: readonly string[];
  readonly transactions: readonly string[];
  readonly expectedOrder: readonly string[];
  readonly inclusionMerkleRoot: string;
  readonly appliedMerkleRoot: string;
}

describeVectors<readonly (GraphCase | RootsCase)[]>("stardust-white_flag", (cases) => {
  test.each(cases.filter((vector): vector is GraphCase => "graph" in vector))(
    "$name",
    ({graph, alreadyConfirmed, milestone, expectedOrder}) => {
      const view = viewOf(dagOf(graph), new Set(alreadyConfirmed.map(idOf)));
      expect(idsOf(order([idOf(milestone)], view))).toEqual(expectedOrder.map(idOf));
    },
  );

  const hex = (text: string): Hex => `0x${text}`;
  test.each(cases.filter((vector): vector is RootsCase => "parents" in vector))("$name", (vector) => {
    const dag = new Map(Object.entries(vector.parents).map(([id, parents]) => [hex(id), parents.map(hex)]));
    const view = viewOf(dag, new Set(), new Set(vector.solidEntryPoints.map(hex)));
    const transactions = new Set(vector.transactions.map(hex));
    const judge: Judge = (id) => ({state: transactions.has(id) ? "included" : "noTransaction"});
    const result = order(vector.milestoneParents.map(hex), view, judge);
    expect(idsOf(result)).toEqual(vector.expectedOrder.map(hex));
    expect(result.inclusionMerkleRoot).toBe(hex(vector.inclusionMerkleRoot));
    expect(result.appliedMerkleRoot).toBe(hex(vector.appliedMerkleRoot));
  });
});

describe("the walk", () => {
  const dag = dagOf({a: [], b: ["a"], c: ["b"]});

  test("a milestone on an entry point alone references nothing and has the roots of empty lists", () => {
    expect(order([GENESIS], viewOf(dag))).toEqual({
      state: "ordered",
      blocks: [],
      inclusionMerkleRoot: EMPTY_ROOT,
      appliedMerkleRoot: EMPTY_ROOT,
    });
  });

  test("referenced parents of the milestone are skipped", () => {
    expect(idsOf(order([idOf("b"), idOf("c")], viewOf(dag, new Set([idOf("a"), idOf("b")]))))).toEqual([idOf("c")]);
  });

  test("the cone of the first parent comes before that of the second, in the milestone's order", () => {
    const two = dagOf({a: [], b: []});
    expect(idsOf(order([idOf("b"), idOf("a")], viewOf(two)))).toEqual([idOf("b"), idOf("a")]);
    expect(idsOf(order([idOf("a"), idOf("b")], viewOf(two)))).toEqual([idOf("a"), idOf("b")]);
  });

  test("a missing block ends it with the block's id", () => {
    const holed = new Map([...dag].filter(([id]) => id !== idOf("a")));
    expect(runToEnd(applyWhiteFlag([idOf("c")], viewOf(holed)))).toEqual({state: "missing", blockId: idOf("a")});
  });

  test("a missing parent of the milestone ends it too", () => {
    expect(runToEnd(applyWhiteFlag([idOf("x")], viewOf(dag)))).toEqual({state: "missing", blockId: idOf("x")});
  });

  test("a cone 20,000 blocks deep is walked without recursion", () => {
    const deep = new Map<BlockId, readonly BlockId[]>();
    let last = GENESIS;
    for (let i = 0; i < 20_000; i++) {
      const id: BlockId = `0x${i.toString(16).padStart(64, "0")}`;
      deep.set(id, [last]);
      last = id;
    }
    const result = order([last], viewOf(deep));
    expect(result.blocks).toHaveLength(20_000);
    expect(result.blocks.at(-1)!.blockId).toBe(last);
  });

  test("it yields after every 100 blocks", () => {
    const chain: Record<string, string[]> = {"0": []};
    for (let i = 1; i < 250; i++) chain[i] = [String(i - 1)];
    const steps = [...applyWhiteFlag([idOf("249")], viewOf(dagOf(chain)))];
    expect(steps).toEqual([BLOCKS_PER_STEP, 2 * BLOCKS_PER_STEP]);
  });

  test("a view with a circle, which no hash allows, does not hold it", () => {
    const circle = new Map([
      [idOf("a"), [idOf("b")]],
      [idOf("b"), [idOf("a")]],
    ]);
    expect(idsOf(order([idOf("a")], viewOf(circle)))).toEqual([idOf("b"), idOf("a")]);
  });
});

describe("laws, for any Tangle, milestone parents and confirmed past", () => {
  // A confirmed past is itself a cone, so it is closed under parents.
  const arbitraryCase = arbitraryDag(60).chain((dag) => {
    const starts = arbitraryBlocksOf(dag, {min: 1, max: 8});
    const past = arbitraryBlocksOf(dag, {min: 0, max: 3}).map((tips) => coneOf(dag, tips));
    return fc.record({dag: fc.constant(dag), starts, past});
  });

  test("exactly the new part of the cone is referenced, each block once", () => {
    fc.assert(
      fc.property(arbitraryCase, ({dag, starts, past}) => {
        const ids = idsOf(order(starts, viewOf(dag, past)));
        expect(new Set(ids).size).toBe(ids.length);
        expect(new Set(ids)).toEqual(new Set([...coneOf(dag, starts)].filter((id) => !past.has(id))));
      }),
    );
  });

  test("parents come before children", () => {
    fc.assert(
      fc.property(arbitraryCase, ({dag, starts, past}) => {
        const places = new Map(idsOf(order(starts, viewOf(dag, past))).map((id, place) => [id, place]));
        for (const [id, place] of places) {
          for (const parent of dag.get(id)!) expect(places.get(parent) ?? -1).toBeLessThan(place);
        }
      }),
    );
  });

  test("it is the recursive post-order, and the same at every node", () => {
    fc.assert(
      fc.property(arbitraryCase, ({dag, starts, past}) => {
        const expected = new Set<BlockId>();
        const walk = (id: BlockId) => {
          if (id === GENESIS || past.has(id) || expected.has(id)) return;
          for (const parent of dag.get(id)!) walk(parent);
          expected.add(id);
        };
        for (const start of starts) walk(start);
        // Another node has stored the blocks in another order.
        const elsewhere = new Map([...dag].reverse());
        const result = order(starts, viewOf(dag, past));
        expect(idsOf(result)).toEqual([...expected]);
        expect(order(starts, viewOf(elsewhere, past))).toEqual(result);
      }),
    );
  });

  test("the roots are the Merkle roots of the order", () => {
    fc.assert(
      fc.property(arbitraryCase, ({dag, starts, past}) => {
        const isApplied = (id: BlockId) => Number.parseInt(id.at(-1)!, 16) % 2 === 0;
        const judge: Judge = (id) =>
          isApplied(id) ? {state: "included"} : {state: "conflicting", reason: "input already spent"};
        const result = order(starts, viewOf(dag, past), judge);
        expect(result.inclusionMerkleRoot).toBe(rootOfIds(idsOf(result)));
        expect(result.appliedMerkleRoot).toBe(rootOfIds(idsOf(result).filter(isApplied)));
      }),
    );
  });

  test("the judge is asked once for each block, in order", () => {
    fc.assert(
      fc.property(arbitraryCase, ({dag, starts, past}) => {
        const asked: BlockId[] = [];
        const result = order(starts, viewOf(dag, past), (id) => {
          asked.push(id);
          return {state: "noTransaction"};
        });
        expect(asked).toEqual(idsOf(result));
      }),
    );
  });
});
