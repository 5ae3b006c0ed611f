import {type Hex, isHex, toHex} from "../bytes.ts";
import {GatewayError} from "../errors.ts";
import {blockIdOf, milestoneIdOf, parseBlock, parseMilestonePayload} from "../stardust/index.ts";
import {type CallOptions, type Http, pathOf} from "./http.ts";
import type {BlockId, BlockInclusionProof, BlockMetadata, NodeClient, TaggedDataInput} from "./node-client.ts";

const PREFIX = "/api/core/v2";
const PROTOCOL_VERSION = 2;
const TAGGED_DATA_TYPE = 5;
/** TIP-23. */
const TAG_BYTES_MAX = 64;
// The node mines before it answers: a block at score 100 takes a small board many seconds.
const MINING_MS = 60_000;

// TIP-25's info, as far as it is read here.
interface InfoAnswer {
  readonly status: {
    readonly isHealthy: boolean;
    readonly latestMilestone: {readonly index?: number};
    readonly confirmedMilestone: {readonly index?: number};
    readonly pruningIndex: number;
  };
  readonly protocol: {readonly version: number; readonly networkName: string; readonly minPowScore: number};
}

/** A node behind TIP-25 REST: ours or any Stardust node that mines (feature `pow`). Errors: those of `createHttp`, under `node/`. */
export function createHttpNodeClient(http: Http): NodeClient {
  const blocks = (...names: readonly string[]) => pathOf(`${PREFIX}/blocks`, ...names);
  const post = async (body: unknown, options?: CallOptions) =>
    blockIdIn(
      await http.json<{blockId: unknown}>({
        timeoutMs: MINING_MS,
        ...options,
        method: "POST",
        path: `${PREFIX}/blocks`,
        body,
      }),
      http.url,
    );

  return {
    info: async () => {
      const {status, protocol} = await http.json<InfoAnswer>({path: `${PREFIX}/info`});
      return {
        networkName: protocol.networkName,
        protocolVersion: protocol.version,
        minPowScore: protocol.minPowScore,
        isHealthy: status.isHealthy,
        latestMilestoneIndex: status.latestMilestone.index ?? 0,
        confirmedMilestoneIndex: status.confirmedMilestone.index ?? 0,
        pruningIndex: status.pruningIndex,
      };
    },
    tips: async () => (await http.json<{tips: readonly BlockId[]}>({path: `${PREFIX}/tips`})).tips,
    // TIP-25: without parents and nonce the node selects the tips and mines.
    submitTaggedData: (input, options) => {
      checkTag(input);
      const payload = {type: TAGGED_DATA_TYPE, tag: toHex(input.tag), data: toHex(input.data)};
      return post({protocolVersion: PROTOCOL_VERSION, payload}, options);
    },
    submitBlock: (bytes) => post(bytes),
    block: (blockId) => http.bytesOrNull({path: blocks(blockId)}),
    blockMetadata: (blockId) => http.jsonOrNull<BlockMetadata>({path: blocks(blockId, "metadata")}),
    milestone: async (index) => {
      const payload = await http.bytesOrNull({path: pathOf(`${PREFIX}/milestones/by-index`, index)});
      if (payload === null) return null;
      const milestone = parseMilestonePayload(payload);
      return {
        index: milestone.index,
        timestamp: milestone.timestamp,
        milestoneId: milestoneIdOf(milestone),
        payload,
      };
    },
    proveInclusion: async (blockId) => {
      const metadata = await http.jsonOrNull<BlockMetadata>({path: blocks(blockId, "metadata")});
      if (metadata?.referencedByMilestoneIndex === undefined) return null;
      return http.json<BlockInclusionProof>({path: pathOf("/api/poi/v1/create", blockId)});
    },
  };
}

/** Id, tag and data of a block's bytes; null when it carries something else. Errors: `block/...`. */
export function readTaggedBlock(bytes: Uint8Array): (TaggedDataInput & {readonly blockId: BlockId}) | null {
  const {payload} = parseBlock(bytes, {version: PROTOCOL_VERSION});
  if (payload?.kind !== "tagged-data") return null;
  return {blockId: blockIdOf(bytes), tag: payload.tag, data: payload.data};
}

function checkTag({tag}: TaggedDataInput): void {
  if (tag.length <= TAG_BYTES_MAX) return;
  throw new GatewayError("node/invalid", `The tag has ${tag.length} bytes; at most ${TAG_BYTES_MAX} are allowed.`, {
    bytes: tag.length,
  });
}

function blockIdIn(answer: {blockId?: unknown} | null, url: string): Hex {
  if (isHex(answer?.blockId, 32)) return answer.blockId;
  throw new GatewayError("client/not-json", `${url} took the block and did not name its id. Check that it is a node.`);
}
