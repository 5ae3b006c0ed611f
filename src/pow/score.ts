import {blake2b256} from "../blake2b.ts";
import {assert} from "../errors.ts";
import {encodeB1t6} from "./b1t6.ts";
import {HASH_TRITS, trailingZerosOfHash} from "./curl.ts";

/** Bytes of the nonce at the end of a block. */
export const NONCE_SIZE = 8;

/** Input of Curl: the digest of the block without its nonce, the nonce, three zero trits. TIP-12. */
export function powInput(digest: Uint8Array, nonce: Uint8Array): Int8Array {
  const input = new Int8Array(HASH_TRITS);
  const digestTrits = encodeB1t6(digest);
  input.set(digestTrits);
  input.set(encodeB1t6(nonce), digestTrits.length);
  return input;
}

/** Zero trits at the end of a block's PoW hash. `block`: 8 bytes or more, nonce last. TIP-12. */
export function trailingZeros(block: Uint8Array): number {
  assert(block.length >= NONCE_SIZE, "a block ends in a nonce of 8 bytes");
  const split = block.length - NONCE_SIZE;
  return trailingZerosOfHash(powInput(blake2b256(block.subarray(0, split)), block.subarray(split)));
}

/** PoW score of a block: 3^(trailing zero trits) / size in bytes. For people; compare with `verifyScore`. TIP-12. */
export function powScore(block: Uint8Array): number {
  return 3 ** trailingZeros(block) / block.length;
}

/**
 * Trailing zero trits that a block of `size` bytes, nonce included, needs: the least z with 3^z >= size x minPowScore. In integers,
 * since a logarithm rounds wrong next to powers of three. `minPowScore`: integer 0..2^32 - 1.
 */
export function zerosNeeded(size: number, minPowScore: number): number {
  let zeros = 0;
  for (let power = 1; power < size * minPowScore; power *= 3) zeros++;
  return zeros;
}

/** Whether a block, nonce included, has at least the score. Fewer than 8 bytes never have. Costs one Curl hash, nothing for score 0. */
export function verifyScore(block: Uint8Array, minPowScore: number): boolean {
  if (block.length < NONCE_SIZE) return false;
  const needed = zerosNeeded(block.length, minPowScore);
  return needed === 0 || trailingZeros(block) >= needed;
}
