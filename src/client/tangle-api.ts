// The forms in which the console draws the Tangle: `GET /api/gateway/v1/tangle` and the server-sent events `blocks` and `confirmed`.

import type {BlockId} from "./node-client.ts";

/** A block as a picture needs it. */
export interface TangleBlock {
  readonly id: BlockId;
  readonly parents: readonly BlockId[];
  /** `checkpoint`: a block without a payload. */
  readonly kind: "milestone" | "tagged-data" | "checkpoint";
  /** Tag as text where it is readable, else 0x-hex; null without one. */
  readonly tag: string | null;
  /** Index of the milestone that the block carries; null for all others. */
  readonly index: number | null;
  /** Size in bytes. */
  readonly bytes: number;
  /** When it arrived here, Unix ms; null for blocks from before the start of the gateway. */
  readonly arrivedMs: number | null;
  /** Index of the milestone that references it; null while it waits. */
  readonly confirmedBy: number | null;
}

/** Answer of `GET /tangle?limit=`: the newest blocks, at most 1,000, in the order in which they arrived. */
export interface TanglePicture {
  readonly items: readonly TangleBlock[];
}

/** Event `blocks`: new ones of the last quarter of a second; `more` did not fit. */
export interface TangleBlocks {
  readonly items: readonly TangleBlock[];
  readonly more: number;
}

/** Event `confirmed`: a milestone with what it references; of many only the newest 1,000 are named. */
export interface TangleConfirmation {
  readonly index: number;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly blocks: readonly BlockId[];
}
