import {blake2b256} from "../blake2b.ts";
import {toHex} from "../bytes.ts";
import {GatewayError, unreachable} from "../errors.ts";
import {Reader, Writer} from "./codec.ts";
import {BLOCK_SIZE_MAX} from "./limits.ts";
import {
  checkMilestoneValues,
  MILESTONE_TYPE,
  type MilestonePayload,
  readMilestone,
  writeMilestone,
} from "./milestone.ts";
import {type BlockId, readParents, writeParents} from "./parents.ts";
import type {ProtocolParameters} from "./protocol-parameters.ts";
import {readTaggedData, TAGGED_DATA_TYPE, type TaggedData, writeTaggedData} from "./tagged-data.ts";

const TRANSACTION_TYPE = 6;

/** What a block may carry. */
export type Payload = TaggedData | MilestonePayload;

/** A vertex of the Tangle (TIP-24). `parents`: 1..8, sorted, each once. `nonce`: unsigned 64 bit; 0 in a milestone's block. */
export interface Block {
  readonly protocolVersion: number;
  readonly parents: readonly BlockId[];
  readonly payload: Payload | null;
  readonly nonce: bigint;
}

/** Id of a block: BLAKE2b-256 of all its bytes. */
export function blockIdOf(bytes: Uint8Array): BlockId {
  return toHex(blake2b256(bytes));
}

/**
 * Reads a block by every syntactic rule of TIP-24, TIP-23 and TIP-29 except the PoW score, which the caller checks with
 * pow's `verifyScore` (a milestone's block needs none). Errors: `block/...`, one code a rule, with the field.
 */
export function parseBlock(bytes: Uint8Array, parameters: Pick<ProtocolParameters, "version">): Block {
  checkSize(bytes.length);
  const reader = new Reader(bytes, "block");
  const protocolVersion = reader.u8("protocol version");
  // TIP-24: the version is that of the network.
  if (protocolVersion !== parameters.version) {
    throw new GatewayError(
      "block/protocol-version",
      `The block has protocol version ${protocolVersion}; this network has ${parameters.version}.`,
      {protocolVersion},
    );
  }
  const parents = readParents(reader);
  const payloadBytes = readPayloadBytes(reader);
  const nonce = reader.u64("nonce");
  // TIP-24: nothing follows the nonce.
  reader.end();
  const block = {protocolVersion, parents, payload: parsePayload(payloadBytes), nonce};
  checkMilestoneBlock(block);
  return block;
}

/** Bytes of a block, by the same rules; so what it gives can be read again. Errors: `block/...`. */
export function serializeBlock(block: Block): Uint8Array {
  checkMilestoneBlock(block);
  const payload = block.payload === null ? new Uint8Array(0) : serializePayload(block.payload);
  const writer = new Writer("block").u8("protocol version", block.protocolVersion);
  writeParents(writer, block.parents);
  const bytes = writer.u32("payload length", payload.length).bytes(payload).u64("nonce", block.nonce).finish();
  checkSize(bytes.length);
  return bytes;
}

/** Bytes of a payload, type first. */
export function serializePayload(payload: Payload): Uint8Array {
  const writer = new Writer("block");
  switch (payload.kind) {
    case "tagged-data":
      writeTaggedData(writer, payload);
      break;
    case "milestone":
      writeMilestone(writer, payload);
      break;
    default:
      unreachable(payload);
  }
  return writer.finish();
}

function readPayloadBytes(reader: Reader): Uint8Array {
  const size = reader.u32("payload length");
  if (size > reader.left) {
    throw new GatewayError(
      "block/payload-length",
      `The payload claims ${size} bytes; ${reader.left} are left in the block.`,
      {size, left: reader.left},
    );
  }
  return reader.bytes("payload", size);
}

function parsePayload(bytes: Uint8Array): Payload | null {
  // TIP-24: a length of 0 means that there is no payload.
  if (bytes.length === 0) return null;
  const reader = new Reader(bytes, "block");
  const type = reader.u32("payload type");
  let payload: Payload;
  // TIP-24: the type is one of the listed, and the payload reads by its rules.
  if (type === TAGGED_DATA_TYPE) payload = readTaggedData(reader);
  else if (type === MILESTONE_TYPE) payload = readMilestone(reader);
  else if (type === TRANSACTION_TYPE) {
    throw new GatewayError(
      "block/payload-not-supported",
      "The block carries a transaction; this gateway does not take part in the ledger of tokens.",
      {type},
    );
  } else {
    throw new GatewayError("block/payload-type", `The payload has type ${type}; 5 and 7 are known.`, {type});
  }
  // TIP-23, TIP-29: the payload takes all of its bytes.
  if (reader.left > 0) {
    throw new GatewayError("block/payload-trailing-bytes", `${reader.left} bytes follow inside the payload.`, {
      bytes: reader.left,
    });
  }
  return payload;
}

function checkSize(size: number): void {
  // TIP-24: a block has at most Max Block Length bytes.
  if (size <= BLOCK_SIZE_MAX) return;
  throw new GatewayError("block/too-long", `The block has ${size} bytes; at most ${BLOCK_SIZE_MAX} are allowed.`, {
    size,
  });
}

function checkMilestoneBlock(block: Block): void {
  const {payload} = block;
  if (payload?.kind !== "milestone") return;
  checkMilestoneValues(payload);
  // TIP-29: the milestone's protocol version is that of its block.
  if (payload.protocolVersion !== block.protocolVersion) {
    throw new GatewayError(
      "block/milestone-protocol-version",
      `The milestone has protocol version ${payload.protocolVersion}, its block ${block.protocolVersion}.`,
    );
  }
  // TIP-24: a milestone's block is authenticated by its signatures: no proof of work, nonce 0.
  if (block.nonce !== 0n) {
    throw new GatewayError("block/milestone-nonce", `The block of a milestone has nonce ${block.nonce}; it must be 0.`);
  }
  // TIP-29: the milestone's parents are those of its block.
  const isSame =
    payload.parents.length === block.parents.length &&
    payload.parents.every((parent, i) => parent === block.parents[i]);
  if (!isSame) {
    throw new GatewayError("block/milestone-parents", "The milestone's parents are not those of its block.");
  }
}
