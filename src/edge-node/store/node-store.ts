import {concatBytes, type Hex, toHex} from "../../bytes.ts";
import type {FeedCursor} from "../../client/index.ts";
import {assert, GatewayError} from "../../errors.ts";
import {type BlockId, ID_SIZE, type MilestoneId, networkIdOf} from "../../stardust/index.ts";
import {readU32, readU64, type Store, u32, u64, type Write} from "../../storage/index.ts";
import type {UnixSeconds} from "../../units.ts";
import {STORE_VERSION, TABLES} from "./keys.ts";
import {decodeReference, encodeReference, type Reference} from "./reference.ts";
import {type TagEntry, walkTag} from "./tag-index.ts";

/** A confirmed milestone. */
export interface MilestoneRow {
  readonly index: number;
  readonly milestoneId: MilestoneId;
  readonly blockId: BlockId;
  readonly timestamp: UnixSeconds;
  readonly referencedBlocks: number;
}

/** Blocks that went to disk together, parents before children. */
export interface Arrivals {
  readonly number: number;
  readonly blockIds: readonly BlockId[];
}

/** The node's store, table by table. Look-ups are synchronous and give null for what is not there. */
export interface NodeStore {
  block(blockId: BlockId): Uint8Array | null;
  hasBlock(blockId: BlockId): boolean;
  reference(blockId: BlockId): Reference | null;
  milestone(index: number): MilestoneRow | null;
  milestoneIndexOf(milestoneId: MilestoneId): number | null;
  lastMilestone(): Promise<MilestoneRow | null>;
  /** Blocks that a milestone references, in white-flag order. */
  referencedBy(index: number): readonly BlockId[] | null;
  /** Up to `limit` entries of one tag after a cursor, in confirmed order. */
  tagged(query: {tag: Uint8Array; after: FeedCursor; limit: number}): AsyncIterable<TagEntry>;
  /** All rows of blocks that may still wait for a milestone, in the order of their arrival. */
  arrivals(): AsyncIterable<Arrivals>;
  write(batch: readonly Write[]): Promise<void>;
}

/**
 * Opens the tables in `store`, making them when it is empty. Errors: `node/store-newer` when a newer program wrote it,
 * `node/store-network` when it belongs to another network.
 */
export async function openNodeStore(store: Store, options: {networkName: string}): Promise<NodeStore> {
  await checkVersion(store, options.networkName);
  return {
    block: (blockId) => store.get(TABLES.blocks.key(idBytes(blockId))),
    hasBlock: (blockId) => store.has(TABLES.blocks.key(idBytes(blockId))),
    reference: (blockId) => {
      const bytes = store.get(TABLES.references.key(idBytes(blockId)));
      return bytes === null ? null : decodeReference(bytes);
    },
    milestone: (index) => {
      const bytes = store.get(TABLES.milestones.key(u32(index)));
      return bytes === null ? null : decodeMilestone(index, bytes);
    },
    milestoneIndexOf: (milestoneId) => {
      const bytes = store.get(TABLES.milestoneIndexes.key(idBytes(milestoneId)));
      return bytes === null ? null : readU32(bytes);
    },
    lastMilestone: async () => {
      for await (const [key, value] of store.entries({prefix: TABLES.milestones.key(), isReverse: true, limit: 1}))
        return decodeMilestone(readU32(TABLES.milestones.rest(key)), value);
      return null;
    },
    referencedBy: (index) => {
      const bytes = store.get(TABLES.referenced.key(u32(index)));
      return bytes === null ? null : splitIds(bytes);
    },
    tagged: (query) => walkTag(store, query),
    arrivals: () => walkArrivals(store),
    // Whatever the node writes was promised to somebody.
    write: (batch) => store.write(batch, {isSynced: true}),
  };
}

/** Rows as changes of a batch. */
export const rows = {
  block: (blockId: BlockId, bytes: Uint8Array): Write => put(TABLES.blocks.key(idBytes(blockId)), bytes),
  reference: (blockId: BlockId, reference: Reference): Write =>
    put(TABLES.references.key(idBytes(blockId)), encodeReference(reference)),
  milestone: (row: MilestoneRow): readonly Write[] => [
    put(
      TABLES.milestones.key(u32(row.index)),
      concatBytes(idBytes(row.milestoneId), idBytes(row.blockId), u32(row.timestamp), u32(row.referencedBlocks)),
    ),
    put(TABLES.milestoneIndexes.key(idBytes(row.milestoneId)), u32(row.index)),
  ],
  referenced: (index: number, blockIds: readonly BlockId[]): Write =>
    put(TABLES.referenced.key(u32(index)), joinIds(blockIds)),
  arrivals: (arrivals: Arrivals): Write => put(TABLES.arrivals.key(u64(arrivals.number)), joinIds(arrivals.blockIds)),
  arrivalsGone: (number: number): Write => ({kind: "delete", key: TABLES.arrivals.key(u64(number))}),
} as const;

function put(key: Uint8Array, value: Uint8Array): Write {
  return {kind: "put", key, value};
}

async function checkVersion(store: Store, networkName: string): Promise<void> {
  const networkId = new Uint8Array(8);
  new DataView(networkId.buffer).setBigUint64(0, networkIdOf(networkName));
  const expected = concatBytes(u32(STORE_VERSION), networkId);
  const found = store.get(TABLES.version.key());
  if (found === null) return store.write([put(TABLES.version.key(), expected)], {isSynced: true});
  const version = readU32(found);
  if (version > STORE_VERSION) {
    throw new GatewayError(
      "node/store-newer",
      `The node's store was written by a newer version of the program (form ${version}, this one knows ${STORE_VERSION}). Install that version or restore a backup.`,
      {version, known: STORE_VERSION},
    );
  }
  if (toHex(found.subarray(4)) !== toHex(networkId)) {
    throw new GatewayError(
      "node/store-network",
      `The node's store belongs to another network than "${networkName}". Use the network.json it was made with, or an empty folder.`,
      {networkName},
    );
  }
}

async function* walkArrivals(store: Store): AsyncIterable<Arrivals> {
  for await (const [key, value] of store.entries({prefix: TABLES.arrivals.key()}))
    yield {number: readU64(TABLES.arrivals.rest(key)), blockIds: splitIds(value)};
}

function decodeMilestone(index: number, bytes: Uint8Array): MilestoneRow {
  return {
    index,
    milestoneId: idAt(bytes, 0),
    blockId: idAt(bytes, ID_SIZE),
    timestamp: readU32(bytes, 2 * ID_SIZE),
    referencedBlocks: readU32(bytes, 2 * ID_SIZE + 4),
  };
}

function joinIds(ids: readonly Hex[]): Uint8Array {
  const joined = Buffer.alloc(ids.length * ID_SIZE);
  ids.forEach((id, i) => {
    joined.write(id.slice(2), i * ID_SIZE, "hex");
  });
  return joined;
}

// Node's own decoder is five times as fast as the ground floor's, and a large milestone makes tens of thousands of keys.
function idBytes(id: Hex): Uint8Array {
  return Buffer.from(id.slice(2), "hex");
}

function splitIds(bytes: Uint8Array): Hex[] {
  assert(bytes.length % ID_SIZE === 0, "a list of ids is whole");
  return Array.from({length: bytes.length / ID_SIZE}, (_, i) => idAt(bytes, i * ID_SIZE));
}

function idAt(bytes: Uint8Array, offset: number): Hex {
  return toHex(bytes.subarray(offset, offset + ID_SIZE));
}
