import type {BlockMetadata} from "../client/index.ts";
import {type BlockId, parseBlock} from "../stardust/index.ts";
import type {NodeStore} from "./store/node-store.ts";
import type {TangleState} from "./tangle-state.ts";

/** TIP-25's metadata of a block that is on disk; null when it is not. What is in the store is solid. */
export function metadataOf(
  blockId: BlockId,
  {store, state, protocolVersion}: {store: NodeStore; state: TangleState; protocolVersion: number},
): BlockMetadata | null {
  const bytes = store.block(blockId);
  if (bytes === null) return null;
  const {parents, payload} = parseBlock(bytes, {version: protocolVersion});
  const milestone = payload?.kind === "milestone" ? {milestoneIndex: payload.index} : {};
  const known = {blockId, parents, isSolid: true, ...milestone};
  const reference = store.reference(blockId);
  if (reference === null) {
    const score = state.score(blockId);
    return {
      ...known,
      shouldPromote: score === "lazy" || score === "semi-lazy",
      shouldReattach: score === "below-max-depth",
    };
  }
  const {milestoneIndex, whiteFlagIndex, conflictReason} = reference;
  return {
    ...known,
    referencedByMilestoneIndex: milestoneIndex,
    // A block with a transaction is not taken today, so a conflict cannot be.
    ledgerInclusionState: conflictReason === 0 ? "noTransaction" : "conflicting",
    ...(conflictReason === 0 ? {} : {conflictReason}),
    whiteFlagIndex,
  };
}
