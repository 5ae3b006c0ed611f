// Inclusion paths and roots from tiles. Every hash that is needed is that of a full subtree, or the fold of a few of them at the right
// edge, and each full subtree lies within one tile. So one asks first which tiles are needed, fetches them, then computes.

import {assert} from "../errors.ts";
import {nodeHashOf} from "./hashing.ts";
import {hashesAtLevel, rootOfFullSubtree, TILE_WIDTH, type TileName} from "./tiles.ts";

/** A full subtree: 2^`height` leaves from `index` * 2^`height` on. */
interface Subtree {
  readonly height: number;
  readonly index: number;
}

/** Gives the hashes of a tile, at least the first `width` of them. */
export type TileReader = (tile: TileName) => readonly Uint8Array[];

/** Hashes of full subtrees by height and index. */
export type KnownSubtrees = Map<string, Uint8Array>;

const TILE_HEIGHT = 8;

/** The tiles from which `inclusionFromTiles` computes, in the tree of `size` leaves. */
export function tilesOfInclusion(index: number, size: number): readonly TileName[] {
  return tilesOf(siblingsOf(index, size).flat(), size);
}

/** The tiles from which `rootFromTiles` computes. */
export function tilesOfRoot(size: number): readonly TileName[] {
  return tilesOf(fullSubtrees(0, size), size);
}

/**
 * Sibling hashes of leaf `index` in the tree of `size` leaves, lowest first (RFC 9162 section 2.1.3.1). `known`: hashes of full subtrees
 * that were computed before; full subtrees never change, so it serves all proofs of one log.
 */
export function inclusionFromTiles(
  index: number,
  size: number,
  read: TileReader,
  known: KnownSubtrees = new Map(),
): Uint8Array[] {
  const hash = (subtree: Subtree) => {
    const name = `${subtree.height}/${subtree.index}`;
    const before = known.get(name);
    if (before !== undefined) return before;
    const computed = hashOf(subtree, size, read);
    known.set(name, computed);
    return computed;
  };
  return siblingsOf(index, size).map((subtrees) => foldRight(subtrees.map(hash)));
}

/** Root of the tree of `size` leaves; `size` is at least 1. */
export function rootFromTiles(size: number, read: TileReader): Uint8Array {
  return foldRight(fullSubtrees(0, size).map((subtree) => hashOf(subtree, size, read)));
}

/** Joins the roots of full subtrees from left to right, large to small, to the root over all of them. */
export function foldRight(hashes: readonly Uint8Array[]): Uint8Array {
  return hashes.reduceRight((right, left) => nodeHashOf(left, right));
}

// One list of full subtrees for each step of the path: the sibling is their fold.
function siblingsOf(index: number, size: number): Subtree[][] {
  assert(index >= 0 && index < size, "a proof is for a leaf of the tree");
  const path: Subtree[][] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const split = start + largestPowerOfTwoBelow(end - start);
    if (index < split) {
      path.push(fullSubtrees(split, end));
      end = split;
    } else {
      path.push(fullSubtrees(start, split));
      start = split;
    }
  }
  return path.reverse();
}

/** The full subtrees that make up the leaves `start` to `end`, left to right. `start` is a border of all of them. */
function fullSubtrees(start: number, end: number): Subtree[] {
  const subtrees: Subtree[] = [];
  for (let from = start; from < end; ) {
    let height = 0;
    while (2 ** (height + 1) <= end - from) height++;
    subtrees.push({height, index: from / 2 ** height});
    from += 2 ** height;
  }
  return subtrees;
}

function placeOf({height, index}: Subtree, size: number): {tile: TileName; from: number; count: number} {
  const level = Math.floor(height / TILE_HEIGHT);
  const count = 2 ** (height % TILE_HEIGHT);
  const first = index * count;
  const tileIndex = Math.floor(first / TILE_WIDTH);
  const width = Math.min(TILE_WIDTH, hashesAtLevel(level, size) - tileIndex * TILE_WIDTH);
  return {tile: {level, index: tileIndex, width}, from: first % TILE_WIDTH, count};
}

function tilesOf(subtrees: readonly Subtree[], size: number): TileName[] {
  const tiles = new Map<string, TileName>();
  for (const subtree of subtrees) {
    const {tile} = placeOf(subtree, size);
    tiles.set(`${tile.level}/${tile.index}`, tile);
  }
  return [...tiles.values()];
}

function hashOf(subtree: Subtree, size: number, read: TileReader): Uint8Array {
  const {tile, from, count} = placeOf(subtree, size);
  return rootOfFullSubtree(read(tile).slice(from, from + count));
}

function largestPowerOfTwoBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}
