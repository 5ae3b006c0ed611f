import type {ConfirmedMilestone} from "../client/index.ts";
import type {Block, BlockId} from "../stardust/index.ts";

/** What a node tells: each event after its facts are on disk. */
export type NodeEvent =
  /** A block is solid and on disk. */
  | {readonly kind: "block"; readonly blockId: BlockId; readonly block: Block; readonly bytes: Uint8Array}
  /** A milestone is confirmed. `referenced`: the blocks it references in white-flag order. `payload`: TIP-29 bytes. */
  | {
      readonly kind: "milestone";
      readonly milestone: ConfirmedMilestone;
      readonly payload: Uint8Array;
      readonly referenced: readonly BlockId[];
    }
  /** The node has stopped accepting blocks and issuing milestones until it is started again. */
  | {readonly kind: "halted"; readonly because: string};

type EventOf<Kind extends NodeEvent["kind"]> = Extract<NodeEvent, {kind: Kind}>;

/** Listeners of a node's events. They are called in order, soon after the event and never inside the node's own work. */
export interface NodeEvents {
  /** Calls `listener` for each event of a kind; returns what ends that. */
  on<Kind extends NodeEvent["kind"]>(kind: Kind, listener: (event: EventOf<Kind>) => void): () => void;
}

/** Events with the end that the node itself holds. */
export interface NodeEmitter extends NodeEvents {
  emit(event: NodeEvent): void;
}

export function createNodeEmitter(): NodeEmitter {
  const listeners = new Map<NodeEvent["kind"], Set<(event: never) => void>>();
  return {
    on: (kind, listener) => {
      const ofKind = listeners.get(kind) ?? new Set();
      listeners.set(kind, ofKind.add(listener));
      return () => {
        ofKind.delete(listener);
      };
    },
    emit: (event) => {
      // A listener that throws is a bug of its own and must not stop the node half-way through its work.
      for (const listener of listeners.get(event.kind) ?? []) queueMicrotask(() => listener(event as never));
    },
  };
}
