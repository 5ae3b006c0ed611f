// The newest blocks of the Tangle, kept for the console's picture: a bounded window fed by the node's events. At start it is filled by
// walking back from the tips, so that the picture is not empty.

import {toHex} from "../bytes.ts";
import type {BlockId, TangleBlock, TanglePicture} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import type {EdgeNode} from "../edge-node/index.ts";
import {createService, type Service} from "../service.ts";
import {type Block, parseBlock} from "../stardust/index.ts";
import type {EventStream} from "./event-stream.ts";

const BLOCKS_KEPT = 1_000;
/** Blocks in one event; a burst of more is told as a number. */
const BLOCKS_PER_EVENT_MAX = 200;
const BATCH_MS = 250;

export interface TangleView extends Service {
  /** The newest `limit` blocks. */
  picture(limit: number): TanglePicture;
}

/** Follows a node from `start` to `stop`. */
export function createTangleView(node: EdgeNode, stream: EventStream, clock: Clock): TangleView {
  const blocks = new Map<BlockId, TangleBlock>();
  let fresh: TangleBlock[] = [];
  let more = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let ends: (() => void)[] = [];

  const keep = (block: TangleBlock) => {
    blocks.set(block.id, block);
    if (blocks.size > BLOCKS_KEPT) blocks.delete(blocks.keys().next().value!);
  };
  const flush = () => {
    timer = null;
    if (fresh.length > 0) stream.send("blocks", {items: fresh, more});
    fresh = [];
    more = 0;
  };

  const service = createService({
    start: async () => {
      for (const block of newestOf(node)) keep(block);
      ends = [
        node.events.on("block", ({blockId, block, bytes}) => {
          const seen = viewOf(blockId, block, {bytes: bytes.length, arrivedMs: clock.now(), confirmedBy: null});
          keep(seen);
          if (fresh.length < BLOCKS_PER_EVENT_MAX) fresh.push(seen);
          else more++;
          timer ??= setTimeout(flush, BATCH_MS);
        }),
        node.events.on("milestone", ({milestone: {index, timestamp}, referenced}) => {
          for (const id of referenced) {
            const known = blocks.get(id);
            if (known !== undefined) blocks.set(id, {...known, confirmedBy: index});
          }
          // What the milestone confirms must not arrive before the blocks themselves.
          if (timer !== null) clearTimeout(timer);
          flush();
          stream.send("confirmed", {index, timestamp, blocks: referenced.slice(-BLOCKS_KEPT)});
        }),
      ];
    },
    stop: async () => {
      for (const end of ends) end();
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  });
  return {...service, picture: (limit) => ({items: [...blocks.values()].slice(-limit)})};
}

// From the tips towards the past, breadth first; turned round that is close to the order of arrival, and parents come before children.
function newestOf(node: EdgeNode): readonly TangleBlock[] {
  const {latestMilestone, isSynced} = node.status();
  const ends = isSynced ? [...node.tips()] : [];
  if (ends.length === 0 && latestMilestone === null) return [];
  const found = new Map<BlockId, TangleBlock>();
  let layer: readonly BlockId[] = ends;
  while (layer.length > 0 && found.size < BLOCKS_KEPT) {
    const next = new Set<BlockId>();
    for (const id of layer) {
      const bytes = found.size < BLOCKS_KEPT ? node.block(id) : null;
      if (bytes === null) continue;
      const block = parseBlock(bytes, node.network.protocol);
      const confirmedBy = node.metadata(id)?.referencedByMilestoneIndex ?? null;
      // Reached again over a longer way: it belongs further back.
      found.delete(id);
      found.set(id, viewOf(id, block, {bytes: bytes.length, arrivedMs: null, confirmedBy}));
      for (const parent of block.parents) next.add(parent);
    }
    layer = [...next];
  }
  return [...found.values()].reverse();
}

function viewOf(
  id: BlockId,
  {parents, payload}: Block,
  facts: Pick<TangleBlock, "bytes" | "arrivedMs" | "confirmedBy">,
): TangleBlock {
  const common = {id, parents: [...parents], ...facts};
  if (payload === null) return {...common, kind: "checkpoint", tag: null, index: null};
  if (payload.kind === "milestone") return {...common, kind: "milestone", tag: null, index: payload.index};
  return {...common, kind: "tagged-data", tag: tagText(payload.tag), index: null};
}

function tagText(tag: Uint8Array): string | null {
  if (tag.length === 0) return null;
  const isReadable = tag.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isReadable ? String.fromCharCode(...tag) : toHex(tag);
}
