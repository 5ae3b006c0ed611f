// The blocks of a tag in confirmed order. A row holds up to 128 blocks of one milestone under the place of the first: a milestone over ten
// thousand readings of one machine adds eighty rows and not ten thousand. Rows never change.

import {blake2b256} from "../../blake2b.ts";
import {concatBytes, toHex} from "../../bytes.ts";
import type {FeedCursor} from "../../client/index.ts";
import {type BlockId, ID_SIZE} from "../../stardust/index.ts";
import {readU32, type Store, u32, type Write} from "../../storage/index.ts";
import {TABLES} from "./keys.ts";

/** A place in the tag index. */
export interface TagEntry {
  readonly cursor: FeedCursor;
  readonly blockId: BlockId;
}

/** A block of a tag within a milestone. */
export interface TaggedPlace {
  readonly whiteFlagIndex: number;
  readonly blockId: BlockId;
}

const BLOCKS_PER_ROW = 128;
/** White-flag index u32 (big-endian) and block id. */
const ENTRY_SIZE = 4 + ID_SIZE;

/** Rows for the blocks of one tag that a milestone references, in white-flag order. `tag`: the tag itself. */
export function tagRows(tag: Uint8Array, milestoneIndex: number, places: readonly TaggedPlace[]): Write[] {
  const tagHash = blake2b256(tag);
  const rows: Write[] = [];
  for (let start = 0; start < places.length; start += BLOCKS_PER_ROW) {
    const row = places.slice(start, start + BLOCKS_PER_ROW);
    rows.push({
      kind: "put",
      key: keyOf(tagHash, {milestoneIndex, whiteFlagIndex: row[0]!.whiteFlagIndex}),
      value: encode(row),
    });
  }
  return rows;
}

/** Up to `limit` entries of one tag after a cursor, in confirmed order. */
export async function* walkTag(
  store: Store,
  {tag, after, limit}: {tag: Uint8Array; after: FeedCursor; limit: number},
): AsyncIterable<TagEntry> {
  const tagHash = blake2b256(tag);
  const prefix = TABLES.tags.key(tagHash);
  let left = limit;
  // The row in which the cursor stands begins before it; all others follow.
  const place = keyOf(tagHash, after);
  for (const range of [
    {prefix, lte: place, isReverse: true, limit: 1},
    {prefix, gt: place},
  ]) {
    for await (const [key, value] of store.entries(range)) {
      const milestoneIndex = readU32(key, prefix.length);
      for (const {whiteFlagIndex, blockId} of decode(value)) {
        if (!isAfter({milestoneIndex, whiteFlagIndex}, after)) continue;
        if (left-- === 0) return;
        yield {cursor: {milestoneIndex, whiteFlagIndex}, blockId};
      }
    }
  }
}

function isAfter(place: FeedCursor, cursor: FeedCursor): boolean {
  return (
    place.milestoneIndex > cursor.milestoneIndex ||
    (place.milestoneIndex === cursor.milestoneIndex && place.whiteFlagIndex > cursor.whiteFlagIndex)
  );
}

function keyOf(tagHash: Uint8Array, {milestoneIndex, whiteFlagIndex}: FeedCursor): Uint8Array {
  // Tags have up to 64 bytes; their hashes are of one length, so no tag is the beginning of another's key.
  return TABLES.tags.key(concatBytes(tagHash, u32(milestoneIndex), u32(whiteFlagIndex)));
}

function encode(places: readonly TaggedPlace[]): Uint8Array {
  const bytes = Buffer.alloc(places.length * ENTRY_SIZE);
  places.forEach(({whiteFlagIndex, blockId}, i) => {
    bytes.writeUInt32BE(whiteFlagIndex, i * ENTRY_SIZE);
    bytes.write(blockId.slice(2), i * ENTRY_SIZE + 4, "hex");
  });
  return bytes;
}

function decode(bytes: Uint8Array): TaggedPlace[] {
  return Array.from({length: bytes.length / ENTRY_SIZE}, (_, i) => {
    const start = i * ENTRY_SIZE;
    return {whiteFlagIndex: readU32(bytes, start), blockId: toHex(bytes.subarray(start + 4, start + ENTRY_SIZE))};
  });
}
