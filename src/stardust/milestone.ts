import {blake2b256} from "../blake2b.ts";
import {fromHex, type Hex, toHex} from "../bytes.ts";
import {GatewayError} from "../errors.ts";
import type {UnixSeconds} from "../units.ts";
import {Reader, Writer} from "./codec.ts";
import {FIRST_MILESTONE_INDEX, ID_SIZE, METADATA_SIZE_MAX, PARAMETERS_AHEAD_MAX, SIGNATURE_SIZE} from "./limits.ts";
import {type MilestoneOption, readOptions, writeOptions} from "./milestone-option.ts";
import {type BlockId, readParents, writeParents} from "./parents.ts";

export const MILESTONE_TYPE = 7;
const ED25519_SIGNATURE_TYPE = 0;
/** A migrated amount below this is refused (TIP-34). */
const MIGRATED_AMOUNT_MIN = 1_000_000n;
const ZERO_ID: Hex = `0x${"00".repeat(ID_SIZE)}`;

/** BLAKE2b-256 of a milestone's essence, 0x-hex of 32 bytes; also the message that its keys sign. TIP-29. */
export type MilestoneId = Hex;

/** The signed part of a milestone (TIP-29). */
export interface MilestoneEssence {
  /** 1..2^32 - 1. */
  readonly index: number;
  readonly timestamp: UnixSeconds;
  readonly protocolVersion: number;
  /** All zero for the first milestone. */
  readonly previousMilestoneId: MilestoneId;
  readonly parents: readonly BlockId[];
  /** Merkle root over all blocks newly referenced, in white-flag order (TIP-4). */
  readonly inclusionMerkleRoot: Hex;
  /** Merkle root over the transaction blocks among them that changed the ledger. */
  readonly appliedMerkleRoot: Hex;
  /** 0..8,192 bytes that mean something to the issuer alone. */
  readonly metadata: Uint8Array;
  /** Ascending by type, at most one of each. */
  readonly options: readonly MilestoneOption[];
}

export interface MilestoneSignature {
  /** Ed25519, 0x-hex of 32 bytes. */
  readonly publicKey: Hex;
  /** 64 bytes over the milestone id. */
  readonly signature: Uint8Array;
}

/** Payload of a block that issues a milestone (TIP-29). Signatures are sorted by public key, each key once. */
export interface MilestonePayload extends MilestoneEssence {
  readonly kind: "milestone";
  readonly signatures: readonly MilestoneSignature[];
}

const METADATA_BOUNDS = {max: METADATA_SIZE_MAX};

/** Bytes of the essence, which the milestone id hashes. */
export function serializeMilestoneEssence(essence: MilestoneEssence): Uint8Array {
  const writer = new Writer("block");
  writeEssence(writer, essence);
  return writer.finish();
}

/** Id of a milestone: BLAKE2b-256 of its essence. Signatures do not change it. */
export function milestoneIdOf(essence: MilestoneEssence): MilestoneId {
  return toHex(blake2b256(serializeMilestoneEssence(essence)));
}

/** Who can sign a milestone: identity's `Signer` is one. `publicKey`: 32 bytes. */
export interface MilestoneSigner {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** A milestone signed by all of `signers` over its id, the signatures sorted by public key. */
export function signMilestone(essence: MilestoneEssence, signers: readonly MilestoneSigner[]): MilestonePayload {
  const message = fromHex(milestoneIdOf(essence));
  const signatures = signers
    .map((signer) => ({publicKey: toHex(signer.publicKey), signature: signer.sign(message)}))
    .sort((a, b) => (a.publicKey < b.publicKey ? -1 : 1));
  return {kind: "milestone", ...essence, signatures};
}

/** Bytes of the whole payload, type first. */
export function serializeMilestonePayload(milestone: MilestonePayload): Uint8Array {
  const writer = new Writer("block");
  writeMilestone(writer, milestone);
  return writer.finish();
}

/** Reads a whole payload, type first. Rules that need the block around it are `parseBlock`'s. Errors: `block/...`. */
export function parseMilestonePayload(bytes: Uint8Array): MilestonePayload {
  const reader = new Reader(bytes, "block");
  const type = reader.u32("payload type");
  if (type !== MILESTONE_TYPE) {
    throw new GatewayError("block/payload-type", `The payload has type ${type}; a milestone has ${MILESTONE_TYPE}.`, {
      type,
    });
  }
  const milestone = readMilestone(reader);
  reader.end();
  return milestone;
}

/** Reads what follows the payload type. */
export function readMilestone(reader: Reader): MilestonePayload {
  return {
    kind: "milestone",
    index: reader.u32("milestone index"),
    timestamp: reader.u32("milestone timestamp"),
    protocolVersion: reader.u8("milestone protocol version"),
    previousMilestoneId: reader.hex("previous milestone id", ID_SIZE),
    parents: readParents(reader),
    inclusionMerkleRoot: reader.hex("inclusion Merkle root", ID_SIZE),
    appliedMerkleRoot: reader.hex("applied Merkle root", ID_SIZE),
    // TIP-29: metadata has at most Max Metadata Length bytes.
    metadata: reader.sized("milestone metadata", "u16", METADATA_BOUNDS),
    options: readOptions(reader),
    signatures: readSignatures(reader),
  };
}

/** Writes the payload with its type. */
export function writeMilestone(writer: Writer, milestone: MilestonePayload): void {
  writer.u32("payload type", MILESTONE_TYPE);
  writeEssence(writer, milestone);
  checkSignatures(milestone.signatures.map(({publicKey}) => publicKey));
  writer.u8("signatures count", milestone.signatures.length);
  for (const {publicKey, signature} of milestone.signatures) {
    writer.u8("signature type", ED25519_SIGNATURE_TYPE).hex("public key", publicKey, ID_SIZE);
    if (signature.length !== SIGNATURE_SIZE) {
      throw new GatewayError(
        "block/length",
        `A signature has ${SIGNATURE_SIZE} bytes; this one has ${signature.length}.`,
        {
          field: "signature",
          size: signature.length,
        },
      );
    }
    writer.bytes(signature);
  }
}

/**
 * The rules of TIP-29 and TIP-34 on values, past the layout, as far as one milestone shows. Errors: `block/milestone-index`,
 * `/milestone-previous`, `/milestone-target-index`, `/receipt-amount`. Keys, threshold and the chain are tangle/milestone-chain's.
 */
export function checkMilestoneValues(milestone: MilestoneEssence): void {
  const {index} = milestone;
  // TIP-29: the index is not below First Milestone Index.
  if (index < FIRST_MILESTONE_INDEX) {
    throw new GatewayError("block/milestone-index", `Milestones begin at ${FIRST_MILESTONE_INDEX}, not at ${index}.`, {
      index,
    });
  }
  // TIP-29: the first milestone has no previous one; its field is zero. (Its Merkle roots are those of empty lists: nodes compare them.)
  if (index === FIRST_MILESTONE_INDEX && milestone.previousMilestoneId !== ZERO_ID) {
    throw new GatewayError(
      "block/milestone-previous",
      "The first milestone names a previous one; the id must be zero.",
    );
  }
  for (const option of milestone.options) {
    if (option.kind === "protocol-parameters") {
      // TIP-29: the target is later than this milestone, by at most 30.
      const target = option.targetMilestoneIndex;
      if (target > index && target <= index + PARAMETERS_AHEAD_MAX) continue;
      throw new GatewayError(
        "block/milestone-target-index",
        `New protocol parameters are for ${index + 1} to ${index + PARAMETERS_AHEAD_MAX}, not for ${target}.`,
        {index, target},
      );
    }
    // TIP-34: every fund is at least 1,000,000.
    const small = option.funds.find((fund) => fund.deposit < MIGRATED_AMOUNT_MIN);
    if (small !== undefined) {
      throw new GatewayError("block/receipt-amount", `A migrated amount is ${small.deposit}; the least is 1000000.`);
    }
  }
}

function writeEssence(writer: Writer, essence: MilestoneEssence): void {
  writer
    .u32("milestone index", essence.index)
    .u32("milestone timestamp", essence.timestamp)
    .u8("milestone protocol version", essence.protocolVersion)
    .hex("previous milestone id", essence.previousMilestoneId, ID_SIZE);
  writeParents(writer, essence.parents);
  writer
    .hex("inclusion Merkle root", essence.inclusionMerkleRoot, ID_SIZE)
    .hex("applied Merkle root", essence.appliedMerkleRoot, ID_SIZE)
    .sized("milestone metadata", "u16", essence.metadata, METADATA_BOUNDS);
  writeOptions(writer, essence.options);
}

function readSignatures(reader: Reader): MilestoneSignature[] {
  const count = reader.u8("signatures count");
  const signatures = Array.from({length: count}, () => {
    const type = reader.u8("signature type");
    // TIP-29: every signature is an Ed25519 signature.
    if (type !== ED25519_SIGNATURE_TYPE) {
      throw new GatewayError("block/signature-type", `A signature has type ${type}; only Ed25519 (0) is known.`, {
        type,
      });
    }
    return {publicKey: reader.hex("public key", ID_SIZE), signature: reader.bytes("signature", SIGNATURE_SIZE)};
  });
  checkSignatures(signatures.map(({publicKey}) => publicKey));
  return signatures;
}

function checkSignatures(publicKeys: readonly Hex[]): void {
  // TIP-29: there is a signature; the threshold is at least one.
  if (publicKeys.length === 0) throw new GatewayError("block/signatures-count", "The milestone carries no signature.");
  for (let i = 1; i < publicKeys.length; i++) {
    const publicKey = publicKeys[i]!;
    // TIP-29: every public key is there once.
    if (publicKey === publicKeys[i - 1]) {
      throw new GatewayError("block/signatures-duplicate", `The key ${publicKey} signs twice.`, {publicKey});
    }
    // TIP-29: signatures are sorted by public key, as bytes.
    if (publicKey < publicKeys[i - 1]!) {
      throw new GatewayError("block/signatures-order", "The signatures are not sorted by public key.", {publicKey});
    }
  }
}
