import type {BlockId} from "../stardust/index.ts";
import type {CheckedBlock} from "./block-committer.ts";
import type {NodeLimits} from "./limits.ts";

/** Blocks that came before their parents. In memory only: whoever sent them sends them again when asked. */
export interface UnsolidBlocks {
  readonly count: number;
  get(blockId: BlockId): CheckedBlock | null;
  /** Kept blocks that name `blockId` as a parent. */
  childrenOf(blockId: BlockId): readonly BlockId[];
  /** Keeps a block; the oldest make room when there are too many or too large ones. */
  add(block: CheckedBlock): void;
  take(blockId: BlockId): CheckedBlock | null;
}

export function createUnsolidBlocks(limits: Pick<NodeLimits, "unsolidBlocks" | "unsolidBytes">): UnsolidBlocks {
  const blocks = new Map<BlockId, CheckedBlock>();
  const children = new Map<BlockId, Set<BlockId>>();
  let size = 0;

  const take = (blockId: BlockId) => {
    const block = blocks.get(blockId);
    if (block === undefined) return null;
    blocks.delete(blockId);
    size -= block.bytes.length;
    for (const parent of block.block.parents) {
      const siblings = children.get(parent);
      siblings?.delete(blockId);
      if (siblings?.size === 0) children.delete(parent);
    }
    return block;
  };
  return {
    get count() {
      return blocks.size;
    },
    get: (blockId) => blocks.get(blockId) ?? null,
    childrenOf: (blockId) => [...(children.get(blockId) ?? [])],
    add: (block) => {
      if (blocks.has(block.blockId)) return;
      while (
        blocks.size > 0 &&
        (blocks.size >= limits.unsolidBlocks || size + block.bytes.length > limits.unsolidBytes)
      )
        take(blocks.keys().next().value!);
      blocks.set(block.blockId, block);
      size += block.bytes.length;
      for (const parent of block.block.parents) {
        const siblings = children.get(parent);
        if (siblings === undefined) children.set(parent, new Set([block.blockId]));
        else siblings.add(block.blockId);
      }
    },
    take,
  };
}
