import {sha256 as nobleSha256} from "@noble/hashes/sha2.js";

/** SHA-256 (FIPS 180-4): the hash of the audit log. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hasher(bytes);
}

type Hasher = (bytes: Uint8Array) => Uint8Array;

let hasher: Hasher = nobleSha256;

/** Puts a faster implementation in place of noble's; see native-crypto.ts. It must give the same bytes. */
export function installSha256(faster: Hasher): void {
  hasher = faster;
}
