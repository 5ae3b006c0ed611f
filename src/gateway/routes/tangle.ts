import type {FastifyPluginAsync} from "fastify";
import {z} from "zod";
import type {NetworkFile} from "../../client/index.ts";
import type {RouteGuards} from "../../http.ts";
import {parseBody} from "../body.ts";
import type {TangleView} from "../tangle-view.ts";

const pictureQuery = z.strictObject({limit: z.coerce.number().int().min(1).max(1_000).default(500)});

/** `/api/gateway/v1/tangle`: the newest blocks as a picture needs them; `/network`: network.json, for checks in the browser. */
export function tangleRoutes(view: TangleView, network: NetworkFile, guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    app.get(
      "/tangle",
      {
        preHandler: guards.authorize("gateway:read"),
        schema: {summary: "The newest blocks, as a picture needs them", tags: ["gateway"]},
      },
      async (request) => view.picture(parseBody(pictureQuery, request.query).limit),
    );

    // Keys that a gateway gives about itself prove nothing to a stranger, who takes network.json from elsewhere.
    app.get(
      "/network",
      {
        preHandler: guards.authorize("gateway:read"),
        schema: {summary: "The public facts of the network: parameters and coordinator keys", tags: ["gateway"]},
      },
      async () => network,
    );
  };
}
