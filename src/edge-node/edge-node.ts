import type {
  BlockInclusionProof,
  BlockMetadata,
  ConfirmedFeed,
  ConfirmedTaggedData,
  FeedCursor,
  NetworkFile,
  NodeClient,
} from "../client/index.ts";
import type {Service} from "../service.ts";
import type {Block, BlockId, MilestoneId} from "../stardust/index.ts";
import type {NodeEvents} from "./node-events.ts";
import type {MilestoneRow} from "./store/node-store.ts";

/** How a node is doing. */
export interface NodeStatus {
  /** Whether it confirms, its clock is trusted where it coordinates, and its store takes blocks. */
  readonly isHealthy: boolean;
  /** Why not, in words that say what to do; null when healthy. */
  readonly because: string | null;
  /** Whether blocks are taken and tips given. */
  readonly isSynced: boolean;
  /** Last milestone known and last one confirmed; null before the first. */
  readonly latestMilestone: MilestoneHead | null;
  readonly confirmedMilestone: MilestoneRow | null;
  readonly pruningIndex: number;
  readonly tips: number;
  readonly unreferencedBlocks: number;
  /** Rates between the last two milestones. */
  readonly blocksPerSecond: number;
  readonly referencedBlocksPerSecond: number;
  /** Referenced to new blocks between the last two milestones, percent. */
  readonly referencedRate: number;
}

export type MilestoneHead = Pick<MilestoneRow, "index" | "milestoneId" | "timestamp">;

/** A block as a client may hand it in: without parents and nonce the node selects tips and mines. `bytes` when it came serialized. */
export interface BlockDraft {
  readonly block: Block;
  readonly bytes?: Uint8Array;
}

/** What became of a block that a peer sent. `unsolid`: kept until its parents arrive. */
export type ReceiveOutcome =
  | {readonly state: "known"; readonly blockId: BlockId}
  | {readonly state: "solid"; readonly blockId: BlockId}
  | {readonly state: "unsolid"; readonly blockId: BlockId; readonly missing: readonly BlockId[]};

/** A page of the confirmed blocks of one tag. */
export interface TaggedPage {
  readonly blocks: readonly ConfirmedTaggedData[];
  readonly next: FeedCursor | null;
}

/** A node of the network in this process. */
export interface EdgeNode extends Service {
  readonly network: NetworkFile;
  readonly client: NodeClient;
  readonly feed: ConfirmedFeed;
  readonly events: NodeEvents;
  /** Whether blocks without proof of work are mined here. */
  readonly canMine: boolean;
  status(): NodeStatus;

  block(blockId: BlockId): Uint8Array | null;
  metadata(blockId: BlockId): BlockMetadata | null;
  milestone(index: number): MilestoneRow | null;
  milestoneById(milestoneId: MilestoneId): MilestoneRow | null;
  /** TIP-29 bytes of a milestone. */
  milestonePayload(row: MilestoneRow): Uint8Array;
  /** 1..4 tips, sorted. Errors: `node/unavailable` while not synced. */
  tips(options?: {allowSemiLazy?: boolean}): readonly BlockId[];
  /** TIP-25's POST /blocks: fills in what is missing, checks, stores. Resolves when the block is on disk. Errors: `block/...`, `node/...`. */
  attach(draft: BlockDraft, signal?: AbortSignal): Promise<BlockId>;
  /** A block from a peer, in any order. Errors: `block/...` for what no honest peer sends. */
  receive(bytes: Uint8Array): Promise<ReceiveOutcome>;
  /** Proof that a milestone references a block; null when there is no such block or it is not referenced. */
  proveInclusion(blockId: BlockId): BlockInclusionProof | null;
  /** Whether a proof in inx-poi's JSON holds against this network's coordinator keys. Errors: `block/json` when it is not one. */
  checkInclusion(proof: unknown): boolean;
  /** An operator's word that the clock shows the right time: milestones are issued again. */
  confirmTime(): void;
}
