import {mkdtempSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterEach, beforeEach, expect, test} from "@jest/globals";
import type {FastifyInstance} from "fastify";
import type {AlarmCondition} from "../../src/client/index.ts";
import {createManualClock} from "../../src/clock.ts";
import {GatewayError} from "../../src/errors.ts";
import {type Alarms, createAlarms} from "../../src/gateway/alarms.ts";
import {createListener} from "../../src/gateway/listener.ts";
import {alarmRoutes} from "../../src/gateway/routes/alarms.ts";
import type {RouteGuards} from "../../src/http.ts";
import {silentLog} from "../../src/log.ts";

const authorize: RouteGuards["authorize"] = (scope) => async (request) => {
  const scopes = new Set(String(request.headers["x-scopes"]).split(","));
  request.identity = {actor: "user:ben", role: "reviewer", scopes};
  if (!scopes.has(scope)) throw new GatewayError("gateway/refused", `It needs the scope ${scope}.`);
};
// As long as an id may be.
const LONG = `audit/review-overdue/${"m".repeat(179)}`;
const holds: readonly AlarmCondition[] = [
  {id: LONG, severity: "warning", source: {kind: "machine", name: "m"}, sentence: "It is due.", remedy: "Do it."},
];

let folder: string;
let app: FastifyInstance;
let alarms: Alarms;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "tanglegate-alarms-"));
  alarms = createAlarms(path.join(folder, "alarms.json"), {
    clock: createManualClock(),
    log: silentLog,
    sources: [{name: "audit", conditions: async () => holds}],
    record: async () => undefined,
  });
  await alarms.look();
  app = createListener({host: "127.0.0.1", onUpgrade: (_request, socket) => socket.destroy()}, silentLog);
  const guards: RouteGuards = {
    authorize,
    authorizeUnlessLoopback: authorize,
    open: async () => undefined,
    session: authorize("gateway:read"),
  };
  app.register(alarmRoutes(alarms, guards), {prefix: "/api/gateway/v1"});
  await app.ready();
});
afterEach(async () => {
  await app.close();
  rmSync(folder, {recursive: true});
});

const acknowledge = (id: string, scopes: string) =>
  app.inject({
    method: "POST",
    url: `/api/gateway/v1/alarms/${encodeURIComponent(id)}/acknowledge`,
    headers: {host: "127.0.0.1", "x-scopes": scopes},
    payload: {},
  });

test("active alarms are listed for whoever may see the gateway", async () => {
  const list = await app.inject({
    url: "/api/gateway/v1/alarms",
    headers: {host: "127.0.0.1", "x-scopes": "gateway:read"},
  });
  expect(list.json()).toMatchObject({items: [{id: LONG, severity: "warning", acknowledged: null}]});
});

test("an alarm is taken note of by its id, slashes and all, with the scope for it", async () => {
  expect((await acknowledge(LONG, "gateway:read")).statusCode).toBe(403);
  expect((await acknowledge(LONG, "gateway:acknowledge")).json()).toMatchObject({acknowledged: {by: "user:ben"}});
  expect((await acknowledge("audit/none", "gateway:acknowledge")).statusCode).toBe(404);
});
