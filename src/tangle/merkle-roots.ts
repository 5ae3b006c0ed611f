import {blake2b256} from "../blake2b.ts";
import {fromHex, type Hex, toHex} from "../bytes.ts";
import {hashLeaf, hashNode, merkleRoot} from "../merkle.ts";
import type {BlockId} from "../stardust/pure.ts";

/** Merkle root over block ids in white-flag order (TIP-4); of none: BLAKE2b-256 of the empty string. */
export function rootOfIds(ids: readonly BlockId[]): Hex {
  return toHex(merkleRoot(blake2b256, ids.map(idBytes)));
}

/** Leaf hash of a block id in the trees of a milestone. */
export function leafHashOfId(id: BlockId): Uint8Array {
  return hashLeaf(blake2b256, idBytes(id));
}

/** A Merkle tree that only grows: it keeps the roots of its full subtrees alone, so the work is spread over the leaves. */
export interface IdTree {
  append(id: BlockId): void;
  root(): Hex;
}

export function createIdTree(): IdTree {
  // Full subtrees from the left, falling in size: one for every 1 bit of the number of leaves.
  const subtrees: Uint8Array[] = [];
  let size = 0;
  return {
    append: (id) => {
      let root = leafHashOfId(id);
      // As in binary addition: two full subtrees of one size become one of the next.
      for (let carry = size; carry % 2 === 1; carry = Math.floor(carry / 2)) {
        root = hashNode(blake2b256, subtrees.pop()!, root);
      }
      subtrees.push(root);
      size++;
    },
    root: () => {
      const last = subtrees.at(-1);
      if (last === undefined) return rootOfIds([]);
      return toHex(subtrees.slice(0, -1).reduceRight((right, left) => hashNode(blake2b256, left, right), last));
    },
  };
}

function idBytes(id: BlockId): Uint8Array {
  return fromHex(id, 32);
}
