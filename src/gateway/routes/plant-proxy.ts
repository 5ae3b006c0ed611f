import type {FastifyPluginAsync} from "fastify";
import type {RouteGuards} from "../../http.ts";
import {forwardTo, type ProxyTarget, passBodies} from "./proxy.ts";

/** /api/gateway/v1/plant: the simulated site's REST behind the gateway's guards. */
export function plantProxyRoutes(plant: ProxyTarget, guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    passBodies(app);
    const forward = forwardTo(plant, (request) => request.url.replace(/^.*\/plant(?=\/)/, ""));
    app.get("/state", {preHandler: guards.authorize("gateway:read")}, forward);
    app.post("/faults", {preHandler: guards.authorize("plant:control")}, forward);
    app.post("/speed", {preHandler: guards.authorize("plant:control")}, forward);
  };
}
