import type {FastifyPluginAsync, FastifyReply, FastifyRequest} from "fastify";
import {GatewayError, sentenceOf} from "../../errors.ts";
import type {RouteGuards, Scope} from "../../http.ts";

const TIMEOUT_MS = 30_000;
const ANSWER_BYTES_MAX = 8 << 20;

/** /api/field/v1: the field process's REST behind the gateway's guards. */
export function fieldProxyRoutes(field: {url: string; token: string}, guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    // Bodies pass through as they are.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", {parseAs: "buffer"}, (_request, body, done) => done(null, body));

    const forward = async (request: FastifyRequest, reply: FastifyReply) => {
      const response = await ask(request, field);
      const body = new Uint8Array(await response.arrayBuffer());
      if (body.length > ANSWER_BYTES_MAX)
        throw new GatewayError("field/unavailable", "The field process's answer is too long.");
      const type = response.headers.get("content-type");
      if (type !== null) reply.header("content-type", type);
      return reply.code(response.status).send(Buffer.from(body));
    };
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

async function ask(request: FastifyRequest, field: {url: string; token: string}): Promise<Response> {
  const body = request.body as Buffer | undefined;
  const headers: Record<string, string> = {authorization: `Bearer ${field.token}`};
  if (body !== undefined) headers["content-type"] = request.headers["content-type"] ?? "application/json";
  // Who asked goes along, so that the field process can name the person behind a write.
  headers["x-tanglegate-actor"] = request.identity?.actor ?? "";
  try {
    return await fetch(`${field.url}${request.url}`, {
      method: request.method,
      headers,
      body: body === undefined ? null : new Uint8Array(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : sentenceOf(error);
    throw new GatewayError(
      "field/unavailable",
      `The field process does not answer at ${field.url} (settings field.host, field.port): ${reason}.`,
    );
  }
}
