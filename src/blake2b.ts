import {blake2b} from "@noble/hashes/blake2.js";

/** BLAKE2b with a 32-byte digest and no key (RFC 7693): the hash of everything on the Tangle except proof of work. */
export function blake2b256(bytes: Uint8Array): Uint8Array {
  return hasher(bytes);
}

type Hasher = (bytes: Uint8Array) => Uint8Array;

let hasher: Hasher = (bytes) => blake2b(bytes, {dkLen: 32});

/** Puts a faster implementation in place of noble's; see native-crypto.ts. It must give the same bytes. */
export function installBlake2b256(faster: Hasher): void {
  hasher = faster;
}
