import type {IncomingMessage} from "node:http";
import {hostname} from "node:os";
import type {Duplex} from "node:stream";
import cookie from "@fastify/cookie";
import {type FastifyInstance, fastify} from "fastify";
import {Bug, GatewayError, sentenceOf} from "../errors.ts";
import {errorBody, httpStatusOf} from "../http.ts";
import type {Log} from "../log.ts";

/** Longest part of a path in its escaped form: 64 characters of a name, at nine each. */
const PARAMETER_LENGTH_MAX = 600;
const BODY_BYTES_MAX = 1 << 20;
// Clients that mine for themselves keep a connection idle for a minute and more; Node's 5 s would cut it under them.
const KEEP_ALIVE_MS = 120_000;
// A whole request must have come by then; answers may take as long as they like.
const REQUEST_MS = 60_000;
const CONNECTIONS_MAX = 1024;

export interface ListenerOptions {
  readonly host: string;
  /** Names besides the host's own, such as those of its certificate. */
  readonly isOurName?: (name: string) => boolean;
  /** Gets upgrades of `/api/mqtt/v1`. */
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Gets a broken assumption of ours; the process ends by it when left out. */
  readonly onBug?: (bug: Bug) => void;
}

/** The one HTTP listener: REST, console, MQTT over WebSocket. */
export function createListener(options: ListenerOptions, log: Log): FastifyInstance {
  const onBug = options.onBug ?? endProcess;
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: true,
    return503OnClosing: true,
    routerOptions: {maxParamLength: PARAMETER_LENGTH_MAX},
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  app.decorateRequest("identity", null);
  app.register(cookie);
  const isKnownHost = hostCheck(options.host, options.isOurName ?? (() => false));

  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-content-type-options", "nosniff");
    reply.header("referrer-policy", "no-referrer");
    checkOrigin(request.raw, isKnownHost);
  });
  app.setErrorHandler((error, request, reply) => {
    // Thrown here, fastify would answer with it and go on.
    if (error instanceof Bug) onBug(error);
    const status = httpStatusOf(error);
    const route = request.routeOptions.url ?? "";
    const isOurs = status < 500 || error instanceof GatewayError;
    if (!isOurs) log.error({route, error: sentenceOf(error)}, "request failed");
    else if (status >= 500) log.warn({route, reason: sentenceOf(error)}, "request refused");
    reply
      .code(status)
      .send(errorBody(status, isOurs ? sentenceOf(error) : "Something failed inside the gateway. Its log says what."));
  });
  app.setNotFoundHandler((request, reply) => {
    reply.code(404).send(errorBody(404, `There is nothing at ${request.method} ${request.url.split("?")[0]}.`));
  });
  // Upgraded, a connection is no longer one that the server closes, and still one that its end waits for.
  const upgraded = new Set<Duplex>();
  let isClosing = false;
  app.addHook("preClose", async () => {
    isClosing = true;
    for (const socket of upgraded) socket.destroy();
  });
  app.server.on("upgrade", (request, socket, head) => {
    if (isClosing) return socket.destroy();
    socket.on("error", () => socket.destroy());
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    const isMqtt = request.url?.split("?")[0] === "/api/mqtt/v1";
    if (!isMqtt || !passesOrigin(request, isKnownHost)) {
      // Ended alone, it would stay half open for as long as the other side likes.
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", () => socket.destroy());
      return;
    }
    options.onUpgrade(request, socket, head);
  });
  return app;
}

/** Starts listening. Errors: `gateway/port-taken` naming the settings. */
export async function listen(app: FastifyInstance, {host, port}: {host: string; port: number}): Promise<void> {
  try {
    await app.listen({host, port});
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    const sentence = isTaken
      ? `Port ${port} on ${host} (setting rest.port) is taken by another program.`
      : `The gateway cannot listen on ${host}:${port} (settings rest.host, rest.port): ${sentenceOf(error)}.`;
    throw new GatewayError("gateway/port-taken", sentence, {host, port});
  }
}

// A page of a stranger can make a browser here send requests under the stranger's host name (DNS rebinding) or with the stranger's
// origin. An address as a number cannot be rebound, so it passes; a name must be ours.
function hostCheck(configured: string, isOurName: (name: string) => boolean): (host: string) => boolean {
  // Browsers write names in small letters.
  const names = new Set(["localhost", configured, hostname(), `${hostname()}.local`].map((name) => name.toLowerCase()));
  return (host) =>
    names.has(host.toLowerCase()) || isOurName(host) || /^[0-9.]+$/.test(host) || /^\[[0-9a-f:.]+\]$/i.test(host);
}

// Outside of the request, where nothing catches it.
function endProcess(bug: Bug): void {
  setImmediate(() => {
    throw bug;
  });
}

function checkOrigin(request: IncomingMessage, isKnownHost: (host: string) => boolean): void {
  if (!passesOrigin(request, isKnownHost)) {
    throw new GatewayError(
      "gateway/refused",
      "The Host or Origin header is not this gateway's. Open it by its address, or by the name in the setting rest.host.",
    );
  }
}

function passesOrigin(request: IncomingMessage, isKnownHost: (host: string) => boolean): boolean {
  const {host, origin} = request.headers;
  if (host === undefined || !isKnownHost(host.replace(/:\d+$/, ""))) return false;
  return origin === undefined || origin.replace(/^https?:\/\//, "") === host;
}
