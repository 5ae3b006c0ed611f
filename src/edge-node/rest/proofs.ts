import type {FastifyInstance} from "fastify";
import {z} from "zod";
import type {RouteGuards} from "../../http.ts";
import type {EdgeNode} from "../edge-node.ts";
import {idParameter, notFound, readParameters} from "./errors.ts";

/** Bytes of a proof's JSON: a block, a milestone and a path of siblings. */
const PROOF_SIZE_MAX = 131_072;

export function addProofRoutes(app: FastifyInstance, node: EdgeNode, guards: RouteGuards): void {
  app.get(
    "/api/poi/v1/create/:blockId",
    {preHandler: guards.open, schema: {summary: "Proof that a milestone references a block", tags: ["poi"]}},
    (request) => {
      const {blockId} = readParameters(z.object({blockId: idParameter}), request.params);
      const proof = node.proveInclusion(blockId);
      if (proof === null) throw notFound(node.block(blockId) === null ? "block" : "referenced block");
      return proof;
    },
  );

  app.post(
    "/api/poi/v1/validate",
    {
      preHandler: guards.open,
      bodyLimit: PROOF_SIZE_MAX,
      schema: {summary: "Check a proof against the network's coordinator keys", tags: ["poi"]},
    },
    (request) => ({valid: node.checkInclusion(request.body)}),
  );
}
