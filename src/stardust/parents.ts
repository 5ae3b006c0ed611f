import type {Hex} from "../bytes.ts";
import {GatewayError} from "../errors.ts";
import type {Reader, Writer} from "./codec.ts";
import {ID_SIZE, PARENTS_MAX, PARENTS_MIN} from "./limits.ts";

/** BLAKE2b-256 of a block's bytes, 0x-hex of 32 bytes. TIP-24. */
export type BlockId = Hex;

/** Reads the parents of a block or a milestone. Errors: `block/parents-count`, `block/parents-order`, `block/parents-duplicate`. */
export function readParents(reader: Reader): BlockId[] {
  const count = reader.u8("parents count");
  checkCount(count);
  const parents = Array.from({length: count}, () => reader.hex("parent", ID_SIZE));
  checkOrder(parents);
  return parents;
}

/** Writes parents, by the same rules. */
export function writeParents(writer: Writer, parents: readonly BlockId[]): void {
  checkCount(parents.length);
  checkOrder(parents);
  writer.u8("parents count", parents.length);
  for (const parent of parents) writer.hex("parent", parent, ID_SIZE);
}

/** Block ids in the order a block wants them: sorted as bytes, each once. */
export function sortParents(parents: readonly BlockId[]): BlockId[] {
  return [...new Set(parents)].sort();
}

function checkCount(count: number): void {
  // TIP-24: at least one parent and at most Max Parents Count.
  if (count >= PARENTS_MIN && count <= PARENTS_MAX) return;
  throw new GatewayError(
    "block/parents-count",
    `A block has ${PARENTS_MIN} to ${PARENTS_MAX} parents; this one has ${count}.`,
    {count},
  );
}

function checkOrder(parents: readonly BlockId[]): void {
  for (let i = 1; i < parents.length; i++) {
    const before = parents[i - 1]!;
    const parent = parents[i]!;
    // TIP-24: every parent is there once. Ids in lower-case hex of one length compare as their bytes do.
    if (parent === before) {
      throw new GatewayError("block/parents-duplicate", `The parent ${parent} is there twice; name it once.`, {parent});
    }
    // TIP-24: parents stand in lexicographical order.
    if (parent < before) {
      throw new GatewayError("block/parents-order", "The parents are not sorted; sort them as bytes.", {parent});
    }
  }
}
