import type {Hex} from "../../src/bytes.ts";
import type {BlockMetadata, GatewayClient} from "../../src/client/index.ts";
import {GatewayError} from "../../src/errors.ts";
import type {EventFeed} from "../gateway/event-feed.ts";

/** Most blocks that are waited for at once. */
export const WAITING_BLOCKS_MAX = 1000;

/** Waits for blocks to be referenced by a milestone. */
export interface ConfirmationWatch {
  /** Metadata of the referenced block; null when the watch was stopped before. Errors: `nodes/busy`, `nodes/not-found`. */
  waitFor(blockId: Hex): Promise<BlockMetadata | null>;
  stop(): void;
}

interface Waiting {
  readonly resolve: (metadata: BlockMetadata | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Asks the node at every confirmed milestone and after every reconnection: one subscription serves all blocks. */
export function createConfirmationWatch(deps: {client: GatewayClient; feed: EventFeed}): ConfirmationWatch {
  const {client, feed} = deps;
  const waiting = new Map<Hex, Waiting[]>();
  const stopping = new AbortController();

  const settle = (blockId: Hex, act: (one: Waiting) => void) => {
    for (const one of waiting.get(blockId) ?? []) act(one);
    waiting.delete(blockId);
  };

  const ask = async (blockId: Hex) => {
    try {
      const metadata = await client.node.blockMetadata(blockId);
      if (metadata === null) {
        const error = new GatewayError("nodes/not-found", `The node does not know the block ${blockId}.`, {blockId});
        settle(blockId, ({reject}) => reject(error));
      } else if (metadata.referencedByMilestoneIndex !== undefined) {
        settle(blockId, ({resolve}) => resolve(metadata));
      }
    } catch {
      // Not reached: the next milestone or the next connection asks again.
    }
  };
  const askAll = async () => {
    for (const blockId of [...waiting.keys()]) {
      if (!stopping.signal.aborted) await ask(blockId);
    }
  };

  const ends = [
    feed.subscribe("milestone-info/confirmed", () => void askAll()),
    feed.onState((state) => {
      if (state === "connected") void askAll();
    }),
  ];

  return {
    waitFor: (blockId) =>
      new Promise((resolve, reject) => {
        if (waiting.size >= WAITING_BLOCKS_MAX && !waiting.has(blockId)) {
          reject(new GatewayError("nodes/busy", `${WAITING_BLOCKS_MAX} blocks are waited for already.`));
          return;
        }
        waiting.set(blockId, [...(waiting.get(blockId) ?? []), {resolve, reject}]);
        void ask(blockId);
      }),
    stop: () => {
      stopping.abort();
      for (const end of ends) end();
      for (const blockId of [...waiting.keys()]) settle(blockId, ({resolve}) => resolve(null));
    },
  };
}
