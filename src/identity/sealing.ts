// How keys lie in the file: AES-256-GCM under a key that scrypt makes of the unlock secret. The associated data of each sealed value
// names what it is, so that values cannot change places.

import {createCipheriv, createDecipheriv, scrypt} from "node:crypto";
import {promisify} from "node:util";
import {concatBytes, fromHex, type Hex, toHex, utf8} from "../bytes.ts";
import type {Random} from "../random.ts";
import type {UnlockSecret} from "./unlock.ts";

/** Cost of scrypt (RFC 7914) as stored: memory is 128 * n * r bytes. */
export interface ScryptParameters {
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Hex;
}

const CIPHER = "aes-256-gcm";
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
// 32 MiB three times over: the strength OWASP asks for with 128 MiB once, which a small board cannot spare.
const CHOSEN_COST = {n: 2 ** 15, r: 8, p: 3};
// 256 random bits cannot be guessed; stretching them buys nothing.
const RANDOM_COST = {n: 2 ** 10, r: 8, p: 1};
const MEMORY_MAX = 256 * 2 ** 20;

/** Fresh parameters for a secret. */
export function newParameters(secret: UnlockSecret, random: Random): ScryptParameters {
  return {...(secret.isRandom ? RANDOM_COST : CHOSEN_COST), salt: toHex(random.bytes(32))};
}

/** The 32-byte key that seals. About a third of a second for a chosen passphrase, on libuv's threads. */
export async function deriveKey(secret: string, parameters: ScryptParameters): Promise<Uint8Array> {
  const {n, r, p, salt} = parameters;
  const derive = promisify<string, Uint8Array, number, object, Buffer>(scrypt);
  return await derive(secret, fromHex(salt), 32, {N: n, r, p, maxmem: MEMORY_MAX});
}

/** Nonce (12 bytes), ciphertext and tag (16 bytes). */
export function seal(key: Uint8Array, plaintext: Uint8Array, what: string, random: Random): Hex {
  const nonce = random.bytes(NONCE_LENGTH);
  const cipher = createCipheriv(CIPHER, key, nonce, {authTagLength: TAG_LENGTH});
  cipher.setAAD(utf8(what));
  return toHex(concatBytes(nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()));
}

/** The plaintext; null when the key is another or anything was changed. */
export function unseal(key: Uint8Array, sealed: Hex, what: string): Uint8Array | null {
  const bytes = fromHex(sealed);
  if (bytes.length < NONCE_LENGTH + TAG_LENGTH) return null;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_LENGTH), {authTagLength: TAG_LENGTH});
  decipher.setAAD(utf8(what));
  decipher.setAuthTag(bytes.subarray(-TAG_LENGTH));
  const plaintext = decipher.update(bytes.subarray(NONCE_LENGTH, -TAG_LENGTH));
  try {
    decipher.final();
  } catch {
    // The only failure that is possible here is the tag's.
    return null;
  }
  return new Uint8Array(plaintext);
}
