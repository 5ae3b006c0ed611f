import type {FastifyPluginAsync} from "fastify";
import {z} from "zod";
import type {NewToken} from "../../client/index.ts";
import type {RouteGuards} from "../../http.ts";
import type {Access} from "../access.ts";
import {parseBody} from "../body.ts";
import {changeOf, reasonField} from "./access.ts";

const tokenForm = z.strictObject({
  name: z.string(),
  scopes: z.array(z.string()).max(32),
  days: z.int().default(365),
  reason: reasonField,
});
const tokensQuery = z.strictObject({state: z.enum(["valid", "expiring", "expired"]).optional()});
const reasonQuery = z.strictObject({reason: reasonField});

/** Tokens of machines, under /api/gateway/v1/tokens. */
export function tokenRoutes({tokens, administration}: Access, guards: RouteGuards): FastifyPluginAsync {
  const described = (summary: string) => ({
    preHandler: guards.authorize("admin"),
    schema: {summary, tags: ["access"]},
  });

  return async (app) => {
    app.get("/tokens", described("Tokens of machines; ?state=expiring: within 14 days"), async (request) => {
      const {state} = parseBody(tokensQuery, request.query);
      return {items: tokens.list().filter((token) => state === undefined || token.state === state)};
    });

    app.post("/tokens", described("Make a token; its secret is shown this once"), async (request, reply) => {
      const {reason, ...form} = parseBody(tokenForm, request.body);
      const {token, secret} = await administration.createToken(form, changeOf(request, reason));
      reply.code(201).header("cache-control", "no-store");
      return {id: token.id, name: token.name, token: secret, expiresAt: token.expiresAt} satisfies NewToken;
    });

    app.delete<{Params: {id: string}}>("/tokens/:id", described("Revoke a token"), async (request, reply) => {
      const {reason} = parseBody(reasonQuery, request.query);
      await administration.revokeToken(request.params.id, changeOf(request, reason));
      reply.code(204);
    });
  };
}
