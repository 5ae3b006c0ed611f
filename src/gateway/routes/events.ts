import type {FastifyPluginAsync} from "fastify";
import {GatewayError} from "../../errors.ts";
import type {RouteGuards} from "../../http.ts";
import type {EventStream} from "../event-stream.ts";

/** `/api/gateway/v1/events`: server-sent events `reading`, `device`, `milestone`, `audit-entry`, `alarm`. */
export function eventRoutes(stream: EventStream, guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    app.get("/events", {preHandler: guards.authorize("gateway:read")}, async (_request, reply) => {
      if (!stream.add(reply.raw))
        throw new GatewayError("gateway/busy", "Too many pages are open. Close one and try again.");
      reply.hijack();
    });
  };
}
