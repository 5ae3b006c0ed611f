import type {FastifyPluginAsync} from "fastify";
import type {RouteGuards} from "../../http.ts";
import type {Alarms} from "../alarms.ts";

/** `/api/gateway/v1/alarms`: what somebody must do something about. */
export function alarmRoutes(alarms: Alarms, guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    app.get("/alarms", {preHandler: guards.authorize("gateway:read")}, async () => ({items: alarms.list()}));
    app.post<{Params: {id: string}}>(
      "/alarms/:id/acknowledge",
      {preHandler: guards.authorize("gateway:acknowledge")},
      async (request) => await alarms.acknowledge(request.params.id, request.identity!),
    );
  };
}
