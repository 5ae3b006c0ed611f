import {timingSafeEqual} from "node:crypto";
import {type FastifyInstance, type FastifyReply, type FastifyRequest, fastify} from "fastify";
import {z} from "zod";
import {utf8} from "../bytes.ts";
import type {CallRequest, ScanRequest} from "../client/index.ts";
import {Bug, GatewayError, sentenceOf} from "../errors.ts";
import {errorBody, httpStatusOf} from "../http.ts";
import type {Log} from "../log.ts";
import {sha256} from "../sha256.ts";
import {invalid} from "./definition.ts";
import type {ListOwner} from "./device-list.ts";
import type {Devices} from "./devices.ts";
import type {History} from "./history/history.ts";
import type {Profiles} from "./profiles.ts";
import type {Scans} from "./scan/scans.ts";
import type {Uplink} from "./uplink.ts";

const BODY_BYTES_MAX = 1 << 20;
const PREFIX = "/api/field/v1";
const POINTS_MAX = 2_000;

/** Faults of a link, which are no fault of who asks. */
const LINK_FAULTS = new Set([
  "fieldbus/bad-answer",
  "fieldbus/certificate",
  "fieldbus/endpoint",
  "fieldbus/login",
  "fieldbus/silent",
  "fieldbus/untrusted",
  "fieldbus/wrong-device",
]);

const names = z.array(z.string().min(1).max(64)).min(1).max(POINTS_MAX);
const readBody = z.strictObject({points: names.optional()});
const writeBody = z.strictObject({
  point: z.string().min(1).max(64),
  value: z.union([z.number(), z.string().max(1_024), z.boolean()], "a number, a text, true or false"),
});
const inputs = z.array(z.unknown()).max(100).optional();
const nodeId = z.string().min(1).max(1_024);
const callBody = z.union(
  [
    z.strictObject({method: z.string().min(1).max(64), inputs}),
    z.strictObject({objectId: nodeId, methodId: nodeId, inputs}),
  ],
  'either {"method", "inputs"} or {"objectId", "methodId", "inputs"}',
);
const testBody = z.strictObject({definition: z.unknown(), points: names.optional()});
const pageQuery = z.strictObject({
  pageSize: z.coerce.number().int().min(1).max(1_000).default(1_000),
  cursor: z.string().max(128).optional(),
});

const port = z.int().min(1).max(65_535).optional();
const scanBody = z.strictObject({
  target: z.string().min(1).max(255),
  protocols: z
    .array(z.enum(["modbus-tcp", "opc-ua"]))
    .min(1)
    .max(2)
    .optional(),
  port,
  opcUaPort: port,
  unitIds: z.array(z.int().min(0).max(255)).min(1).max(32).optional(),
});
const unixSeconds = z.coerce.number().int().min(0).max(1e11).optional();
const historyQuery = z.strictObject({
  points: z
    .string()
    .max(POINTS_MAX * 65)
    .transform((text) => text.split(",").filter((name) => name !== ""))
    .optional(),
  from: unixSeconds,
  to: unixSeconds,
  maxPoints: z.coerce.number().int().min(2).max(1_440).optional(),
});

export interface RestDeps {
  readonly devices: Devices;
  readonly profiles: Profiles;
  readonly history: History;
  readonly scans: Scans;
  readonly uplink: Uplink;
  readonly log: Log;
}

/** REST of the field process: /health open, everything else with the bearer token of this start. */
export function createRest(options: {readonly token: string}, deps: RestDeps): FastifyInstance {
  const {log} = deps;
  const app = fastify({bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true});
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof Bug) throw error;
    const status = error instanceof GatewayError && LINK_FAULTS.has(error.code) ? 503 : httpStatusOf(error);
    const isOurs = status < 500 || error instanceof GatewayError;
    if (!isOurs) log.error({route: request.routeOptions.url ?? "", error: sentenceOf(error)}, "request failed");
    const sentence = isOurs ? sentenceOf(error) : "Something failed inside the field process. Its log says what.";
    reply.code(status).send(errorBody(status, sentence));
  });
  app.setNotFoundHandler((request, reply) => {
    reply.code(404).send(errorBody(404, `There is nothing at ${request.method} ${request.url.split("?")[0]}.`));
  });
  app.get("/health", async () => healthOf(deps));
  app.get(`${PREFIX}/health`, async () => healthOf(deps));
  app.register(async (guarded) => {
    guarded.addHook("onRequest", async (request) => checkToken(request, options.token));
    deviceRoutes(guarded, deps);
    actionRoutes(guarded, deps);
    scanRoutes(guarded, deps);
  });
  return app;
}

function healthOf({devices, uplink}: RestDeps) {
  const {isConnected, waiting, dropped} = uplink;
  return {isHealthy: true, devices: devices.all().length, broker: {isConnected, waiting, dropped}};
}

function deviceRoutes(app: FastifyInstance, {devices, profiles, history}: RestDeps): void {
  app.get(`${PREFIX}/devices`, async (request) => {
    const {pageSize, cursor} = parse(pageQuery, request.query, "the query");
    const sorted = devices.all().toSorted((a, b) => (a.definition.id < b.definition.id ? -1 : 1));
    const after = sorted.filter((device) => cursor === undefined || device.definition.id > cursor);
    const items = after.slice(0, pageSize).map((device) => device.status());
    return {items, ...(after.length > pageSize ? {cursor: items.at(-1)!.id} : {})};
  });
  app.get(`${PREFIX}/devices/:id`, async (request) => devices.get(idOf(request)).status());
  app.get(`${PREFIX}/devices/:id/definition`, async (request) => devices.definition(idOf(request)));
  app.put(`${PREFIX}/devices/:id`, async (request) => {
    const id = idOf(request);
    const body = request.body as {id?: unknown} | null | undefined;
    if (typeof body !== "object" || body === null) throw invalid("the body", "a device definition as JSON");
    if (body.id !== undefined && body.id !== id) throw invalid("id", `it differs from the one in the address, ${id}`);
    return {outcome: await devices.put({...body, id}, ownerOf(request))};
  });
  app.delete(`${PREFIX}/devices/:id`, async (request, reply) => {
    await devices.remove(idOf(request), ownerOf(request));
    reply.code(204);
  });
  app.get(`${PREFIX}/devices/:id/readings`, async (request) => ({items: devices.get(idOf(request)).readings()}));
  app.get(`${PREFIX}/devices/:id/history`, async (request) => {
    const {points, from, to, maxPoints} = parse(historyQuery, request.query, "the query");
    const query = Object.entries({points, from, to, maxPoints}).filter(([, value]) => value !== undefined);
    return history.of(devices.get(idOf(request)), Object.fromEntries(query));
  });
  app.get(`${PREFIX}/devices/:id/events`, async (request) => ({
    items: history.events(devices.get(idOf(request)).definition.id),
  }));
  app.get(`${PREFIX}/profiles`, async () => {
    await profiles.load();
    return {items: profiles.all()};
  });
}

function actionRoutes(app: FastifyInstance, {devices}: RestDeps): void {
  app.post(`${PREFIX}/devices/:id/read`, async (request, reply) => {
    const device = devices.get(idOf(request));
    const {points} = parse(readBody, request.body ?? {}, "the body");
    return {items: await device.read(points ?? null, signalOf(reply))};
  });
  app.post(`${PREFIX}/devices/:id/write`, async (request, reply) => {
    const device = devices.get(idOf(request));
    return device.write(parse(writeBody, request.body, "the body"), signalOf(reply));
  });
  app.post(`${PREFIX}/devices/:id/call`, async (request, reply) => {
    const device = devices.get(idOf(request));
    return device.call(parse(callBody, request.body, "the body") as CallRequest, signalOf(reply));
  });
  app.post(`${PREFIX}/test`, async (request, reply) => {
    const {definition, points} = parse(testBody, request.body, "the body");
    return devices.test(definition, points ?? null, signalOf(reply));
  });
}

function scanRoutes(app: FastifyInstance, {scans, profiles}: RestDeps): void {
  const missing = (id: string) => new GatewayError("field/not-found", `There is no scan ${id} any more.`, {scan: id});
  app.post(`${PREFIX}/scan`, async (request) => {
    const asked = parse(scanBody, request.body, "the body") as ScanRequest;
    await profiles.load();
    return scans.begin(asked);
  });
  app.get(`${PREFIX}/scan/:id`, async (request) => {
    const job = scans.find(idOf(request));
    if (job === null) throw missing(idOf(request));
    return job;
  });
  app.delete(`${PREFIX}/scan/:id`, async (request, reply) => {
    if (!(await scans.cancel(idOf(request)))) throw missing(idOf(request));
    reply.code(204);
  });
}

function checkToken(request: FastifyRequest, token: string): void {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
  // Hashed first, so that the comparison takes the same time for every length.
  if (timingSafeEqual(sha256(utf8(given)), sha256(utf8(token)))) return;
  throw new GatewayError("field/unauthorised", "The field process answers to the gateway and its own processes only.");
}

function idOf(request: FastifyRequest): string {
  return (request.params as {id: string}).id;
}

/** Who asks, by what the gateway says: a person (or nobody but us), or a flow and whatever else holds a token. */
function ownerOf(request: FastifyRequest): ListOwner {
  const actor = String(request.headers["x-tanglegate-actor"] ?? "");
  return actor === "" || actor === "process:cli" || actor.startsWith("user:") ? "console" : "node-red";
}

/** Aborted when whoever asked has gone before the answer. */
function signalOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort(new GatewayError("field/unavailable", "The request was given up."));
  });
  return gone.signal;
}

function parse<Value>(schema: z.ZodType<Value>, value: unknown, whole: string): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  if (issue.code === "unrecognized_keys") throw invalid(issue.keys[0]!, "there is no such setting");
  throw invalid(issue.path.join(".") || whole, issue.message);
}
