import type {NodeClient} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import {BLOCK_SIZE_MAX, parseBlock, TAG_SIZE_MAX} from "../stardust/index.ts";
import type {EdgeNode} from "./edge-node.ts";

/** The embedded node with the face that every node has: no HTTP between the gateway's services and its Tangle. */
export function createLocalNodeClient(node: Omit<EdgeNode, "client">): NodeClient {
  const {protocol} = node.network;
  return {
    info: async () => {
      const status = node.status();
      return {
        networkName: protocol.networkName,
        protocolVersion: protocol.version,
        minPowScore: protocol.minPowScore,
        isHealthy: status.isHealthy,
        latestMilestoneIndex: status.latestMilestone?.index ?? 0,
        confirmedMilestoneIndex: status.confirmedMilestone?.index ?? 0,
        pruningIndex: status.pruningIndex,
      };
    },
    tips: async () => node.tips(),
    submitTaggedData: async ({tag, data}, options = {}) => {
      if (tag.length > TAG_SIZE_MAX) {
        throw new GatewayError(
          "block/length",
          `The tag has ${tag.length} bytes; at most ${TAG_SIZE_MAX} are allowed.`,
          {
            field: "tag",
          },
        );
      }
      if (data.length > BLOCK_SIZE_MAX) {
        throw new GatewayError(
          "block/too-long",
          `The data has ${data.length} bytes; a block has at most ${BLOCK_SIZE_MAX}.`,
          {
            field: "data",
          },
        );
      }
      const payload = {kind: "tagged-data", tag, data} as const;
      const block = {protocolVersion: protocol.version, parents: [], payload, nonce: 0n};
      return node.attach({block}, options.signal);
    },
    submitBlock: async (bytes) => node.attach({block: parseBlock(bytes, protocol), bytes}),
    block: async (blockId) => node.block(blockId),
    blockMetadata: async (blockId) => node.metadata(blockId),
    milestone: async (index) => {
      const row = node.milestone(index);
      if (row === null) return null;
      const {timestamp, milestoneId} = row;
      return {index, timestamp, milestoneId, payload: node.milestonePayload(row)};
    },
    proveInclusion: async (blockId) => node.proveInclusion(blockId),
  };
}
