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
    const url = addressOf(target, pathOf(request));
    const {status, type, body} = await ask(request, target, url);
    if (status >= 200 && status < 300) await onDone(request, body);
    if (type !== null) reply.header("content-type", type);
    return reply.code(status).send(body);
  };
}

/** Lets bodies of this plugin pass as bytes. */
export function passBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", {parseAs: "buffer"}, (_request, body, done) => done(null, body));
}

// `..` in a path is resolved on the way: what the guard has let pass must be what the process is asked.
function addressOf(target: ProxyTarget, path: string): URL {
  const url = new URL(target.url + path);
  if (url.origin === new URL(target.url).origin && url.pathname === path.split("?")[0]) return url;
  throw new GatewayError(
    "gateway/invalid",
    "A path must not have the segments `.` and `..`, nor characters to be escaped.",
  );
}

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Buffer;
}

async function ask(request: FastifyRequest, {name, url: base, token}: ProxyTarget, url: URL): Promise<Answer> {
  const body = request.body as Buffer | undefined;
  const headers: Record<string, string> = {
    authorization: `Bearer ${token}`,
    // Who asked goes along, so that the process can name the person behind a write.
    "x-tanglegate-actor": request.identity?.actor ?? "",
  };
  if (body !== undefined) headers["content-type"] = request.headers["content-type"] ?? "application/json";
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: request.method,
      headers,
      body: body === undefined ? null : new Uint8Array(body),
      redirect: "manual",
      signal,
    });
    return {status: response.status, type: response.headers.get("content-type"), body: await readBody(response, name)};
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    if (signal.aborted) {
      throw new GatewayError(`${name}/timeout`, `The ${name} process did not answer within ${TIMEOUT_MS / 1000} s.`);
    }
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : sentenceOf(error);
    throw new GatewayError(
      `${name}/unavailable`,
      `The ${name} process does not answer at ${base} (see the settings of the section ${name}): ${reason}.`,
    );
  }
}

// Reads no further than the limit, so that a process that runs wild does not take this one along.
async function readBody(response: Response, name: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > ANSWER_BYTES_MAX) {
      throw new GatewayError(`${name}/unavailable`, `The answer of the ${name} process is too long. Ask for less.`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}
