import type {BlockInclusionProof, NetworkFile} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import {type BlockId, parseBlock} from "../stardust/index.ts";
import {createInclusionProof, verifyInclusionProof} from "../tangle/index.ts";
import {payloadOf} from "./milestones.ts";
import type {NodeStore} from "./store/node-store.ts";

/** Proof that a milestone references a block; null when the block is not here or not referenced. */
export function proveInclusion(
  blockId: BlockId,
  {store, network}: {store: NodeStore; network: NetworkFile},
): BlockInclusionProof | null {
  const reference = store.reference(blockId);
  const bytes = store.block(blockId);
  if (reference === null || bytes === null) return null;
  const {milestoneIndex, whiteFlagIndex} = reference;
  return createInclusionProof(parseBlock(bytes, network.protocol), {
    milestone: payloadOf(store, store.milestone(milestoneIndex)!, network),
    referenced: store.referencedBy(milestoneIndex)!,
    whiteFlagIndex,
  });
}

/** Whether a proof holds against the coordinator keys of the network. Errors: `node/proof-form` when it is no proof at all. */
export function checkInclusion(proof: unknown, network: NetworkFile): boolean {
  const verdict = verifyInclusionProof(proof, {
    coordinator: network.coordinator,
    protocolVersion: network.protocol.version,
  });
  if (verdict.state === "invalid" && verdict.fault === "form")
    throw new GatewayError("node/proof-form", verdict.because);
  return verdict.state === "included";
}
