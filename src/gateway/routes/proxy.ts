import type {FastifyInstance, FastifyReply, FastifyRequest} from "fastify";
import {GatewayError, sentenceOf} from "../../errors.ts";

const TIMEOUT_MS = 30_000;
const ANSWER_BYTES_MAX = 8 << 20;

/** Another process of this gateway with a REST of its own. */
export interface ProxyTarget {
  /** "field", "plant": the module in error codes and the section of its settings. */
  readonly name: string;
  readonly url: string;
  readonly token: string;
}

/**
 * Sends a request on as it is, under the path that `pathOf` gives, with the name of who asked. `onDone` is told of each one that the
 * process has done (2xx), with its answer, before whoever asked is.
 */
export function forwardTo(
  target: ProxyTarget,
  pathOf: (request: FastifyRequest) => string,
  onDone: (request: FastifyRequest, answer: Uint8Array) => Promise<void> = async () => undefined,
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  return async (request, reply) => {
    const response = await ask(request, target, pathOf(request));
    const body = new Uint8Array(await response.arrayBuffer());
    if (body.length > ANSWER_BYTES_MAX) {
      throw new GatewayError(`${target.name}/unavailable`, `The answer of the ${target.name} process is too long.`);
    }
    if (response.ok) await onDone(request, body);
    const type = response.headers.get("content-type");
    if (type !== null) reply.header("content-type", type);
    return reply.code(response.status).send(Buffer.from(body));
  };
}

/** Lets bodies of this plugin pass as bytes. */
export function passBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", {parseAs: "buffer"}, (_request, body, done) => done(null, body));
}

async function ask(request: FastifyRequest, {name, url, token}: ProxyTarget, path: string): Promise<Response> {
  const body = request.body as Buffer | undefined;
  const headers: Record<string, string> = {
    authorization: `Bearer ${token}`,
    // Who asked goes along, so that the process can name the person behind a write.
    "x-tanglegate-actor": request.identity?.actor ?? "",
  };
  if (body !== undefined) headers["content-type"] = request.headers["content-type"] ?? "application/json";
  try {
    return await fetch(url + path, {
      method: request.method,
      headers,
      body: body === undefined ? null : new Uint8Array(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : sentenceOf(error);
    throw new GatewayError(
      `${name}/unavailable`,
      `The ${name} process does not answer at ${url} (see the settings of the section ${name}): ${reason}.`,
    );
  }
}
