// The hashes of the hot path: the same as merkle.ts gives with SHA-256, without allocating for what is hashed. Arrays of more than 64
// bytes lie outside the engine's heap, and making one costs as much as hashing it.

import {assert} from "../errors.ts";
import {sha256} from "../sha256.ts";

const HASH = 32;
const BLOCK = 64;
const MESSAGE_MAX = 65_536;

const leafInput = new Uint8Array(1 + MESSAGE_MAX);
const nodeInput = new Uint8Array(1 + 2 * HASH).fill(1, 0, 1);
const innerInput = new Uint8Array(BLOCK + MESSAGE_MAX);
const outerInput = new Uint8Array(BLOCK + HASH);

/** Hash of a leaf of at most 65,535 bytes (RFC 6962): SHA-256(0x00 || leaf). */
export function leafHashOf(leaf: Uint8Array): Uint8Array {
  assert(leaf.length <= MESSAGE_MAX, "a leaf fits into an entry bundle");
  leafInput.set(leaf, 1);
  return sha256(leafInput.subarray(0, 1 + leaf.length));
}

/** Hash of an inner node (RFC 6962): SHA-256(0x01 || left || right). */
export function nodeHashOf(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH);
  return sha256(nodeInput);
}

/** HMAC-SHA-256 (RFC 2104). `key`: up to 64 bytes; `message`: up to 65,536. Runs in browsers; ten times `createHmac` in a process. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  assert(key.length <= BLOCK && message.length <= MESSAGE_MAX, "a salt is short and a body is bounded");
  innerInput.fill(0x36, 0, BLOCK);
  outerInput.fill(0x5c, 0, BLOCK);
  for (let i = 0; i < key.length; i++) {
    innerInput[i]! ^= key[i]!;
    outerInput[i]! ^= key[i]!;
  }
  innerInput.set(message, BLOCK);
  outerInput.set(sha256(innerInput.subarray(0, BLOCK + message.length)), BLOCK);
  return sha256(outerInput);
}
