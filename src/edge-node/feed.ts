import {fromHex, toHex} from "../bytes.ts";
import type {ConfirmedFeed, ConfirmedTaggedData, FeedCursor, NetworkFile} from "../client/index.ts";
import {assert, GatewayError} from "../errors.ts";
import {parseBlock} from "../stardust/index.ts";
import type {NodeLimits} from "./limits.ts";
import type {NodeEvents} from "./node-events.ts";
import type {NodeStore} from "./store/node-store.ts";
import type {TagEntry} from "./store/tag-index.ts";

/** The confirmed feed over the node's tag index. A page ends at `limit` blocks or at `limits.pageBytes` of blocks, whatever is first. */
export function createFeed(
  options: {network: NetworkFile; limits: NodeLimits},
  deps: {store: () => NodeStore; events: NodeEvents},
): ConfirmedFeed {
  const {limits, network} = options;

  const blockAt = (store: NodeStore, {cursor, blockId}: TagEntry) => {
    const bytes = store.block(blockId);
    const row = store.milestone(cursor.milestoneIndex);
    assert(bytes !== null && row !== null, "what the tag index names is in the store");
    const {payload} = parseBlock(bytes, network.protocol);
    assert(payload?.kind === "tagged-data", "the tag index names tagged data alone");
    const block: ConfirmedTaggedData = {
      cursor,
      blockId,
      milestoneTimestamp: row.timestamp,
      tag: toHex(payload.tag),
      data: toHex(payload.data),
    };
    return {block, size: bytes.length};
  };

  return {
    read: async ({tag, after, limit}) => {
      if (!Number.isInteger(limit) || limit < 1 || limit > limits.pageBlocks) {
        throw new GatewayError("node/page-size", `A page has 1 to ${limits.pageBlocks} blocks, not ${limit}.`, {limit});
      }
      const store = deps.store();
      const blocks: ConfirmedTaggedData[] = [];
      let size = 0;
      // One more than asked for tells whether there is a next page.
      for await (const entry of store.tagged({tag: fromHex(tag), after, limit: limit + 1})) {
        const {block, size: blockSize} = blockAt(store, entry);
        size += blockSize;
        if (blocks.length === limit || (size > limits.pageBytes && blocks.length > 0))
          return {blocks, next: lastCursor(blocks)};
        blocks.push(block);
      }
      return {blocks, next: null};
    },
    onMilestone: (listener) => deps.events.on("milestone", ({milestone}) => listener(milestone)),
  };
}

function lastCursor(blocks: readonly ConfirmedTaggedData[]): FeedCursor {
  return blocks.at(-1)!.cursor;
}
