// Proof that a milestone references a block, in the JSON of inx-poi: the milestone, the block, and the way from the block's leaf to
// the milestone's inclusion root as a tree with everything beside the way cut down to its hash:
//
//     {"l": {"h": "0x.."}, "r": {"l": {"value": "0x<block id>"}, "r": {"h": "0x.."}}}
//
// Whoever has the coordinator's public keys from elsewhere can check it with no network. It shows that the block existed at the
// milestone's time and was in the Tangle that the coordinator signed. It does not show that the network holds no other history: that
// is what comparing milestones with other nodes is for.

import {blake2b256} from "../blake2b.ts";
import {fromHex, type Hex, isHex, toHex} from "../bytes.ts";
import {GatewayError} from "../errors.ts";
import {hashNode, rootOfLeafHashes} from "../merkle.ts";
import {
  type Block,
  type BlockId,
  type BlockJson,
  blockFromJson,
  blockIdOf,
  blockToJson,
  type MilestoneId,
  type MilestoneJson,
  type MilestonePayload,
  milestoneFromJson,
  milestoneIdOf,
  milestoneToJson,
  serializeBlock,
  serializeMilestonePayload,
} from "../stardust/pure.ts";
import type {UnixSeconds} from "../units.ts";
import {leafHashOfId} from "./merkle-roots.ts";
import {
  type CoordinatorKeys,
  firstBadSignature,
  type SignatureFault,
  verifyMilestoneSignatures,
} from "./milestone-chain.ts";

/** A node of the path: an inner node, the hash of what is cut away, or the block's own id. */
export type ProofNode = {readonly l: ProofNode; readonly r: ProofNode} | {readonly h: Hex} | {readonly value: BlockId};

/** A proof of inclusion as JSON. */
export interface InclusionProof {
  readonly milestone: MilestoneJson;
  readonly block: BlockJson;
  readonly proof: ProofNode;
}

/** What the verifier trusts, from outside the proof. */
export interface InclusionTrust {
  readonly coordinator: CoordinatorKeys;
  readonly protocolVersion: number;
}

export type InclusionFault = "form" | "block" | "protocol-version" | "path" | "root" | SignatureFault;

/** What an inclusion proof shows. `signers` are the keys that signed the milestone. */
export interface InclusionFacts {
  readonly block: Block;
  readonly blockId: BlockId;
  readonly milestoneId: MilestoneId;
  readonly milestoneIndex: number;
  readonly milestoneTimestamp: UnixSeconds;
  readonly signers: readonly Hex[];
}

/** `consistent`: everything fits, but no trusted keys were given, so the signers could be anybody. */
export type InclusionVerdict =
  | ({readonly state: "included" | "consistent"} & InclusionFacts)
  | {readonly state: "invalid"; readonly fault: InclusionFault; readonly because: string};

/** Depth of a proof's tree; 2^64 blocks are never in one milestone. */
const DEPTH_MAX = 64;

/** Makes the proof of the block at place `whiteFlagIndex` among `referenced`, all ids of the milestone in white-flag order. */
export function createInclusionProof(
  block: Block,
  {
    milestone,
    referenced,
    whiteFlagIndex,
  }: {milestone: MilestonePayload; referenced: readonly BlockId[]; whiteFlagIndex: number},
): InclusionProof {
  const blockId = blockIdOf(serializeBlock(block));
  if (referenced[whiteFlagIndex] !== blockId) {
    throw new GatewayError("inclusion-proof/not-referenced", `Block ${blockId} is not at place ${whiteFlagIndex}.`, {
      blockId,
      whiteFlagIndex,
    });
  }
  const leafHashes = referenced.map(leafHashOfId);
  return {
    milestone: milestoneToJson(milestone),
    block: blockToJson(block),
    proof: pathTo(whiteFlagIndex, blockId, leafHashes),
  };
}

/**
 * Checks all of a proof: form, the block's rules, the path from its re-hashed bytes to the milestone's root, the milestone's id, and
 * the signatures by the keys and threshold of `trust` at its index. Never throws: bad input is a verdict.
 */
export function verifyInclusionProof(proof: unknown, trust: InclusionTrust | null): InclusionVerdict {
  const parts = readParts(proof);
  if ("state" in parts) return parts;
  const {milestone, block} = parts;

  let blockId: BlockId;
  try {
    blockId = blockIdOf(serializeBlock(block));
  } catch (error) {
    return invalid("block", sentenceOfRefusal(error));
  }
  if (
    trust !== null &&
    (block.protocolVersion !== trust.protocolVersion || milestone.protocolVersion !== trust.protocolVersion)
  ) {
    return invalid(
      "protocol-version",
      `The network has protocol version ${trust.protocolVersion}, the proof another one.`,
    );
  }

  const root = rootOfPath(parts.path, blockId);
  if (root === null) return invalid("path", `The path is not a tree of l, r and h that leads to the block ${blockId}.`);
  if (root !== milestone.inclusionMerkleRoot) {
    return invalid("root", `The path leads to ${root}, the milestone has ${milestone.inclusionMerkleRoot}.`);
  }

  const fault = signatureFault(milestone, trust);
  if (fault !== null) return fault;
  return {
    state: trust === null ? "consistent" : "included",
    block,
    blockId,
    milestoneId: milestoneIdOf(milestone),
    milestoneIndex: milestone.index,
    milestoneTimestamp: milestone.timestamp,
    signers: milestone.signatures.map(({publicKey}) => publicKey),
  };
}

type Invalid = Extract<InclusionVerdict, {state: "invalid"}>;

function signatureFault(milestone: MilestonePayload, trust: InclusionTrust | null): Invalid | null {
  if (trust !== null) {
    const verdict = verifyMilestoneSignatures(milestone, trust.coordinator);
    return verdict.state === "valid" ? null : invalid(verdict.fault, verdict.because);
  }
  const bad = firstBadSignature(milestone);
  return bad === null ? null : invalid("bad-signature", `The signature of ${bad} is wrong.`);
}

// The parts must be the very JSON that a node writes: a proof with other spelling (upper-case hex, unknown fields) was touched.
function readParts(proof: unknown): {milestone: MilestonePayload; block: Block; path: unknown} | Invalid {
  if (!isRecord(proof) || !hasOnly(proof, ["milestone", "block", "proof"])) {
    return invalid("form", "A proof has the fields milestone, block and proof, and no others.");
  }
  try {
    const milestone = milestoneFromJson(proof.milestone);
    serializeMilestonePayload(milestone);
    const block = blockFromJson(proof.block);
    if (!isSameJson(proof.milestone, milestoneToJson(milestone)))
      return invalid("form", "The milestone is not in the form nodes write.");
    if (!isSameJson(proof.block, blockToJson(block)))
      return invalid("form", "The block is not in the form nodes write.");
    return {milestone, block, path: proof.proof};
  } catch (error) {
    return invalid("form", sentenceOfRefusal(error));
  }
}

// Walks down to the block's leaf. At every node one side is a hash and the other leads on (two hashes end in the second one, which is
// no leaf), so each proof has one spelling and costs its own depth.
function rootOfPath(path: unknown, blockId: BlockId): Hex | null {
  const siblings: {readonly hash: Uint8Array; readonly isLeft: boolean}[] = [];
  let node = path;
  while (!isRecord(node) || !hasOnly(node, ["value"])) {
    if (!isRecord(node) || !hasOnly(node, ["l", "r"]) || siblings.length >= DEPTH_MAX) return null;
    const left = siblingHash(node.l);
    const right = siblingHash(node.r);
    const hash = left ?? right;
    if (hash === null) return null;
    siblings.push({hash, isLeft: left !== null});
    node = left === null ? node.l : node.r;
  }
  if (node.value !== blockId) return null;
  const leaf = leafHashOfId(blockId);
  return toHex(
    siblings.reduceRight(
      (below, {hash, isLeft}) => (isLeft ? hashNode(blake2b256, hash, below) : hashNode(blake2b256, below, hash)),
      leaf,
    ),
  );
}

function siblingHash(node: unknown): Uint8Array | null {
  return isRecord(node) && hasOnly(node, ["h"]) && isHex(node.h, 32) ? fromHex(node.h) : null;
}

function pathTo(index: number, blockId: BlockId, leafHashes: readonly Uint8Array[]): ProofNode {
  if (leafHashes.length === 1) return {value: blockId};
  let split = 1;
  while (split * 2 < leafHashes.length) split *= 2;
  const left = leafHashes.slice(0, split);
  const right = leafHashes.slice(split);
  const hashed = (side: readonly Uint8Array[]): ProofNode => ({h: toHex(rootOfLeafHashes(blake2b256, side))});
  return index < split
    ? {l: pathTo(index, blockId, left), r: hashed(right)}
    : {l: hashed(left), r: pathTo(index - split, blockId, right)};
}

function isSameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => isSameJson(item, b[i]))
    );
  }
  if (!isRecord(a) || !isRecord(b)) return a === b;
  const keys = Object.keys(a);
  return hasOnly(b, keys) && keys.every((key) => isSameJson(a[key], b[key]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasOnly(record: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean {
  return Object.keys(record).length === keys.length && keys.every((key) => Object.hasOwn(record, key));
}

function sentenceOfRefusal(error: unknown): string {
  if (error instanceof GatewayError) return error.message;
  throw error;
}

function invalid(fault: InclusionFault, because: string): Invalid {
  return {state: "invalid", fault, because};
}
