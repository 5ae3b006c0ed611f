// The Merkle tree of RFC 6962 section 2.1, with the hash as a parameter: BLAKE2b-256 gives the roots of a milestone
// (TIP-4, TIP-29), SHA-256 those of the audit log.
//
// A leaf is hashed with 0x00 before it, an inner node with 0x01 before its two children, so that neither can pass for the
// other. A list of n leaves splits at k, the largest power of two below n: the left part is a full tree, the right part is
// what is left. So a tree only ever grows to the right, and a full subtree never changes again. Two kinds of proof follow:
//
//   inclusion    "leaf i is in the tree of this root": the sibling hashes on the way up;
//   consistency  "the tree of size m is the beginning of the tree of size n": the hashes from which both roots can be made.
//
// The verifiers follow RFC 9162 sections 2.1.3.2 and 2.1.4.2: they walk the bits of index and size and never recurse,
// so a hostile proof cannot make them work longer than its own length.

import {concatBytes, equalBytes} from "./bytes.ts";
import {assert} from "./errors.ts";

/** A hash with a 32-byte digest. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

const DIGEST_SIZE = 32;
const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);
const EMPTY = new Uint8Array(0);

/** Hash of a leaf: H(0x00 || leaf). */
export function hashLeaf(hash: Hash, leaf: Uint8Array): Uint8Array {
  return hash(concatBytes(LEAF_PREFIX, leaf));
}

/** Hash of an inner node: H(0x01 || left || right). */
export function hashNode(hash: Hash, left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash(concatBytes(NODE_PREFIX, left, right));
}

/** Root of a list of leaves; of no leaves: H(""). */
export function merkleRoot(hash: Hash, leaves: readonly Uint8Array[]): Uint8Array {
  return rootOfLeafHashes(
    hash,
    leaves.map((leaf) => hashLeaf(hash, leaf)),
  );
}

/** Root over leaf hashes, for callers that keep them. */
export function rootOfLeafHashes(hash: Hash, leafHashes: readonly Uint8Array[]): Uint8Array {
  if (leafHashes.length === 0) return hash(EMPTY);
  // Level by level: a node without a partner moves up as it is, which gives the same shape as the recursive definition.
  let level = leafHashes;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) above.push(hashNode(hash, level[i]!, level[i + 1]!));
    if (level.length % 2 === 1) above.push(level.at(-1)!);
    level = above;
  }
  return level[0]!;
}

/** Sibling hashes from leaf `index` to the root of all `leafHashes`, lowest first (RFC 9162 section 2.1.3.1). */
export function inclusionProof(hash: Hash, leafHashes: readonly Uint8Array[], index: number): Uint8Array[] {
  assert(index >= 0 && index < leafHashes.length, "a proof is for a leaf of the tree");
  const path: Uint8Array[] = [];
  let level = leafHashes;
  let position = index;
  while (level.length > 1) {
    const sibling = level[position ^ 1];
    if (sibling !== undefined) path.push(sibling);
    const above: Uint8Array[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) above.push(hashNode(hash, level[i]!, level[i + 1]!));
    if (level.length % 2 === 1) above.push(level.at(-1)!);
    level = above;
    position >>= 1;
  }
  return path;
}

/** What an inclusion proof claims: leaf `leafHash` stands at `index` in the tree of `size` leaves with `root`. */
export interface InclusionClaim {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/** Whether an inclusion proof holds (RFC 9162 section 2.1.3.2). Sizes up to 2^53 - 1. */
export function verifyInclusion(hash: Hash, claim: InclusionClaim): boolean {
  const root = rootOfInclusion(hash, claim);
  return root !== null && equalBytes(root, claim.root);
}

/**
 * The root that an inclusion path leads to; null when the path does not have the length that index and size demand, or holds something
 * that is no digest.
 */
export function rootOfInclusion(hash: Hash, claim: Omit<InclusionClaim, "root">): Uint8Array | null {
  const {leafHash, index, size, path} = claim;
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return null;
  if (![leafHash, ...path].every(isDigest)) return null;
  let node = index;
  let last = size - 1;
  let root = leafHash;
  for (const sibling of path) {
    if (last === 0) return null;
    if (node % 2 === 1 || node === last) {
      root = hashNode(hash, sibling, root);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      root = hashNode(hash, root, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : null;
}

/** Proof that the tree of the first `size1` leaves is the beginning of the tree of all of them (RFC 9162 section 2.1.4.1). */
export function consistencyProof(hash: Hash, leafHashes: readonly Uint8Array[], size1: number): Uint8Array[] {
  assert(
    size1 > 0 && size1 <= leafHashes.length,
    "the earlier tree has at least one leaf and no more than the later one",
  );
  return size1 === leafHashes.length ? [] : subproof(hash, leafHashes, size1, true);
}

/** What a consistency proof claims: the tree of `size1` and `root1` is the beginning of that of `size2` and `root2`. */
export interface ConsistencyClaim {
  readonly size1: number;
  readonly root1: Uint8Array;
  readonly size2: number;
  readonly root2: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/** Whether a consistency proof holds (RFC 9162 section 2.1.4.2). From size 0 it never does, but for 0 to 0 with the empty root. */
export function verifyConsistency(hash: Hash, claim: ConsistencyClaim): boolean {
  const {size1, root1, size2, root2} = claim;
  if (!Number.isSafeInteger(size1) || !Number.isSafeInteger(size2) || size1 < 0 || size1 > size2) return false;
  if (!claim.path.every(isDigest)) return false;
  if (size1 === size2) {
    if (claim.path.length !== 0 || !equalBytes(root1, root2)) return false;
    return size1 > 0 || equalBytes(root1, hash(EMPTY));
  }
  if (size1 === 0) return false;

  const isFullTree = Number.isInteger(Math.log2(size1));
  const path = isFullTree ? [root1, ...claim.path] : [...claim.path];
  let node = size1 - 1;
  let last = size2 - 1;
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  const first = path.shift();
  if (first === undefined) return false;
  let fromRoot1 = first;
  let fromRoot2 = first;
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      fromRoot1 = hashNode(hash, sibling, fromRoot1);
      fromRoot2 = hashNode(hash, sibling, fromRoot2);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      fromRoot2 = hashNode(hash, fromRoot2, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equalBytes(fromRoot1, root1) && equalBytes(fromRoot2, root2);
}

function subproof(hash: Hash, leafHashes: readonly Uint8Array[], size1: number, isWhole: boolean): Uint8Array[] {
  const size = leafHashes.length;
  if (size1 === size) return isWhole ? [] : [rootOfLeafHashes(hash, leafHashes)];
  const split = largestPowerOfTwoBelow(size);
  if (size1 <= split) {
    const right = rootOfLeafHashes(hash, leafHashes.slice(split));
    return [...subproof(hash, leafHashes.slice(0, split), size1, isWhole), right];
  }
  const left = rootOfLeafHashes(hash, leafHashes.slice(0, split));
  return [...subproof(hash, leafHashes.slice(split), size1 - split, false), left];
}

function isDigest(bytes: Uint8Array): boolean {
  return bytes.length === DIGEST_SIZE;
}

function largestPowerOfTwoBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}
