import type {Reader, Writer} from "./codec.ts";
import {BLOCK_SIZE_MAX, TAG_SIZE_MAX} from "./limits.ts";

export const TAGGED_DATA_TYPE = 5;

/** Payload of any data under a tag (TIP-23). `tag`: 0..64 bytes; `data`: as much as the block still holds. */
export interface TaggedData {
  readonly kind: "tagged-data";
  readonly tag: Uint8Array;
  readonly data: Uint8Array;
}

// TIP-23: the tag has at most Max Tag Length bytes; an empty one is left out.
const TAG_BOUNDS = {max: TAG_SIZE_MAX};
const DATA_BOUNDS = {max: BLOCK_SIZE_MAX};

/** Reads what follows the payload type. */
export function readTaggedData(reader: Reader): TaggedData {
  const tag = reader.sized("tag", "u8", TAG_BOUNDS);
  const data = reader.sized("data", "u32", DATA_BOUNDS);
  return {kind: "tagged-data", tag, data};
}

/** Writes the payload with its type. */
export function writeTaggedData(writer: Writer, payload: TaggedData): void {
  writer
    .u32("payload type", TAGGED_DATA_TYPE)
    .sized("tag", "u8", payload.tag, TAG_BOUNDS)
    .sized("data", "u32", payload.data, DATA_BOUNDS);
}
