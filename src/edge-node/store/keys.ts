import {table} from "../../storage/index.ts";

/** Version of what the tables hold. A newer one is refused; an older one is migrated after a backup. */
export const STORE_VERSION = 1;

/**
 * The node's tables. A number is never used again for anything else.
 *
 * | number | key | value |
 * |---|---|---|
 * | 0 | | version u32, network id u64 |
 * | 1 | block id | the block's bytes |
 * | 2 | block id | how a milestone references it; see reference.ts |
 * | 3 | milestone index u32 | milestone id, block id, timestamp u32, number of referenced blocks u32 |
 * | 4 | milestone id | milestone index u32 |
 * | 5 | milestone index u32 | ids of the blocks it references, in white-flag order |
 * | 6 | BLAKE2b-256 of a tag, milestone index u32, white-flag index u32 | blocks of the tag from there on; see tag-index.ts |
 * | 7 | arrival number u64 | ids of blocks that arrived together, parents before children; gone when none of them waits |
 */
export const TABLES = {
  version: table(0),
  blocks: table(1),
  references: table(2),
  milestones: table(3),
  milestoneIndexes: table(4),
  referenced: table(5),
  tags: table(6),
  arrivals: table(7),
} as const;
