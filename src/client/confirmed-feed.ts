import type {Hex} from "../bytes.ts";
import type {UnixSeconds} from "../units.ts";
import type {BlockId, MilestoneId} from "./node-client.ts";

/** A place in the confirmed order: after this block. Start of everything: `{milestoneIndex: 0, whiteFlagIndex: 0}`. */
export interface FeedCursor {
  readonly milestoneIndex: number;
  readonly whiteFlagIndex: number;
}

/** A tagged-data block in confirmed order. */
export interface ConfirmedTaggedData {
  readonly cursor: FeedCursor;
  readonly milestoneTimestamp: UnixSeconds;
  readonly blockId: BlockId;
  readonly tag: Hex;
  readonly data: Hex;
}

/** A milestone that has just been confirmed and is on disk. */
export interface ConfirmedMilestone {
  readonly index: number;
  readonly timestamp: UnixSeconds;
  readonly milestoneId: MilestoneId;
  readonly referencedBlocks: number;
}

/** Tagged blocks by (milestone, white-flag index), resumable at a cursor; the same for every node of the network. */
export interface ConfirmedFeed {
  /** Up to `limit` (1..1,000) blocks of one tag after a cursor. `next` is null when the end of what is confirmed is reached. */
  read(query: {tag: Hex; after: FeedCursor; limit: number}): Promise<{
    readonly blocks: readonly ConfirmedTaggedData[];
    readonly next: FeedCursor | null;
  }>;
  /** Calls back after each confirmed milestone; returns what ends that. A missed call is made good by `read`. */
  onMilestone(listener: (milestone: ConfirmedMilestone) => void): () => void;
}
