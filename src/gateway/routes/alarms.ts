import type {FastifyPluginAsync} from "fastify";
import type {RouteGuards} from "../../http.ts";
import type {Alarms} from "../alarms.ts";
import {callerOf} from "../auth/caller.ts";

/** `/api/gateway/v1/alarms`: what somebody must do something about. */
export function alarmRoutes(alarms: Alarms, guards: RouteGuards): FastifyPluginAsync {
  const described = (scope: "gateway:read" | "gateway:acknowledge", summary: string) => ({
    preHandler: guards.authorize(scope),
    schema: {summary, tags: ["gateway"]},
  });
  return async (app) => {
    app.get("/alarms", described("gateway:read", "Active alarms, the worst first"), async () => ({
      items: alarms.list(),
    }));
    app.post<{Params: {id: string}}>(
      "/alarms/:id/acknowledge",
      described("gateway:acknowledge", "Take note of an alarm, by name"),
      async (request) => {
        const {actor, role} = callerOf(request);
        return await alarms.acknowledge(request.params.id, {actor, role});
      },
    );
  };
}
