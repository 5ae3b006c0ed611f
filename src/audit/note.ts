// C2SP signed note 1.0.0: a text, an empty line, and signature lines "— <key name> <base64 of key id and signature>".

import {concatBytes, equalBytes, fromBase64, toBase64, utf8} from "../bytes.ts";
import {verifyEd25519} from "../ed25519.ts";
import {GatewayError} from "../errors.ts";
import {sha256} from "../sha256.ts";

/** Signature algorithms: the first byte of a verifier key. 1: Ed25519; 4: Ed25519 with a time (tlog-cosignature); 6: ML-DSA-44. */
const ALGORITHMS: ReadonlyMap<number, number> = new Map([
  [1, 32],
  [4, 32],
  [6, 1312],
]);

export interface NoteSignature {
  readonly name: string;
  /** Four bytes that tell which of the name's keys. */
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

export interface Note {
  /** Ends with a line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A verifier key ("vkey"): who signs and with what. */
export interface VerifierKey {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly algorithm: number;
  readonly publicKey: Uint8Array;
}

const SIGNATURES_MAX = 100;
const NOTE_LENGTH_MAX = 1_000_000;
const ED25519 = 1;
const COSIGNATURE = 4;
const LINE_START = "\u2014 ";

/** Key id: the first four bytes of SHA-256(name, line feed, algorithm, key). */
export function keyIdOf(name: string, algorithm: number, publicKey: Uint8Array): Uint8Array {
  return sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(algorithm), publicKey)).slice(0, 4);
}

/** Verifier key of an Ed25519 key under a name. */
export function verifierKeyOf(name: string, publicKey: Uint8Array): VerifierKey {
  return {name, keyId: keyIdOf(name, ED25519, publicKey), algorithm: ED25519, publicKey};
}

/** `name+key id in hex+base64 of algorithm and key`. */
export function formatVerifierKey(key: VerifierKey): string {
  const id = [...key.keyId].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${key.name}+${id}+${toBase64(concatBytes(Uint8Array.of(key.algorithm), key.publicKey))}`;
}

/** Reads a verifier key. Errors: `note/invalid-key`. */
export function parseVerifierKey(text: string): VerifierKey {
  const fail = (why: string) => new GatewayError("note/invalid-key", `The verifier key ${why}.`);
  const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text);
  if (match === null) throw fail("does not have the form name+id+key");
  const [, name, id, encoded] = match;
  if (!isKeyName(name!)) throw fail("has a name with a space or plus");
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(encoded!);
  } catch {
    throw fail("is not base64");
  }
  const [algorithm] = bytes;
  const publicKey = bytes.slice(1);
  if (algorithm === undefined || ALGORITHMS.get(algorithm) !== publicKey.length)
    throw fail("has an unknown algorithm or a key of the wrong length");
  const key = {name: name!, keyId: keyIdOf(name!, algorithm, publicKey), algorithm, publicKey};
  if (formatVerifierKey(key) !== text) throw fail(`has the id ${id}, which is not that of its key`);
  return key;
}

/** Whether a text can name a key: not empty, no Unicode space, no plus, no control character. */
export function isKeyName(name: string): boolean {
  return name.length > 0 && name.isWellFormed() && !/[\s\p{Cc}\u0085+]/u.test(name);
}

/** Signs a text that ends with a line feed. `key` names the signer; `sign` gives 64 bytes of Ed25519 over the text. */
export function signNote(text: string, key: VerifierKey, sign: (message: Uint8Array) => Uint8Array): string {
  const signature = sign(utf8(text));
  return `${text}\n${LINE_START}${key.name} ${toBase64(concatBytes(key.keyId, signature))}\n`;
}

/** Reads a note. Says nothing about its signatures. Errors: `note/malformed`. */
export function parseNote(bytes: string): Note {
  const fail = (why: string) => new GatewayError("note/malformed", `The signed note ${why}.`);
  if (bytes.length > NOTE_LENGTH_MAX) throw fail("is too long");
  if (!bytes.isWellFormed() || /(?!\n)\p{Cc}/u.test(bytes)) throw fail("has characters that no note has");
  const split = bytes.lastIndexOf("\n\n");
  if (split < 0 || !bytes.endsWith("\n")) throw fail("has no signature lines");
  const lines = bytes.slice(split + 2, -1).split("\n");
  if (lines.length > SIGNATURES_MAX) throw fail(`has more than ${SIGNATURES_MAX} signatures`);
  return {text: bytes.slice(0, split + 1), signatures: lines.map((line) => parseSignature(line, fail))};
}

function parseSignature(line: string, fail: (why: string) => GatewayError): NoteSignature {
  const [name, encoded, ...more] = line.startsWith(LINE_START) ? line.slice(LINE_START.length).split(" ") : [];
  if (name === undefined || encoded === undefined || more.length > 0 || !isKeyName(name))
    throw fail("has a signature line of another form");
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(encoded);
  } catch {
    throw fail("has a signature that is not base64");
  }
  if (bytes.length < 5) throw fail("has a signature without a key id");
  return {name, keyId: bytes.slice(0, 4), signature: bytes.slice(4)};
}

/**
 * The known keys that signed the note. Signatures by others are ignored; a wrong signature by a known key makes the note bad.
 * Errors: `note/bad-signature`, `note/unknown-signer` when no known key signed.
 */
export function verifyNote(note: Note, known: readonly VerifierKey[]): readonly VerifierKey[] {
  const signers: VerifierKey[] = [];
  for (const {name, keyId, signature} of note.signatures) {
    const key = known.find((other) => other.name === name && equalBytes(other.keyId, keyId));
    if (key === undefined) continue;
    if (!isSignatureOf(key, note.text, signature))
      throw new GatewayError("note/bad-signature", `The signature of ${name} does not hold.`, {name});
    signers.push(key);
  }
  if (signers.length === 0) throw new GatewayError("note/unknown-signer", "None of the known keys signed the note.");
  return signers;
}

function isSignatureOf(key: VerifierKey, text: string, signature: Uint8Array): boolean {
  if (key.algorithm === ED25519) return verifyEd25519(key.publicKey, utf8(text), signature);
  if (key.algorithm !== COSIGNATURE || signature.length !== 72) return false;
  const message = utf8(`cosignature/v1\ntime ${timeOf(signature)}\n${text}`);
  return verifyEd25519(key.publicKey, message, signature.subarray(8));
}

/**
 * Seconds since 1970 of a timestamped signature (tlog-cosignature, after the key id). Errors: `note/malformed` when it is not one.
 */
export function cosignatureTime(signature: Uint8Array): bigint {
  if (signature.length !== 72)
    throw new GatewayError("note/malformed", "The signature carries no time: it is not a cosignature.");
  return timeOf(signature);
}

function timeOf(signature: Uint8Array): bigint {
  return new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
}
