// What Node itself can do faster than JavaScript, put in place once at the start of a process. Measured on Node 24: Ed25519
// verify 17 times, BLAKE2b-256 (WASM, reused hasher) 18 times noble's rate. Browsers keep noble and never import this file.
import {createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify} from "node:crypto";
import {createBLAKE2b} from "hash-wasm";
import {installBlake2b256} from "./blake2b.ts";
import {concatBytes, fromHex} from "./bytes.ts";
import {installEd25519} from "./ed25519.ts";
import {installSha256} from "./sha256.ts";

// DER of an Ed25519 key up to its 32 bytes (RFC 8410 sections 4 and 7).
const SPKI_PREFIX = fromHex("0x302a300506032b6570032100");
const PKCS8_PREFIX = fromHex("0x302e020100300506032b657004220420");
const KEYS_KEPT = 256;

/** Installs the fast BLAKE2b-256, SHA-256 and Ed25519 for this process. May be called twice. */
export async function installNativeCrypto(): Promise<void> {
  const blake2b = await createBLAKE2b(256);
  installBlake2b256((bytes) => blake2b.init().update(bytes).digest("binary"));
  installSha256(sha256InOneCall);
  const publicKeys = keepRecent((raw) =>
    createPublicKey({key: Buffer.from(concatBytes(SPKI_PREFIX, raw)), format: "der", type: "spki"}),
  );
  const privateKeys = keepRecent((seed) =>
    createPrivateKey({key: Buffer.from(concatBytes(PKCS8_PREFIX, seed)), format: "der", type: "pkcs8"}),
  );
  installEd25519({
    publicKey: (seed) => {
      const spki = createPublicKey(privateKeys(seed)).export({format: "der", type: "spki"});
      return new Uint8Array(spki.subarray(SPKI_PREFIX.length));
    },
    sign: (seed, message) => new Uint8Array(sign(null, message, privateKeys(seed))),
    accepts: (publicKey, message, signature) => {
      try {
        return verify(null, message, publicKeys(publicKey), signature);
      } catch {
        // OpenSSL refuses the key itself; the ZIP-215 judge decides.
        return false;
      }
    },
  });
}

// A digest as a text of 32 characters costs a quarter of one as a Buffer: neither a hash object nor memory outside the heap is made.
function sha256InOneCall(bytes: Uint8Array): Uint8Array {
  const text = hash("sha256", bytes, "binary");
  const digest = new Uint8Array(32);
  for (let i = 0; i < 32; i++) digest[i] = text.charCodeAt(i);
  return digest;
}

// Importing a key costs more than half of a verification, so the last ones used are kept.
function keepRecent(make: (raw: Uint8Array) => KeyObject): (raw: Uint8Array) => KeyObject {
  const kept = new Map<string, KeyObject>();
  return (raw) => {
    const name = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString("latin1");
    const known = kept.get(name);
    if (known !== undefined) return known;
    const key = make(raw);
    if (kept.size >= KEYS_KEPT) kept.delete(kept.keys().next().value!);
    kept.set(name, key);
    return key;
  };
}
