import type {EventEmitter} from "node:events";
import {createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse} from "node:http";
import {createRequire} from "node:module";
import type {AddressInfo} from "node:net";
import path from "node:path";
import type {Clock} from "../clock.ts";
import {isLoopback} from "../config/index.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import type {Random} from "../random.ts";
import {createService, type Service} from "../service.ts";
import {createDeployWatch, type Deploy} from "./deploys.ts";
import {placeFirstFlow, prepareFolder, readCredentialSecret} from "./folder.ts";
import type {EditorLogin} from "./login.ts";
import {type EditorOptions, FLOW_ROUTES, settingsOf} from "./settings.ts";

// Node-RED waits up to 15 s for a node that does not close; the process must be gone after 5 s.
const STOP_MS = 4000;

interface Dependencies {
  readonly login: EditorLogin;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Told of every change of the flows by a person. */
  readonly onDeploy: (deploy: Deploy) => void;
  /** Puts encryption for other machines before the server; returns what ends connections that are undecided. */
  readonly encrypt?: (server: Server) => () => void;
}

/** Node-RED with our nodes and settings, on a listener of its own. One a process: Node-RED cannot be started twice. */
export interface Editor extends Service {
  /** Port that it listens on, once started. */
  port(): number;
}

/** Errors of `start`: `editor/port-taken`, `editor/cannot-listen`, `editor/unwritable`. */
export function createEditor(options: EditorOptions, deps: Dependencies): Editor {
  const {login, clock, random, log, onDeploy, encrypt} = deps;
  let route: RequestListener = starting;
  const server = createServer((request, reply) => {
    if (isForeign(request, options.host)) return answer(reply, 403, "This name is not served here.");
    route(request, reply);
  });
  // Before Node-RED's own: WebSockets know no same-origin rule, so a page elsewhere could open those of flows, which have no login.
  server.on("upgrade", (request, socket) => {
    if (isForeign(request, options.host) || route === starting) socket.destroy();
  });
  let endUndecided = () => {};
  let stopNodeRed: () => Promise<void> = async () => undefined;

  const service = createService({
    start: async () => {
      // The port first: when it is taken, nothing has been loaded or written yet.
      endUndecided = encrypt?.(server) ?? endUndecided;
      await listen(server, options);
      prepareFolder(options.folder);
      const credentialSecret = readCredentialSecret(options.folder, random);
      const first = path.join(options.examples, options.isDemo ? "demo.json" : "starter.json");
      if (placeFirstFlow(options.folder, first)) log.info({flow: path.basename(first)}, "first flow in place");

      const {default: RED} = await import("node-red");
      const deploys = createDeployWatch(onDeploy);
      const settings = settingsOf(options, {login, credentialSecret, log, onLog: deploys.onLog});
      RED.init(server, settings as Parameters<typeof RED.init>[1]);
      (RED as unknown as {events: EventEmitter}).events.on("runtime-event", deploys.onRuntimeEvent);
      stopNodeRed = () => RED.stop();
      await RED.start();
      await offerExamples(options.examples);
      route = routeBetween(
        RED.httpAdmin as unknown as RequestListener,
        RED.httpNode as unknown as RequestListener,
        options.host,
      );
    },
    stop: async () => {
      const done = new AbortController();
      const stopped = stopNodeRed().catch((error: unknown) =>
        log.warn({reason: sentenceOf(error)}, "node-red did not stop in order"),
      );
      await Promise.race([stopped, clock.sleep(STOP_MS, done.signal).catch(() => undefined)]);
      done.abort();
      endUndecided();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  });
  return {...service, port: () => (server.address() as AddressInfo | null)?.port ?? options.port};
}

// HTTP endpoints of flows stand under a prefix of their own, so that none can take the place of an editor page.
function routeBetween(admin: RequestListener, flows: RequestListener, host: string): RequestListener {
  return (request, reply) => {
    const isFlowRoute = request.url === FLOW_ROUTES || request.url?.startsWith(`${FLOW_ROUTES}/`);
    if (!isFlowRoute) return admin(request, reply);
    if (!isLoopback(host)) return answer(reply, 404, "HTTP endpoints of flows are served on loopback only.");
    request.url = request.url!.slice(FLOW_ROUTES.length) || "/";
    flows(request, reply);
  };
}

// On loopback another host name is a page elsewhere that had its own name pointed at this machine (DNS rebinding), and another origin
// is a page elsewhere that sends what needs no answer: enough to start a flow.
function isForeign({headers}: IncomingMessage, host: string): boolean {
  if (!isLoopback(host)) return false;
  return (
    !isLoopback(nameIn(`http://${headers.host}`)) ||
    (headers.origin !== undefined && !isLoopback(nameIn(headers.origin)))
  );
}

function nameIn(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, "") : "";
}

function starting(_request: IncomingMessage, reply: ServerResponse): void {
  reply.setHeader("retry-after", "2");
  answer(reply, 503, "Node-RED is starting.");
}

function answer(reply: ServerResponse, status: number, text: string): void {
  reply.writeHead(status, {"content-type": "text/plain; charset=utf-8"}).end(`${text}\n`);
}

function listen(server: Server, {host, port}: EditorOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === "EADDRINUSE";
      const sentence = isTaken
        ? `Port ${port} on ${host} (setting node_red.port) is taken by another program.`
        : `Node-RED cannot listen on ${host}:${port} (settings node_red.host, node_red.port): ${error.message}.`;
      reject(new GatewayError(isTaken ? "editor/port-taken" : "editor/cannot-listen", sentence, {host, port}));
    });
    server.listen(port, host, resolve);
  });
}

// Node-RED offers a module's examples only from a folder of the name "examples"; ours has a better one.
async function offerExamples(folder: string): Promise<void> {
  const library = createRequire(import.meta.url)("@node-red/registry/lib/library.js") as {
    addExamplesDir(module: string, folder: string): Promise<void>;
  };
  await library.addExamplesDir("tanglegate", folder);
}
