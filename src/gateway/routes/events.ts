import type {FastifyPluginAsync} from "fastify";
import {GatewayError} from "../../errors.ts";
import type {RouteGuards} from "../../http.ts";
import {callerOf} from "../auth/caller.ts";
import type {EventStream} from "../event-stream.ts";

/**
 * `/api/gateway/v1/events`: server-sent events `readings`, `device`, `milestone`, `audit-entry`, `alarm` and others, as far as the person
 * may read them.
 */
export function eventRoutes(stream: EventStream, guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    app.get("/events", {preHandler: guards.authorize("gateway:read")}, async (request, reply) => {
      if (!stream.add(reply.raw, callerOf(request)))
        throw new GatewayError("gateway/busy", "Too many pages are open. Close one and try again.");
      reply.hijack();
    });
  };
}
