import {mkdtemp, readFile, rm} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {afterAll, beforeAll, expect, test} from "@jest/globals";
import type {CallResult, DeviceStatus, DeviceTest, Page, Reading, WriteResult} from "../../src/client/index.ts";
import {createSystemClock} from "../../src/clock.ts";
import {createField, type Field} from "../../src/field/index.ts";
import {type OpcUaServer, openOpcUaServer} from "../../src/fieldbus/index.ts";
import {silentLog} from "../../src/log.ts";
import {createSystemRandom} from "../../src/random.ts";

const TOKEN = "token-of-this-test";
const NAMESPACE = "urn:tanglegate:test:press";
const clock = createSystemClock();
const deps = {clock, random: createSystemRandom(), log: silentLog};
let folder: string;
let server: OpcUaServer;
let field: Field;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "tanglegate-opcua-field-"));
  server = await openOpcUaServer(
    {
      host: "127.0.0.1",
      port: 0,
      applicationName: "Press",
      applicationUri: "urn:tanglegate:test:press-server",
      namespaceUri: NAMESPACE,
      manufacturer: "Tanglegate",
      pkiFolder: path.join(folder, "server"),
      acceptUnknownClients: true,
      isUser: (user, password) => user === "operator" && password === "right-password",
      objects: [
        {
          kind: "object",
          name: "Press",
          description: "A press",
          children: [
            {kind: "variable", name: "Force", type: "Double", description: "", initial: 12.5, write: () => null},
            {kind: "method", name: "Home", description: "", call: () => []},
          ],
        },
      ],
    },
    deps,
  );
  await server.start();
  field = createField(
    {
      folder: path.join(folder, "field"),
      host: "127.0.0.1",
      port: 0,
      token: TOKEN,
      broker: {host: "127.0.0.1", port: 1},
      devices: [],
    },
    deps,
  );
  await field.start();
}, 30_000);

afterAll(async () => {
  await field.stop();
  await server.stop();
  await rm(folder, {recursive: true, force: true});
});

async function ask<Answer>(method: string, at: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${field.port}/api/field/v1${at}`, {
    method,
    headers: {authorization: `Bearer ${TOKEN}`, ...(body === undefined ? {} : {"content-type": "application/json"})},
    ...(body === undefined ? {} : {body: JSON.stringify(body)}),
  });
  return (await response.json()) as Answer;
}

const definition = (connection: object = {}) => ({
  id: "press",
  connection: {
    protocol: "opc-ua",
    endpoint: server.endpoint,
    securityMode: "SignAndEncrypt",
    securityPolicy: "Basic256Sha256",
    user: "operator",
    password: "right-password",
    trustOnFirstUse: true,
    ...connection,
  },
  profile: null,
  points: [{name: "Force", source: "opc-ua", nodeId: `nsu=${NAMESPACE};s=Press.Force`, unit: "kN", writable: true}],
  periodMs: 100,
});

async function until(holds: (status: DeviceStatus) => boolean): Promise<DeviceStatus> {
  const end = clock.monotonicMs() + 10_000;
  for (;;) {
    const status = await ask<DeviceStatus>("GET", "/devices/press");
    if (holds(status)) return status;
    if (clock.monotonicMs() > end) throw new Error(JSON.stringify(status));
    await clock.sleep(50);
  }
}

test("an OPC UA device from its definition to its values, writes and methods", async () => {
  // A live try first, as the dialog does: a wrong password is told, a right one gives readings; nothing is kept.
  const wrong = await ask<DeviceTest>("POST", "/test", {definition: definition({password: "wrong"})});
  expect(wrong).toMatchObject({
    isReachable: false,
    reason: expect.stringMatching(/refuses the login/),
    remedy: expect.stringMatching(/user and password/),
  });
  const right = await ask<DeviceTest>("POST", "/test", {definition: definition()});
  expect(right).toMatchObject({isReachable: true, reason: null, readings: [{point: "Force", value: 12.5, unit: "kN"}]});

  expect(await ask("PUT", "/devices/press", definition())).toEqual({outcome: "created"});
  await until((status) => status.state === "connected");
  const {items} = await ask<Page<Reading>>("GET", "/devices/press/readings");
  expect(items).toMatchObject([{device: "press", point: "Force", value: 12.5, quality: "good", unit: "kN"}]);

  const written = await ask<WriteResult>("POST", "/devices/press/write", {point: "Force", value: 20});
  expect(written).toMatchObject({isVerified: true, reading: {value: 20}, previous: {value: 12.5}});
  const call = {objectId: `nsu=${NAMESPACE};s=Press`, methodId: `nsu=${NAMESPACE};s=Press.Home`};
  expect(await ask<CallResult>("POST", "/devices/press/call", call)).toEqual({statusCode: "Good", outputs: []});
  expect(await ask("POST", "/devices/press/call", {...call, methodId: "nsu=urn:other;s=x"})).toMatchObject({
    error: {message: expect.stringMatching(/no namespace urn:other/)},
  });
}, 30_000);

test("the password is kept, and never given back", async () => {
  const shown = JSON.stringify([
    await ask("GET", "/devices/press"),
    await ask("GET", "/devices/press/definition"),
    await readFile(path.join(folder, "field", "devices.json"), "utf8"),
  ]);
  expect(shown).toContain("operator");
  expect(shown).not.toContain("right-password");
  // A dialog that never saw the password sends the definition without it.
  expect(await ask("PUT", "/devices/press", definition({password: undefined}))).toEqual({outcome: "unchanged"});
});

test("a value that does not change stays good as long as the server says that it lives", async () => {
  await clock.sleep(6_500);
  const {items} = await ask<Page<Reading>>("GET", "/devices/press/readings");
  expect(items).toMatchObject([{quality: "good"}]);
  expect((await until(() => true)).state).toBe("connected");
}, 15_000);

test("a server that goes is a fault with the reason, and one that comes back is found", async () => {
  await server.stop();
  const fault = await until((status) => status.state === "fault");
  expect(fault).toMatchObject({reason: expect.stringMatching(/refused|lost/), remedy: expect.any(String)});
  const {items} = await ask<Page<Reading>>("GET", "/devices/press/readings");
  expect(items).toMatchObject([{quality: "stale", value: 20}]);
  await server.start();
  await until((status) => status.state === "connected");
}, 40_000);
