// What an anchor block carries under the tag "tanglegate/audit/v1": the heads of logs, signed with the audit-log key. Machine names do
// not go to the Tangle: a head is named by the hash of its log's origin.
//
//     version u8 = 1 | network id u64 le | public key 32 | count u16 be | count x (origin hash 32 | size u64 be | root 32) | signature 64
//
// The signature covers `domainSeparated("audit-log", network id, everything before it)`.

import {concatBytes, equalBytes, utf8} from "../bytes.ts";
import {verifyEd25519} from "../ed25519.ts";
import {assert, GatewayError} from "../errors.ts";
import {domainSeparated} from "../identity/pure.ts";
import {sha256} from "../sha256.ts";
import type {Checkpoint} from "./checkpoint.ts";

/** Tag of anchor blocks. */
export const ANCHOR_TAG: Uint8Array = utf8("tanglegate/audit/v1");
/** Heads in one block: 400 x 72 bytes and the block around them stay below 32,768. */
export const HEADS_MAX = 400;

/** A log's head without its name. */
export interface AnchoredHead {
  /** SHA-256 of the origin. */
  readonly originHash: Uint8Array;
  readonly size: number;
  readonly root: Uint8Array;
}

export interface AnchorPayload {
  readonly networkId: bigint;
  readonly publicKey: Uint8Array;
  readonly heads: readonly AnchoredHead[];
}

const VERSION = 1;
const HEADER_LENGTH = 1 + 8 + 32 + 2;
const HEAD_LENGTH = 32 + 8 + 32;
const SIGNATURE_LENGTH = 64;

export function originHashOf(origin: string): Uint8Array {
  return sha256(utf8(origin));
}

/** Data of an anchor block. `heads`: 1..400 logs. */
export function encodeAnchor(
  networkId: bigint,
  heads: readonly Checkpoint[],
  signer: {publicKey: Uint8Array; sign: (message: Uint8Array) => Uint8Array},
): Uint8Array {
  assert(heads.length > 0 && heads.length <= HEADS_MAX, "an anchor has 1 to 400 heads");
  const header = new Uint8Array(HEADER_LENGTH);
  const view = new DataView(header.buffer);
  header[0] = VERSION;
  view.setBigUint64(1, networkId, true);
  header.set(signer.publicKey, 9);
  view.setUint16(41, heads.length);
  const covered = concatBytes(header, ...heads.map(encodeHead));
  return concatBytes(covered, signer.sign(domainSeparated("audit-log", networkId, covered)));
}

function encodeHead({origin, size, root}: Checkpoint): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(size));
  return concatBytes(originHashOf(origin), length, root);
}

/** Reads an anchor's data and checks its signature. Errors: `anchor/malformed`, `anchor/bad-signature`. */
export function decodeAnchor(data: Uint8Array): AnchorPayload {
  const fail = (why: string) => new GatewayError("anchor/malformed", `The anchor ${why}.`);
  if (data[0] !== VERSION) throw fail("has an unknown version");
  if (data.length < HEADER_LENGTH + SIGNATURE_LENGTH) throw fail("is cut short");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const count = view.getUint16(41);
  const end = HEADER_LENGTH + count * HEAD_LENGTH;
  if (count === 0 || count > HEADS_MAX || data.length !== end + SIGNATURE_LENGTH)
    throw fail("has another length than its heads");
  const networkId = view.getBigUint64(1, true);
  const publicKey = data.slice(9, 41);
  const message = domainSeparated("audit-log", networkId, data.subarray(0, end));
  if (!verifyEd25519(publicKey, message, data.subarray(end)))
    throw new GatewayError("anchor/bad-signature", "The signature of the anchor does not hold.");
  const heads = Array.from({length: count}, (_, i) => {
    const at = HEADER_LENGTH + i * HEAD_LENGTH;
    const size = view.getBigUint64(at + 32);
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw fail("has an impossible size");
    return {originHash: data.slice(at, at + 32), size: Number(size), root: data.slice(at + 40, at + HEAD_LENGTH)};
  });
  return {networkId, publicKey, heads};
}

/** The head of a log in an anchor; null when it is not among them. */
export function headOf(anchor: AnchorPayload, origin: string): AnchoredHead | null {
  const wanted = originHashOf(origin);
  return anchor.heads.find(({originHash}) => equalBytes(originHash, wanted)) ?? null;
}
