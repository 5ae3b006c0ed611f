import type {Hex} from "../bytes.ts";
import type {UnixSeconds} from "../units.ts";

/** BLAKE2b-256 of a block's bytes. */
export type BlockId = Hex;
export type MilestoneId = Hex;

/** State of a block: `pending` until a milestone references it. */
export type BlockState = "pending" | "confirmed" | "conflicting";

/** TIP-25 block metadata. Fields of the milestone are absent while the block is not referenced. */
export interface BlockMetadata {
  readonly blockId: BlockId;
  readonly parents: readonly BlockId[];
  readonly isSolid: boolean;
  readonly referencedByMilestoneIndex?: number;
  readonly milestoneIndex?: number;
  readonly ledgerInclusionState?: "noTransaction" | "included" | "conflicting";
  readonly conflictReason?: number;
  readonly whiteFlagIndex?: number;
  readonly shouldPromote?: boolean;
  readonly shouldReattach?: boolean;
}

/** One milestone as a service needs it. `payload` is the TIP-29 payload's bytes. */
export interface Milestone {
  readonly index: number;
  readonly timestamp: UnixSeconds;
  readonly milestoneId: MilestoneId;
  readonly payload: Uint8Array;
}

/** What a tagged-data block carries (TIP-23): tag up to 64 bytes, data up to what a block of 32,768 bytes holds. */
export interface TaggedDataInput {
  readonly tag: Uint8Array;
  readonly data: Uint8Array;
}

/** Identity of the network a node belongs to. */
export interface NodeInfo {
  readonly networkName: string;
  readonly protocolVersion: number;
  readonly minPowScore: number;
  readonly isHealthy: boolean;
  readonly latestMilestoneIndex: number;
  readonly confirmedMilestoneIndex: number;
  readonly pruningIndex: number;
}

/**
 * Proof that a milestone references a block, in inx-poi's JSON: `milestone` (TIP-25 JSON of the payload), `block` (TIP-25 JSON) and
 * `proof` (TIP-4 path: a node is `{l, r}`, a sibling `{h}`, the block's own leaf `{value}`).
 */
export interface BlockInclusionProof {
  readonly milestone: unknown;
  readonly block: unknown;
  readonly proof: unknown;
}

/** What any Stardust node gives. The embedded node and a remote one have the same face. */
export interface NodeClient {
  info(): Promise<NodeInfo>;
  tips(): Promise<readonly BlockId[]>;
  /** Selects tips, mines, stores; resolves with the id when the block is on disk. Errors: `node/busy`, `node/unavailable`. */
  submitTaggedData(input: TaggedDataInput, options?: {signal?: AbortSignal}): Promise<BlockId>;
  /** Submits a complete serialized block. Errors: `block/...` with what is wrong. */
  submitBlock(bytes: Uint8Array): Promise<BlockId>;
  block(blockId: BlockId): Promise<Uint8Array | null>;
  blockMetadata(blockId: BlockId): Promise<BlockMetadata | null>;
  milestone(index: number): Promise<Milestone | null>;
  /** Optional capability; null while the block is not referenced. */
  proveInclusion?(blockId: BlockId): Promise<BlockInclusionProof | null>;
}
