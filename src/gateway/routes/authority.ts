import type {FastifyPluginAsync} from "fastify";
import {GatewayError} from "../../errors.ts";
import type {RouteGuards} from "../../http.ts";
import type {Certificates} from "../../tls/index.ts";

/** `/api/gateway/v1/ca.crt`: the local authority, for phones and browsers to trust. Open, because nothing in it is secret. */
export function authorityRoutes(certificates: Certificates | null, guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    const described = {
      preHandler: guards.open,
      schema: {summary: "The local authority's certificate, for phones and browsers to trust", tags: ["gateway"]},
    };
    app.get("/ca.crt", described, async (_request, reply) => {
      const authority = certificates?.current().authority ?? null;
      if (authority === null) {
        throw new GatewayError(
          "gateway/not-found",
          "This gateway has no authority of its own: the setting rest.tls is not self-signed.",
        );
      }
      reply
        .header("content-type", "application/x-x509-ca-cert")
        .header("content-disposition", 'attachment; filename="tanglegate-ca.crt"');
      return authority;
    });
  };
}
