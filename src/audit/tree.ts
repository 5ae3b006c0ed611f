// A growing RFC 6962 tree in memory: the right edge, and of each tile level the hashes of the tile that is not full yet. A leaf costs one
// inner hash on average, a root at most one for each bit of the size. Full tiles are handed out once and may then be forgotten.

import {sha256} from "../sha256.ts";
import {nodeHashOf} from "./hashing.ts";
import {TILE_WIDTH} from "./tiles.ts";

/** A tile that has just become full. */
export interface FullTile {
  readonly level: number;
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  /** Root over its 256 hashes. */
  readonly root: Uint8Array;
}

/** Contents of a tree: number of leaves, and for each level the hashes of its unfinished tile. */
export interface TreeState {
  readonly size: number;
  readonly levels: readonly (readonly Uint8Array[])[];
}

export interface Tree {
  readonly size: number;
  /** Adds a leaf by its hash; returns the tiles that it filled, lowest first. */
  push(leafHash: Uint8Array): readonly FullTile[];
  /** Root of all leaves; of none: SHA-256(""). */
  root(): Uint8Array;
  /** The root that adding these leaves would give. */
  rootAfter(leafHashes: readonly Uint8Array[]): Uint8Array;
  /** Hashes of the unfinished tile of a level. */
  edge(level: number): readonly Uint8Array[];
  state(): TreeState;
}

const TILE_HEIGHT = 8;
const NONE: readonly FullTile[] = [];

/** A tree with the given contents, or an empty one. */
export function createTree(start: TreeState = {size: 0, levels: []}): Tree {
  let size = start.size;
  const levels: Uint8Array[][] = start.levels.map((hashes) => [...hashes]);
  // Root of the full subtree of 2^height leaves that is waiting for its right neighbour.
  const waiting: (Uint8Array | undefined)[] = [];
  levels.forEach((hashes, level) => {
    for (const hash of hashes) join(waiting, level * TILE_HEIGHT, hash);
  });

  const push = (leafHash: Uint8Array): readonly FullTile[] => {
    let filled: FullTile[] | null = null;
    let node = leafHash;
    let height = 0;
    for (;;) {
      if (height % TILE_HEIGHT === 0) {
        const level = height / TILE_HEIGHT;
        const hashes = (levels[level] ??= []);
        hashes.push(node);
      }
      const left = waiting[height];
      if (left === undefined) break;
      waiting[height] = undefined;
      node = nodeHashOf(left, node);
      height++;
      if (height % TILE_HEIGHT === 0) {
        const level = height / TILE_HEIGHT - 1;
        const hashes = levels[level]!;
        levels[level] = [];
        filled ??= [];
        filled.push({level, index: (size + 1) / TILE_WIDTH ** (level + 1) - 1, hashes, root: node});
      }
    }
    waiting[height] = node;
    size++;
    return filled ?? NONE;
  };

  return {
    get size() {
      return size;
    },
    push,
    root: () => rootOf(waiting),
    rootAfter: (leafHashes) => {
      const after = [...waiting];
      for (const hash of leafHashes) join(after, 0, hash);
      return rootOf(after);
    },
    edge: (level) => levels[level] ?? [],
    state: () => ({size, levels: levels.map((hashes) => [...hashes])}),
  };
}

function rootOf(waiting: readonly (Uint8Array | undefined)[]): Uint8Array {
  let root: Uint8Array | null = null;
  for (const subtree of waiting) if (subtree !== undefined) root = root === null ? subtree : nodeHashOf(subtree, root);
  return root ?? sha256(new Uint8Array());
}

// Adds the root of a full subtree of 2^from leaves.
function join(waiting: (Uint8Array | undefined)[], from: number, hash: Uint8Array): void {
  let node = hash;
  let height = from;
  for (let left = waiting[height]; left !== undefined; left = waiting[height]) {
    waiting[height] = undefined;
    node = nodeHashOf(left, node);
    height++;
  }
  waiting[height] = node;
}
