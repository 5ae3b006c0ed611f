import type {FastifyPluginAsync} from "fastify";
import type {RouteGuards, Scope} from "../../http.ts";
import {forwardTo, type ProxyTarget, passBodies} from "./proxy.ts";

/** /api/field/v1: the field process's REST behind the gateway's guards. */
export function fieldProxyRoutes(field: ProxyTarget, guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    passBodies(app);
    const forward = forwardTo(field, (request) => request.url);
    const guarded = (scope: Scope) => ({preHandler: guards.authorize(scope)});
    app.get("/*", guarded("field:read"), forward);
    app.put("/*", guarded("field:configure"), forward);
    app.delete("/*", guarded("field:configure"), forward);
    app.post("/test", guarded("field:configure"), forward);
    app.post("/devices/:id/read", guarded("field:read"), forward);
    app.post("/devices/:id/write", guarded("field:write"), forward);
    app.post("/devices/:id/call", guarded("field:write"), forward);
  };
}
