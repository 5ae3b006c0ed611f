import type {FastifyPluginAsync} from "fastify";
import type {GatewayStatus} from "../../client/index.ts";
import type {RouteGuards} from "../../http.ts";

/** `/api/gateway/v1/status`: the state of everything, in one answer. */
export function statusRoutes(read: () => Promise<GatewayStatus>, guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    app.get("/status", {preHandler: guards.authorize("gateway:read")}, read);
  };
}
