// Tangles made up for tests: a map from block ids to parents.

import fc from "fast-check";
import type {BlockId} from "../../src/stardust/index.ts";
import {idOf} from "./blocks.ts";

export type Dag = ReadonlyMap<BlockId, readonly BlockId[]>;

/** The entry point below everything. */
export const GENESIS = idOf("genesis");

/** A Tangle from names: `{a: [], b: ["a"]}`; a block without parents stands on the genesis. */
export function dagOf(graph: Readonly<Record<string, readonly string[]>>): Dag {
  return new Map(
    Object.entries(graph).map(([name, parents]) => [idOf(name), parents.length === 0 ? [GENESIS] : parents.map(idOf)]),
  );
}

/** Any Tangle of 1..`sizeMax` blocks, in an order in which parents come first. */
export function arbitraryDag(sizeMax: number): fc.Arbitrary<Dag> {
  const draws = fc.array(fc.array(fc.nat(), {minLength: 1, maxLength: 8}), {minLength: 1, maxLength: sizeMax});
  return draws.map((blocks) => {
    const ids = [GENESIS, ...blocks.map((_, i) => idOf(`block ${i}`))];
    return new Map(
      blocks.map((picks, i) => [ids[i + 1]!, [...new Set(picks.map((pick) => ids[pick % (i + 1)]!))].sort()]),
    );
  });
}

/** Up to `max` blocks of a Tangle, in any order. */
export function arbitraryBlocksOf(dag: Dag, {min, max}: {min: number; max: number}): fc.Arbitrary<BlockId[]> {
  return fc.shuffledSubarray([...dag.keys()], {minLength: min, maxLength: Math.min(max, dag.size)});
}

/** All blocks that can be reached from `starts`, without the genesis: by plain recursion, to compare with. */
export function coneOf(dag: Dag, starts: readonly BlockId[]): Set<BlockId> {
  const cone = new Set<BlockId>();
  const walk = (id: BlockId) => {
    if (id === GENESIS || cone.has(id)) return;
    cone.add(id);
    for (const parent of dag.get(id)!) walk(parent);
  };
  for (const start of starts) walk(start);
  return cone;
}
