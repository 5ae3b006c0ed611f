// Group commit. An fdatasync costs milliseconds, on an SD card tens of them, whether it covers one block or a thousand. So while one
// batch is being synced the next blocks gather, and all of them go to disk together: alone a block waits for one sync, under load a
// sync is shared. A block is acknowledged only when its batch is on disk, parents before children, so that a cut leaves a Tangle.

import {GatewayError} from "../errors.ts";
import type {Block, BlockId} from "../stardust/index.ts";
import type {NodeLimits} from "./limits.ts";
import {type Arrivals, type NodeStore, rows} from "./store/node-store.ts";

/** A block that passed every check. */
export interface CheckedBlock {
  readonly blockId: BlockId;
  readonly block: Block;
  readonly bytes: Uint8Array;
}

/** Writes blocks in groups. */
export interface BlockCommitter {
  /** Resolves when the block is on disk. Errors: `node/busy` when too many wait, the store's own; after one of those none is taken. */
  add(block: CheckedBlock): Promise<void>;
  /** A block on its way to disk; null when it is not. */
  waiting(blockId: BlockId): CheckedBlock | null;
  /** The block's write, for those who want it too; null when it is not on its way. */
  written(blockId: BlockId): Promise<void> | null;
  /** Resolves when nothing is on its way any more. */
  drain(): Promise<void>;
}

interface Waiting {
  readonly block: CheckedBlock;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * `onCommitted` hears of every group when it is on disk, before the blocks are acknowledged; `onFailed` of the one failure after which
 * nothing more is written.
 */
export function createBlockCommitter(
  limits: NodeLimits,
  deps: {
    store: NodeStore;
    nextArrival: () => number;
    onCommitted: (group: readonly CheckedBlock[], arrivals: Arrivals) => void;
    onFailed: (error: unknown) => void;
  },
): BlockCommitter {
  const queue: Waiting[] = [];
  const waiting = new Map<BlockId, Waiting>();
  let writing: Promise<void> | null = null;
  let failure: unknown = null;

  const writeGroup = async (group: readonly Waiting[]) => {
    const blocks = group.map(({block}) => block);
    const arrivals = {number: deps.nextArrival(), blockIds: blocks.map(({blockId}) => blockId)};
    await deps.store.write([...blocks.map(({blockId, bytes}) => rows.block(blockId, bytes)), rows.arrivals(arrivals)]);
    deps.onCommitted(blocks, arrivals);
    for (const {block, done} of group) {
      waiting.delete(block.blockId);
      done.resolve();
    }
  };
  const writeAll = async () => {
    while (queue.length > 0) {
      const group = takeGroup(queue, limits);
      try {
        await writeGroup(group);
      } catch (error) {
        // What waits may have a parent in the failed group; and a log that failed once must not be appended to.
        failure = error;
        for (const {block, done} of [...group, ...queue.splice(0)]) {
          waiting.delete(block.blockId);
          done.reject(error);
        }
        deps.onFailed(error);
      }
    }
    writing = null;
  };

  return {
    add: (block) => {
      if (failure !== null) return Promise.reject(failure);
      if (queue.length >= limits.waitingBlocks) {
        return Promise.reject(
          new GatewayError("node/busy", "Too many blocks wait to be written; try again in a moment.", {
            waiting: queue.length,
          }),
        );
      }
      const entry = {block, done: Promise.withResolvers<void>()};
      queue.push(entry);
      waiting.set(block.blockId, entry);
      writing ??= Promise.resolve().then(writeAll);
      return entry.done.promise;
    },
    waiting: (blockId) => waiting.get(blockId)?.block ?? null,
    written: (blockId) => waiting.get(blockId)?.done.promise ?? null,
    drain: () => writing ?? Promise.resolve(),
  };
}

function takeGroup(queue: Waiting[], limits: NodeLimits): Waiting[] {
  let bytes = 0;
  let count = 0;
  while (count < queue.length && count < limits.groupBlocks) {
    bytes += queue[count]!.block.bytes.length;
    if (bytes > limits.groupBytes && count > 0) break;
    count++;
  }
  return queue.splice(0, count);
}
