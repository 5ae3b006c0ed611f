import path from "node:path";
import swagger from "@fastify/swagger";
import type {FastifyInstance, FastifyPluginAsync} from "fastify";
import type {GatewayStatus, NetworkFile} from "../client/index.ts";
import {isLoopback} from "../config/index.ts";
import type {RouteGuards} from "../http.ts";
import type {Log} from "../log.ts";
import type {Metrics} from "../metrics.ts";
import {createService, type Service} from "../service.ts";
import {type Certificates, encryptOthers, refusePlainHttp} from "../tls/index.ts";
import {VERSION} from "../version.ts";
import type {Access} from "./access.ts";
import type {Alarms} from "./alarms.ts";
import {createGuards} from "./auth/guards.ts";
import type {RecordAccess} from "./auth/record.ts";
import {type DeclaredRoute, SECURITY_SCHEMES, watchRoutes} from "./auth/route-table.ts";
import type {Broker} from "./broker.ts";
import type {EventStream} from "./event-stream.ts";
import {createListener, listen} from "./listener.ts";
import {accessRoutes} from "./routes/access.ts";
import {alarmRoutes} from "./routes/alarms.ts";
import {authorityRoutes} from "./routes/authority.ts";
import {eventRoutes} from "./routes/events.ts";
import {fieldProxyRoutes} from "./routes/field-proxy.ts";
import {pageRoutes} from "./routes/page.ts";
import {plantProxyRoutes} from "./routes/plant-proxy.ts";
import type {ProxyTarget} from "./routes/proxy.ts";
import {roleRoutes} from "./routes/roles.ts";
import {statusRoutes} from "./routes/status.ts";
import {tangleRoutes} from "./routes/tangle.ts";
import {tokenRoutes} from "./routes/tokens.ts";
import {userRoutes} from "./routes/users.ts";
import type {TangleView} from "./tangle-view.ts";

const CONSOLE_FOLDER = path.join(import.meta.dirname, "..", "console");

/** A service's routes: given the guards, a fastify plugin. */
export type ServiceRoutes = (guards: RouteGuards) => FastifyPluginAsync;

export interface WebOptions {
  readonly host: string;
  readonly port: number;
  readonly field: ProxyTarget;
  /** Null when there is no simulated site. */
  readonly plant: ProxyTarget | null;
}

export interface WebDependencies {
  readonly access: Access;
  readonly record: RecordAccess;
  readonly broker: Broker;
  readonly stream: EventStream;
  readonly tangle: TangleView;
  readonly network: NetworkFile;
  readonly nodeRoutes: ServiceRoutes;
  readonly auditRoutes: ServiceRoutes;
  readonly alarms: Alarms;
  readonly setupRoutes: ServiceRoutes;
  /** Encryption for other machines; null when none can come. */
  readonly certificates: Certificates | null;
  readonly readStatus: () => Promise<GatewayStatus>;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The HTTP side of the gateway: one listener with the routes of every service. */
export function createWeb(options: WebOptions, deps: WebDependencies): Service {
  let app: FastifyInstance | null = null;
  let endUndecided = () => {};
  return createService({
    start: async () => {
      const {certificates} = deps;
      ({app} = createApp(options, deps));
      if (certificates !== null) endUndecided = encryptOthers(app.server, certificates, refusePlainHttp());
      await listen(app, options);
    },
    stop: async () => {
      deps.stream.close();
      endUndecided();
      await app?.close();
    },
  });
}

/** All routes on a listener that does not listen yet. `routes` is complete once `app` is ready. */
export function createApp(
  options: WebOptions,
  deps: WebDependencies,
): {app: FastifyInstance; routes: () => readonly DeclaredRoute[]} {
  const {access, broker, stream, certificates, log} = deps;
  const isOurName = (name: string) => certificates?.covers(name) === true;
  const app = createListener({host: options.host, isOurName, onUpgrade: broker.handleUpgrade}, log);
  const bound = {isLoopback: isLoopback(options.host)};
  const routes = watchRoutes(app, bound);
  const guards = createGuards(bound, access.tokens, access.sessions);
  const api = {prefix: "/api/gateway/v1"};
  app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {title: "Tanglegate", version: VERSION, license: {name: "Apache-2.0"}},
      components: {securitySchemes: SECURITY_SCHEMES},
    },
  });
  app.register(deps.nodeRoutes(guards));
  app.register(deps.auditRoutes(guards), {prefix: "/api/audit/v1"});
  app.register(fieldProxyRoutes(options.field, guards, deps.record), {prefix: "/api/field/v1"});
  app.register(accessRoutes(access, guards), api);
  app.register(userRoutes(access, guards), api);
  app.register(tokenRoutes(access, guards), api);
  app.register(roleRoutes(routes, guards), api);
  app.register(statusRoutes(deps.readStatus, guards), api);
  app.register(deps.setupRoutes(guards), api);
  app.register(authorityRoutes(certificates, guards), api);
  app.register(eventRoutes(stream, guards), api);
  app.register(alarmRoutes(deps.alarms, guards), api);
  app.register(tangleRoutes(deps.tangle, deps.network, guards), api);
  if (options.plant !== null) app.register(plantProxyRoutes(options.plant, guards), {prefix: `${api.prefix}/plant`});
  app.register(metricsRoute(deps.metrics, guards));
  app.register(descriptionRoute(guards));
  app.register(pageRoutes(CONSOLE_FOLDER, guards));
  return {app, routes};
}

/** `/api/openapi.json`: all routes, made from the routes. */
function descriptionRoute(guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    app.get("/api/openapi.json", {preHandler: guards.open, schema: {hide: true}}, async () => app.swagger());
  };
}

function metricsRoute(metrics: Metrics, guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    app.get("/metrics", {preHandler: guards.authorizeUnlessLoopback("gateway:read")}, async (_request, reply) => {
      reply.header("content-type", "text/plain; version=0.0.4; charset=utf-8");
      return metrics.text();
    });
  };
}
