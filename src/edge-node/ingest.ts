// The way of a block into the node: syntax, proof of work, milestone signatures, parents, then the disk. What a client submits must fit
// at once (TIP-25: parents known, solid, not below max depth); what a peer sends may come in any order and waits for its parents.

import type {NetworkFile} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import {verifyScore} from "../pow/index.ts";
import {type BlockId, blockIdOf, parseBlock} from "../stardust/index.ts";
import {findMissing, type SolidityView, solidify, verifyMilestoneSignatures} from "../tangle/index.ts";
import type {BlockCommitter, CheckedBlock} from "./block-committer.ts";
import type {ReceiveOutcome} from "./edge-node.ts";
import type {NodeLimits} from "./limits.ts";
import type {TangleState} from "./tangle-state.ts";
import type {UnsolidBlocks} from "./unsolid-blocks.ts";

/** Takes blocks in. Both resolve when the block is on disk. */
export interface Ingest {
  /** A block by a client. Errors: `block/...` with the rule it breaks, `node/busy`, `node/unavailable`. */
  submit(bytes: Uint8Array): Promise<BlockId>;
  /** A block by a peer. Errors: `block/...` for what no honest peer sends. */
  receive(bytes: Uint8Array): Promise<ReceiveOutcome>;
}

export function createIngest(
  options: {network: NetworkFile; limits: NodeLimits},
  deps: {
    state: TangleState;
    committer: BlockCommitter;
    unsolid: UnsolidBlocks;
    /** Throws when the node is not running, */
    assertRunning: () => void;
    /** and when it is not synced. */
    assertAccepting: () => void;
    onRejected: () => void;
    /** Hears of a validly signed milestone before it is stored; throws when it contradicts one that is known. */
    checkMilestone: (block: CheckedBlock) => void;
  },
): Ingest {
  const {network, limits} = options;
  const {state, committer, unsolid} = deps;
  const {minPowScore} = network.protocol;

  const check = (bytes: Uint8Array, blockId: BlockId): CheckedBlock => {
    try {
      return checkRules(bytes, blockId);
    } catch (error) {
      deps.onRejected();
      throw error;
    }
  };

  const checkRules = (bytes: Uint8Array, blockId: BlockId): CheckedBlock => {
    const block = parseBlock(bytes, network.protocol);
    const checked = {blockId, bytes, block};
    if (block.payload?.kind === "milestone") {
      const verdict = verifyMilestoneSignatures(block.payload, network.coordinator);
      if (verdict.state === "invalid") throw new GatewayError(`block/milestone-${verdict.fault}`, verdict.because);
      deps.checkMilestone(checked);
      // TIP-24: a milestone's block needs no proof of work.
      return checked;
    }
    if (minPowScore > 0 && !verifyScore(bytes, minPowScore)) {
      throw new GatewayError(
        "block/pow-score",
        `The block's proof of work is below the network's least score ${minPowScore}.`,
        {
          minPowScore,
        },
      );
    }
    return checked;
  };

  const assertRoom = () => {
    if (state.unreferencedCount < limits.unreferencedBlocks) return;
    throw new GatewayError("node/busy", "Too many blocks wait for a milestone; try again after the next one.", {
      waiting: state.unreferencedCount,
    });
  };

  const checkParents = ({block}: CheckedBlock) => {
    for (const parent of block.parents) {
      if (!state.isSolid(parent)) {
        throw new GatewayError("block/parent-unknown", `The parent ${parent} is not known to this node.`, {parent});
      }
      if (state.score(parent) === "below-max-depth") {
        throw new GatewayError(
          "block/parent-below-max-depth",
          `The parent ${parent} lies too deep; attach the block to fresh tips.`,
          {parent},
        );
      }
    }
    const isWide = state.tipCount >= limits.tips;
    if (isWide && !block.parents.some((parent) => state.isTip(parent))) {
      throw new GatewayError("node/busy", "The Tangle has too many tips; attach the block to tips of this node.", {
        tips: state.tipCount,
      });
    }
  };

  const solidityView: SolidityView = {
    parentsOf: (blockId) => unsolid.get(blockId)?.block.parents ?? null,
    childrenOf: (blockId) => unsolid.childrenOf(blockId),
    isSolid: state.isSolid,
  };

  /** Hands everything to the disk that `blockId` makes solid; resolves when the block itself is there. */
  const commitSolid = async (blockId: BlockId): Promise<void> => {
    let step = solidify([blockId], solidityView);
    for (;;) {
      await Promise.all(step.solid.map((solid) => committer.add(unsolid.take(solid)!)));
      if (step.rest.length === 0) return;
      step = solidify(step.rest, solidityView);
    }
  };

  return {
    submit: async (bytes) => {
      deps.assertAccepting();
      const blockId = blockIdOf(bytes);
      if (state.isSolid(blockId)) {
        await committer.written(blockId);
        return blockId;
      }
      const checked = check(bytes, blockId);
      checkParents(checked);
      assertRoom();
      unsolid.add(checked);
      await commitSolid(blockId);
      return blockId;
    },
    receive: async (bytes) => {
      deps.assertRunning();
      const blockId = blockIdOf(bytes);
      if (state.isSolid(blockId) || unsolid.get(blockId) !== null) return {state: "known", blockId};
      const checked = check(bytes, blockId);
      assertRoom();
      unsolid.add(checked);
      if (checked.block.parents.every(state.isSolid)) {
        await commitSolid(blockId);
        return {state: "solid", blockId};
      }
      return {state: "unsolid", blockId, missing: findMissing([blockId], solidityView).missing};
    },
  };
}
