import * as noble from "@noble/ed25519";
import {sha512} from "@noble/hashes/sha2.js";

noble.hashes.sha512 = sha512;

/** What a process may replace by something faster; see native-crypto.ts. */
export interface Ed25519Backend {
  publicKey(seed: Uint8Array): Uint8Array;
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /** May reject what ZIP-215 accepts; must never accept what ZIP-215 rejects. */
  accepts(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

let fast: Ed25519Backend | null = null;

/** Puts a faster implementation before noble's. */
export function installEd25519(backend: Ed25519Backend): void {
  fast = backend;
}

/** Public key, 32 bytes, of a 32-byte seed (RFC 8032). */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  return fast === null ? noble.getPublicKey(seed) : fast.publicKey(seed);
}

/** Signature, 64 bytes, by a 32-byte seed (RFC 8032; deterministic). */
export function signEd25519(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return fast === null ? noble.sign(message, seed) : fast.sign(seed, message);
}

/**
 * Whether a signature holds by ZIP-215 (TIP-14): cofactored equation, S < L, non-canonical A and R allowed. The fast backend is asked
 * first; what it rejects noble judges, so a flood of bad signatures costs the slow path: bound it per sender.
 * Wrong lengths are false, never an exception.
 */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  if (fast?.accepts(publicKey, message, signature)) return true;
  try {
    return noble.verify(signature, message, publicKey, {zip215: true});
  } catch {
    // noble throws for points that cannot be decoded: the signature does not hold.
    return false;
  }
}
