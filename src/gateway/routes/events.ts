import type {FastifyPluginAsync} from "fastify";
import {GatewayError} from "../../errors.ts";
import type {RouteGuards, Scope} from "../../http.ts";
import {holds} from "../auth/roles.ts";
import type {EventStream} from "../event-stream.ts";

/** Scope without which a page does not hear events of a kind. */
const SCOPES: Readonly<Record<string, Scope>> = {
  readings: "field:read",
  device: "field:read",
  "audit-entry": "audit:read",
};

/** `/api/gateway/v1/events`: server-sent events `readings`, `device`, `milestone`, `audit-entry` and others, as far as the person may read them. */
export function eventRoutes(stream: EventStream, guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    app.get("/events", {preHandler: guards.authorize("gateway:read")}, async (request, reply) => {
      const {scopes} = request.identity!;
      if (!stream.add(reply.raw, (event) => holds(scopes, SCOPES[event] ?? "gateway:read")))
        throw new GatewayError("gateway/busy", "Too many pages are open. Close one and try again.");
      reply.hijack();
    });
  };
}
