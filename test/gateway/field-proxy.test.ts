import {afterEach, beforeEach, expect, test} from "@jest/globals";
import {type FastifyInstance, fastify} from "fastify";
import type {DeviceDefinition} from "../../src/client/index.ts";
import {GatewayError} from "../../src/errors.ts";
import type {RecordAccess} from "../../src/gateway/auth/record.ts";
import {createListener} from "../../src/gateway/listener.ts";
import {fieldProxyRoutes} from "../../src/gateway/routes/field-proxy.ts";
import type {Scope} from "../../src/http.ts";
import {silentLog} from "../../src/log.ts";

let field: FastifyInstance;
let app: FastifyInstance;
let recorded: {type: string; actor: string; body: Readonly<Record<string, unknown>>}[];
let answer: {status: number; body: unknown};
let asked: string[];
let scopes: readonly Scope[];

beforeEach(async () => {
  recorded = [];
  asked = [];
  scopes = ["field:read", "field:configure"];
  field = fastify();
  field.all("/*", async (request, reply) => {
    asked.push(`${request.method} ${request.url} ${request.headers["x-tanglegate-actor"]}`);
    return reply.code(answer.status).send(answer.body);
  });
  const url = await field.listen({host: "127.0.0.1", port: 0});
  const guards = {
    authorize: (scope: Scope) => async (request: {identity: unknown}) => {
      if (!scopes.includes(scope)) throw new GatewayError("gateway/refused", `This needs ${scope}.`);
      request.identity = {actor: "user:anna", scopes: new Set(scopes)};
    },
  } as never;
  app = createListener({host: "127.0.0.1", onUpgrade: (_request, socket) => socket.destroy()}, silentLog);
  const record: RecordAccess = async (events, {actor}) => {
    recorded.push(...events.map((event) => ({...event, actor})));
  };
  app.register(fieldProxyRoutes({name: "field", url, token: "t"}, guards, record), {prefix: "/api/field/v1"});
  await app.ready();
});
afterEach(async () => {
  await app.close();
  await field.close();
});

const definition: DeviceDefinition = {
  id: "press",
  name: "Press",
  connection: {
    protocol: "opc-ua",
    endpoint: "opc.tcp://u:secret@10.0.0.8:4840/line",
    securityMode: "Sign",
    securityPolicy: "Basic256Sha256",
    user: "operator",
    password: "secret",
  },
  profile: null,
  points: [{name: "Force", source: "opc-ua", nodeId: "ns=1;s=Force", writable: true}],
};
const send = (method: "PUT" | "DELETE" | "POST" | "GET", at: string, payload?: object) =>
  app.inject({
    method,
    url: `/api/field/v1${at}`,
    headers: {host: "127.0.0.1:1"},
    ...(payload === undefined ? {} : {payload}),
  });

test.each([
  ["created", "device-defined"],
  ["changed", "device-changed"],
])("a device that is %s is recorded as %s with the person, and without the password", async (outcome, type) => {
  answer = {status: 200, body: {outcome}};
  expect((await send("PUT", "/devices/press", definition)).json()).toEqual({outcome});
  expect(recorded).toEqual([
    {
      type,
      actor: "user:anna",
      body: {
        device: "press",
        name: "Press",
        protocol: "opc-ua",
        address: "opc.tcp://10.0.0.8:4840/line",
        securityMode: "Sign",
        user: "operator",
        profile: null,
        ownPoints: 1,
        ownWritablePoints: 1,
        writable: ["Force"],
      },
    },
  ]);
  expect(JSON.stringify(recorded)).not.toContain("secret");
  expect(asked).toEqual(["PUT /api/field/v1/devices/press user:anna"]);
});

test("a removed device is recorded", async () => {
  answer = {status: 204, body: null};
  expect((await send("DELETE", "/devices/press")).statusCode).toBe(204);
  expect(recorded).toEqual([{type: "device-removed", actor: "user:anna", body: {device: "press"}}]);
});

test.each<[string, "PUT" | "DELETE" | "POST", string, number, unknown]>([
  ["a deploy that changes nothing", "PUT", "/devices/press", 200, {outcome: "unchanged"}],
  ["a definition that is refused", "PUT", "/devices/press", 409, {error: {code: "409", message: "no"}}],
  ["a removal of what is not there", "DELETE", "/devices/press", 404, {error: {code: "404", message: "no"}}],
  ["a scan", "POST", "/scan", 200, {id: "1"}],
  ["the end of a scan", "DELETE", "/scan/1", 204, null],
])("%s is not recorded", async (_, method, at, status, body) => {
  answer = {status, body};
  expect((await send(method, at, method === "DELETE" ? undefined : definition)).statusCode).toBe(status);
  expect(recorded).toEqual([]);
});

test.each<["PUT" | "DELETE" | "POST", string]>([
  ["PUT", "/devices/press"],
  ["DELETE", "/devices/press"],
  ["POST", "/scan"],
  ["DELETE", "/scan/1"],
  ["POST", "/test"],
])("%s %s needs field:configure", async (method, at) => {
  scopes = ["field:read"];
  answer = {status: 200, body: {}};
  expect((await send(method, at, method === "DELETE" ? undefined : definition)).statusCode).toBe(403);
  expect(asked).toEqual([]);
});
