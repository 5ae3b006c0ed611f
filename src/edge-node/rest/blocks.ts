import type {FastifyInstance, FastifyRequest} from "fastify";
import {z} from "zod";
import {fromUtf8} from "../../bytes.ts";
import {GatewayError} from "../../errors.ts";
import type {RouteGuards} from "../../http.ts";
import {BLOCK_SIZE_MAX, blockFromJson, blockToJson, parseBlock} from "../../stardust/index.ts";
import type {BlockDraft, EdgeNode} from "../edge-node.ts";
import {idParameter, notFound, readParameters} from "./errors.ts";
import {SERIALIZED, sendBytesOrJson} from "./media.ts";

/** Bytes of a block's JSON: two hex digits a byte, and room for names and white space. */
export const BLOCK_JSON_SIZE_MAX = 2 * BLOCK_SIZE_MAX + 16_384;

const blockParameters = z.object({blockId: idParameter});

export function addBlockRoutes(app: FastifyInstance, node: EdgeNode, guards: RouteGuards): void {
  // A context of its own, because only here a body may be a block.
  app.register(async (posts) => {
    posts.removeAllContentTypeParsers();
    posts.addContentTypeParser(
      SERIALIZED,
      {parseAs: "buffer", bodyLimit: BLOCK_SIZE_MAX},
      async (_: unknown, body: Buffer) => draftOfBytes(node, new Uint8Array(body)),
    );
    posts.addContentTypeParser(
      "application/json",
      {parseAs: "buffer", bodyLimit: BLOCK_JSON_SIZE_MAX},
      async (_: unknown, body: Buffer) => draftOfJson(body),
    );
    posts.post(
      "/api/core/v2/blocks",
      {
        preParsing: refuseOtherMedia,
        preHandler: guards.authorizeUnlessLoopback("blocks:post"),
        schema: {
          summary: "Submit a block; what is missing of parents and nonce the node fills in",
          tags: ["core"],
          consumes: ["application/json", SERIALIZED],
        },
      },
      async (request, reply) => {
        const gone = new AbortController();
        // Mining for a client that has hung up is work for nobody.
        reply.raw.once("close", () => gone.abort(new Error("the client is gone")));
        const blockId = await node.attach(request.body as BlockDraft, gone.signal);
        return reply.status(201).header("location", blockId).send({blockId});
      },
    );
  });

  app.get(
    "/api/core/v2/blocks/:blockId",
    {preHandler: guards.open, schema: {summary: "A block, as JSON or as bytes", tags: ["core"]}},
    (request, reply) => {
      const {blockId} = readParameters(blockParameters, request.params);
      const bytes = node.block(blockId);
      if (bytes === null) throw notFound("block");
      return sendBytesOrJson(request, reply, {
        bytes: () => bytes,
        json: () => blockToJson(parseBlock(bytes, node.network.protocol)),
      });
    },
  );

  app.get(
    "/api/core/v2/blocks/:blockId/metadata",
    {preHandler: guards.open, schema: {summary: "How the Tangle took a block", tags: ["core"]}},
    (request) => {
      const {blockId} = readParameters(blockParameters, request.params);
      if (!node.status().isSynced) throw notSynced();
      const metadata = node.metadata(blockId);
      if (metadata === null) throw notFound("block");
      return metadata;
    },
  );
}

// Without a body nothing would be parsed, and a missing or foreign media type would go unnoticed.
async function refuseOtherMedia(request: FastifyRequest, _reply: unknown, payload: NodeJS.ReadableStream) {
  const media = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (media === SERIALIZED || media === "application/json") return payload;
  throw new GatewayError(
    "rest/unsupported-media",
    `A block is posted as application/json or ${SERIALIZED}, not as ${media ?? "something without a content type"}.`,
  );
}

function draftOfBytes(node: EdgeNode, bytes: Uint8Array): BlockDraft {
  return {block: parseBlock(bytes, node.network.protocol), bytes};
}

function draftOfJson(body: Buffer): BlockDraft {
  let json: unknown;
  try {
    json = JSON.parse(fromUtf8(body));
  } catch (error) {
    throw new GatewayError("block/json", "The body is not JSON.", {}, {cause: error});
  }
  return {block: blockFromJson(json)};
}

function notSynced(): GatewayError {
  return new GatewayError("node/unavailable", "The node is not synced yet; try again in a moment.");
}
