// A gateway in the memory of a test: the routes and the broker of the real one as their forms say, with machines and devices that a
// test sets and looks into.

import type {AddressInfo} from "node:net";
import {Aedes} from "aedes";
import fastify, {type FastifyInstance} from "fastify";
import {createWebSocketStream, WebSocketServer} from "ws";
import {blake2b256} from "../../src/blake2b.ts";
import {fromHex, toHex} from "../../src/bytes.ts";
import type {
  AuditEntryInput,
  DeviceDefinition,
  DeviceStatus,
  DeviceTest,
  MachineVerdict,
  PointDescription,
  ProfileSummary,
  Reading,
} from "../../src/client/index.ts";
import {serializeBlock} from "../../src/stardust/index.ts";

export const TOKEN = "token-of-the-test";
const TIME = "2026-11-20T12:00:00.000Z";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface FakeGateway {
  readonly url: string;
  readonly port: number;
  /** Every request in order. */
  readonly requests: SeenRequest[];
  readonly entries: AuditEntryInput[];
  readonly devices: Map<string, DeviceDefinition>;
  /** By any key; each belongs to the device that it names. */
  readonly readings: Map<string, Reading>;
  /** Points that every device has. */
  readonly points: PointDescription[];
  readonly verdicts: Map<string, MachineVerdict>;
  readonly users: Map<string, {readonly password: string; readonly scopes: readonly string[]}>;
  readonly profiles: ProfileSummary[];
  /** State that is told of every device. */
  device: Pick<DeviceStatus, "state" | "reason" | "remedy" | "lastGoodMs">;
  testAnswer: DeviceTest;
  /** What OPC UA methods answer. */
  statusCode: string;
  /** What a written point reads back; null = what was written. */
  readBack: number | null;
  /** Answers the next requests of a route so: `"POST /api/audit/v1/entries"`. */
  refuse(route: string, status: number, message: string): void;
  accept(route: string): void;
  /** Never answers a route; resolves when the first request of it has come. */
  stall(route: string): Promise<void>;
  /** Lets a milestone reference a block. */
  reference(blockId: string, milestoneIndex: number): void;
  publish(topic: string, payload: unknown): Promise<void>;
  /** Resolves when `count` subscriptions to `topic` have been made in all. */
  subscribed(topic: string, count?: number): Promise<void>;
  subscriptions(): readonly string[];
  stop(): Promise<void>;
}

export function reading(point: string, value: Reading["value"], over: Partial<Reading> = {}): Reading {
  return {device: "meter", point, value, unit: "V", quality: "good", reason: null, sourceTime: TIME, ...over};
}

export function verdict(machine: string, over: Partial<MachineVerdict> = {}): MachineVerdict {
  const lastAnchor = {milestoneIndex: 7, time: TIME, blockId: `0x${"ab".repeat(32)}`};
  return {
    machine,
    state: "verified",
    entries: 3,
    anchoredEntries: 3,
    lastAnchor,
    broken: null,
    lastEntryTime: TIME,
    checkedAt: TIME,
    unchecked: null,
    ...over,
  };
}

/** TIP-24 bytes of a tagged-data block. */
export function taggedBlock(tag: Uint8Array, data: Uint8Array): Uint8Array {
  const parents = [`0x${"11".repeat(32)}`] as const;
  return serializeBlock({protocolVersion: 2, parents, payload: {kind: "tagged-data", tag, data}, nonce: 1n});
}

export async function startFakeGateway(port = 0): Promise<FakeGateway> {
  const app = fastify({forceCloseConnections: true});
  const broker = await Aedes.createBroker();
  const referenced = new Map<string, number>();
  const stalls = new Map<string, () => void>();
  const refusals = new Map<string, {status: number; message: string}>();
  const subscriptions: string[] = [];
  const waiting: (() => void)[] = [];
  const state = {
    requests: [] as SeenRequest[],
    entries: [] as AuditEntryInput[],
    devices: new Map<string, DeviceDefinition>(),
    readings: new Map<string, Reading>(),
    points: [{name: "voltageL1", unit: "V", writable: false, type: "float32", description: null}] as PointDescription[],
    verdicts: new Map<string, MachineVerdict>(),
    users: new Map<string, {password: string; scopes: readonly string[]}>(),
    profiles: [] as ProfileSummary[],
    device: {state: "connected", reason: null, remedy: null, lastGoodMs: 100} as FakeGateway["device"],
    testAnswer: {isReachable: true, tookMs: 5, reason: null, remedy: null, readings: []} as DeviceTest,
    statusCode: "Good",
    readBack: null as number | null,
  };

  broker.authenticate = (_client, _user, password, done) => done(null, password?.toString() === TOKEN);
  broker.on("subscribe", (list) => {
    subscriptions.push(...list.map(({topic}) => topic));
    for (const wake of waiting.splice(0)) wake();
  });
  const webSockets = new WebSocketServer({noServer: true});
  app.server.on("upgrade", (request, socket, head) => {
    webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      broker.handle(createWebSocketStream(webSocket) as never, request),
    );
  });

  app.addContentTypeParser("application/vnd.iota.serializer-v1", {parseAs: "buffer"}, (_request, body, done) =>
    done(null, body),
  );
  app.addHook("preHandler", async (request, reply) => {
    const path = request.url.split("?")[0]!;
    state.requests.push({method: request.method, path: request.url, body: request.body, headers: request.headers});
    const stalled = stalls.get(`${request.method} ${path}`);
    if (stalled !== undefined) {
      stalled();
      await new Promise(() => undefined);
    }
    const refusal = refusals.get(`${request.method} ${path}`);
    if (refusal !== undefined) {
      return reply.code(refusal.status).send({error: {code: String(refusal.status), message: refusal.message}});
    }
    const isOfSession = /^\/api\/gateway\/v1\/(login|logout|me)$/.test(path);
    const isOpen = isOfSession || path.startsWith("/api/core/v2") || path.startsWith("/test/");
    if (!isOpen && request.headers.authorization !== `Bearer ${TOKEN}`) {
      return reply.code(401).send({error: {code: "401", message: "A token is needed."}});
    }
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({error: {code: "404", message: "Not found."}}));
  auditRoutes(app, state);
  fieldRoutes(app, state);
  nodeRoutes(app, referenced);
  app.post<{Body: {user: string; password: string}}>("/api/gateway/v1/login", async (request, reply) => {
    const user = state.users.get(request.body.user);
    if (user?.password !== request.body.password) {
      return reply.code(401).send({error: {code: "401", message: "User or password is wrong."}});
    }
    const identity = {actor: `user:${request.body.user}`, role: "viewer", scopes: user.scopes};
    const token = `jwt-${request.body.user}`;
    return {token, csrf: "c", expiresAt: "2099-01-01T00:00:00.000Z", identity, mustChangePassword: false};
  });
  app.get("/api/gateway/v1/me", async (request, reply) => {
    const user = state.users.get(request.headers.authorization?.replace("Bearer jwt-", "") ?? "");
    if (user === undefined) return reply.code(401).send({error: {code: "401", message: "The session has ended."}});
    return {role: "viewer", scopes: user.scopes, mustChangePassword: false};
  });
  app.post("/api/gateway/v1/logout", async (_request, reply) => reply.code(204).send());
  app.get("/api/gateway/v1/status", async () => ({version: "0.1.0"}));
  await app.listen({port, host: "127.0.0.1"});
  const address = app.server.address() as AddressInfo;

  const fake: Omit<FakeGateway, keyof typeof state> = {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    refuse: (route, status, message) => refusals.set(route, {status, message}),
    accept: (route) => refusals.delete(route),
    stall: (route) => new Promise((resolve) => stalls.set(route, resolve)),
    reference: (blockId, milestoneIndex) => referenced.set(blockId, milestoneIndex),
    publish: (topic, payload) =>
      new Promise((resolve, reject) => {
        const bytes = payload instanceof Uint8Array ? Buffer.from(payload) : Buffer.from(JSON.stringify(payload));
        broker.publish({cmd: "publish", topic, payload: bytes, qos: 0, retain: false, dup: false}, (error) =>
          error ? reject(error) : resolve(),
        );
      }),
    subscribed: async (topic, count = 1) => {
      while (subscriptions.filter((seen) => seen === topic).length < count) {
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    subscriptions: () => subscriptions,
    stop: async () => {
      for (const client of webSockets.clients) client.terminate();
      webSockets.close();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      await app.close();
    },
  };
  return Object.assign(state, fake);
}

type State = Pick<
  FakeGateway,
  | "entries"
  | "devices"
  | "readings"
  | "points"
  | "verdicts"
  | "profiles"
  | "device"
  | "testAnswer"
  | "statusCode"
  | "readBack"
>;

function auditRoutes(app: FastifyInstance, state: State): void {
  const prefix = "/api/audit/v1";
  const receipt = (entry: AuditEntryInput) => {
    state.entries.push(entry);
    const seq = state.entries.length - 1;
    return {machine: entry.machine, seq, leafHash: `0x${"cd".repeat(32)}`, checkpointSize: seq + 1};
  };
  app.post<{Body: AuditEntryInput | AuditEntryInput[]}>(`${prefix}/entries`, async ({body}, reply) => {
    const ahead = [body].flat().find(({corrects = -1}) => corrects >= state.entries.length);
    if (ahead !== undefined) {
      return reply.code(400).send({error: {code: "400", message: `There is no entry ${ahead.corrects} to correct.`}});
    }
    reply.code(201);
    return Array.isArray(body) ? body.map(receipt) : receipt(body);
  });
  app.get<{Querystring: {cursor?: string}}>(`${prefix}/machines`, async ({query}) => {
    // Two a page, so that a client that reads the first page alone is seen.
    const all = [...state.verdicts.values()];
    const from = Number(query.cursor ?? 0);
    const items = all.slice(from, from + 2);
    return from + 2 < all.length ? {items, cursor: String(from + 2)} : {items};
  });
  app.get<{Params: {machine: string}}>(`${prefix}/machines/:machine`, async ({params}, reply) => {
    const found = state.verdicts.get(params.machine);
    if (found !== undefined) return found;
    return reply.code(404).send({error: {code: "404", message: `There is no log of ${params.machine}.`}});
  });
  app.get<{Params: {machine: string; seq: string}}>(`${prefix}/machines/:machine/entries/:seq`, async ({params}) => ({
    machine: params.machine,
    seq: Number(params.seq),
  }));
  app.get<{Params: {machine: string}}>(`${prefix}/machines/:machine/entries`, async () => ({items: []}));
  app.get<{Params: {machine: string}}>(`${prefix}/machines/:machine/export`, async ({params}) => ({
    format: "tanglegate-audit-proof/v1",
    machine: params.machine,
  }));
  app.post(`${prefix}/check`, async () => ({
    machines: [...state.verdicts.values()],
    entriesChecked: 3,
    bodiesChecked: 3,
    tookMs: 1,
  }));
}

function fieldRoutes(app: FastifyInstance, state: State): void {
  const prefix = "/api/field/v1";
  const statusOf = (definition: DeviceDefinition): DeviceStatus => ({
    id: definition.id,
    name: definition.name ?? definition.id,
    protocol: definition.connection.protocol,
    address: "127.0.0.1",
    profile: definition.profile,
    definedBy: "node-red",
    faultCode: null,
    requests: 1,
    failures: 0,
    link: {seconds: 300, requests: 1, failures: 0, successRate: 1, medianMs: 2, lastMs: 2},
    points: state.points,
    ...state.device,
  });
  app.get(`${prefix}/devices`, async () => ({items: [...state.devices.values()].map(statusOf)}));
  app.get<{Params: {id: string}}>(`${prefix}/devices/:id`, async ({params}, reply) => {
    const definition = state.devices.get(params.id);
    if (definition !== undefined) return statusOf(definition);
    return reply.code(404).send({error: {code: "404", message: `There is no device ${params.id}.`}});
  });
  app.put<{Params: {id: string}; Body: DeviceDefinition}>(`${prefix}/devices/:id`, async ({params, body}) => {
    state.devices.set(params.id, body);
    return {outcome: "defined"};
  });
  app.delete<{Params: {id: string}}>(`${prefix}/devices/:id`, async ({params}, reply) =>
    reply.code(state.devices.delete(params.id) ? 204 : 404).send(),
  );
  const readingsOf = (id: string) => [...state.readings.values()].filter(({device}) => device === id);
  app.get<{Params: {id: string}}>(`${prefix}/devices/:id/readings`, async ({params}) => ({
    items: readingsOf(params.id),
  }));
  app.post<{Params: {id: string}; Body: {points?: string[]}}>(
    `${prefix}/devices/:id/read`,
    async ({params, body}, reply) => {
      const all = readingsOf(params.id);
      const unknown = body.points?.find((name) => !all.some(({point}) => point === name));
      if (unknown !== undefined) {
        return reply.code(404).send({error: {code: "404", message: `The device has no point ${unknown}.`}});
      }
      return {items: all.filter(({point}) => body.points?.includes(point) ?? true)};
    },
  );
  app.post<{Params: {id: string}; Body: {point: string; value: number}}>(
    `${prefix}/devices/:id/write`,
    async ({params, body}) => {
      const value = state.readBack ?? body.value;
      const now = reading(body.point, value, {device: params.id});
      return {isVerified: value === body.value, reading: now, previous: reading(body.point, 0, {device: params.id})};
    },
  );
  app.post(`${prefix}/devices/:id/call`, async () => ({statusCode: state.statusCode, outputs: [42]}));
  app.post(`${prefix}/test`, async () => state.testAnswer);
  app.get(`${prefix}/profiles`, async () => ({items: state.profiles}));
}

function nodeRoutes(app: FastifyInstance, referenced: ReadonlyMap<string, number>): void {
  const prefix = "/api/core/v2";
  const blocks = new Map<string, Uint8Array>();
  app.get(`${prefix}/info`, async () => ({
    status: {isHealthy: true, latestMilestone: {index: 9}, confirmedMilestone: {index: 8}, pruningIndex: 0},
    protocol: {version: 2, networkName: "tanglegate-demo", minPowScore: 1},
  }));
  app.get(`${prefix}/tips`, async () => ({tips: [`0x${"11".repeat(32)}`]}));
  app.post<{Body: Buffer | {payload: {tag: string; data: string}}}>(`${prefix}/blocks`, async ({body}, reply) => {
    const bytes =
      body instanceof Uint8Array ? body : taggedBlock(fromHex(body.payload.tag), fromHex(body.payload.data));
    const blockId = toHex(blake2b256(bytes));
    blocks.set(blockId, bytes);
    reply.code(201);
    return {blockId};
  });
  app.get<{Params: {id: string}}>(`${prefix}/blocks/:id`, async ({params}, reply) => {
    const bytes = blocks.get(params.id);
    if (bytes === undefined) return reply.code(404).send({error: {code: "404", message: "Unknown block."}});
    return reply.type("application/vnd.iota.serializer-v1").send(Buffer.from(bytes));
  });
  app.get<{Params: {id: string}}>(`${prefix}/blocks/:id/metadata`, async ({params}, reply) => {
    if (!blocks.has(params.id)) return reply.code(404).send({error: {code: "404", message: "Unknown block."}});
    const index = referenced.get(params.id);
    const milestone =
      index === undefined ? {} : {referencedByMilestoneIndex: index, ledgerInclusionState: "noTransaction"};
    return {blockId: params.id, parents: [], isSolid: true, ...milestone};
  });
}
