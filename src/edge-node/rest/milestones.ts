import type {FastifyInstance, FastifyReply, FastifyRequest} from "fastify";
import {z} from "zod";
import type {RouteGuards} from "../../http.ts";
import {milestoneToJson, parseMilestonePayload} from "../../stardust/index.ts";
import type {EdgeNode} from "../edge-node.ts";
import type {MilestoneRow} from "../store/node-store.ts";
import {idParameter, notFound, numberParameter, readParameters} from "./errors.ts";
import {sendBytesOrJson} from "./media.ts";

export function addMilestoneRoutes(app: FastifyInstance, node: EdgeNode, guards: RouteGuards): void {
  const send = (request: FastifyRequest, reply: FastifyReply, row: MilestoneRow | null) => {
    if (row === null) throw notFound("milestone");
    const bytes = node.milestonePayload(row);
    return sendBytesOrJson(request, reply, {
      bytes: () => bytes,
      json: () => milestoneToJson(parseMilestonePayload(bytes)),
    });
  };

  app.get(
    "/api/core/v2/milestones/:milestoneId",
    {preHandler: guards.open, schema: {summary: "A milestone by its id, as JSON or as bytes", tags: ["core"]}},
    (request, reply) => {
      const {milestoneId} = readParameters(z.object({milestoneId: idParameter}), request.params);
      return send(request, reply, node.milestoneById(milestoneId));
    },
  );

  app.get(
    "/api/core/v2/milestones/by-index/:index",
    {preHandler: guards.open, schema: {summary: "A milestone by its index, as JSON or as bytes", tags: ["core"]}},
    (request, reply) => {
      const {index} = readParameters(z.object({index: numberParameter}), request.params);
      return send(request, reply, node.milestone(index));
    },
  );
}
