import {mkdtemp, rm} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {afterAll, beforeAll, expect, test} from "@jest/globals";
import type {DeviceStatus, ScanJob} from "../../src/client/index.ts";
import {createSystemClock} from "../../src/clock.ts";
import {createField, type Field} from "../../src/field/index.ts";
import {silentLog} from "../../src/log.ts";
import {createPlant, type Plant} from "../../src/plant/index.ts";
import {createSystemRandom} from "../../src/random.ts";

const clock = createSystemClock();
const TOKEN = "t";
let folder: string;
let plant: Plant;
let field: Field;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "tanglegate-faults-"));
  plant = createPlant(
    {
      host: "127.0.0.1",
      modbusPort: 0,
      opcuaPort: 0,
      restPort: 0,
      token: TOKEN,
      folder: path.join(folder, "plant"),
      seed: 1,
      speed: 1,
      user: "operator",
      password: "operator-password",
    },
    {clock, log: silentLog},
  );
  await plant.start();
  const modbus = {protocol: "modbus-tcp", host: "127.0.0.1", port: plant.modbusPort, timeoutMs: 200};
  const machine = {
    protocol: "opc-ua",
    endpoint: plant.opcuaEndpoint,
    securityMode: "SignAndEncrypt",
    securityPolicy: "Basic256Sha256",
    user: "operator",
    password: "operator-password",
    trustOnFirstUse: true,
  };
  field = createField(
    {
      folder: path.join(folder, "field"),
      host: "127.0.0.1",
      port: 0,
      token: TOKEN,
      broker: {host: "127.0.0.1", port: 1},
      devices: [
        {id: "meter", connection: {...modbus, unitId: 1}, profile: "eastron-sdm630", periodMs: 100},
        {id: "machine", connection: machine, profile: "plant-packaging-machine", periodMs: 200},
      ],
    },
    {clock, random: createSystemRandom(), log: silentLog},
  );
  await field.start();
}, 60_000);
afterAll(async () => {
  await field.stop();
  await plant.stop();
  await rm(folder, {recursive: true, force: true});
}, 30_000);

async function fault(device: string, kind: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${plant.restPort}/faults`, {
    method: "POST",
    headers: {authorization: `Bearer ${TOKEN}`, "content-type": "application/json"},
    body: JSON.stringify({device, fault: kind, seconds: 60}),
  });
  expect(response.status).toBe(200);
}

async function status(device: string): Promise<DeviceStatus> {
  const response = await fetch(`http://127.0.0.1:${field.port}/api/field/v1/devices/${device}`, {
    headers: {authorization: `Bearer ${TOKEN}`},
  });
  return (await response.json()) as DeviceStatus;
}

async function inState(device: string, state: DeviceStatus["state"]): Promise<DeviceStatus> {
  const end = clock.monotonicMs() + 20_000;
  for (;;) {
    const now = await status(device);
    if (now.state === state) return now;
    if (clock.monotonicMs() > end) throw new Error(`${device} is ${JSON.stringify({...now, points: []})}`);
    await clock.sleep(50);
  }
}

async function ask<Answer>(method: string, at: string, body?: object): Promise<{status: number; body: Answer}> {
  const response = await fetch(`http://127.0.0.1:${field.port}/api/field/v1${at}`, {
    method,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : {"content-type": "application/json"}),
    },
    ...(body === undefined ? {} : {body: JSON.stringify(body)}),
  });
  const text = await response.text();
  return {status: response.status, body: (text === "" ? null : JSON.parse(text)) as Answer};
}

test("a scan finds meter, inverter and machine, knows their profiles, and which of them are devices already", async () => {
  const request = {target: "127.0.0.1", port: plant.modbusPort, opcUaPort: plant.opcuaPort};
  const begun = await ask<ScanJob>("POST", "/scan", request);
  expect(begun).toMatchObject({status: 200, body: {state: "running", total: 2}});
  expect(await ask("POST", "/scan", request)).toMatchObject({status: 409});
  const at = `/scan/${begun.body.id}`;
  let job = begun.body;
  while (job.state === "running") {
    await clock.sleep(50);
    job = (await ask<ScanJob>("GET", at)).body;
  }
  expect(job).toMatchObject({state: "done", done: 2, reason: null});
  expect(job.found).toMatchObject([
    {connection: {unitId: 1}, profile: "eastron-sdm630", confidence: "likely", device: "meter"},
    {
      connection: {unitId: 2, host: "127.0.0.1", port: plant.modbusPort},
      profile: "sunspec-inverter",
      confidence: "certain",
      device: null,
      answered: expect.arrayContaining([
        "Tanglegate Simulated inverter 10 kW, version 1.0, serial number TG-SIM-0001",
        "SunSpec map at 40000, models 1 (common), 103 (three-phase inverter), 160 (DC inputs)",
      ]),
    },
    {
      connection: {protocol: "opc-ua", securityMode: "SignAndEncrypt", securityPolicy: "Basic256Sha256"},
      profile: "plant-packaging-machine",
      confidence: "certain",
      device: "machine",
    },
  ]);
  // What was suggested works as it is.
  const {connection, profile} = job.found[1]!;
  const tried = await ask("POST", "/test", {definition: {id: "new", connection, profile}});
  expect(tried).toMatchObject({body: {isReachable: true, reason: null}});
  expect(await ask("DELETE", at)).toMatchObject({status: 204});
  expect(await ask("GET", "/scan/none")).toMatchObject({status: 404});
  expect(await ask("DELETE", "/scan/none")).toMatchObject({status: 404});
}, 30_000);

test.each<[string, object, RegExp]>([
  ["no target", {}, /^target: /],
  ["a large range", {target: "10.0.0.0/8"}, /^target: /],
  ["a unit of no device", {target: "127.0.0.1", unitIds: [256]}, /^unitIds/],
  ["too many units", {target: "127.0.0.1", unitIds: Array.from({length: 33}, (_, unit) => unit)}, /^unitIds/],
  ["no port", {target: "127.0.0.1", port: 0}, /^port: /],
  ["an unknown setting", {target: "127.0.0.1", speed: 9}, /^speed: /],
])("a scan with %s is refused", async (_, body, sentence) => {
  const answer = await ask<{error: {message: string}}>("POST", "/scan", body);
  expect(answer.status).toBe(400);
  expect(answer.body.error.message).toMatch(sentence);
});

test.each([
  ["meter", "drop", "closed", /one client only/],
  ["meter", "hang", "no-answer", /unit id/],
  ["meter", "garbage", "bad-answer", /framing/],
  ["meter", "exception", "device-failure", /display/],
  ["meter", "restart", "refused", /nothing listens/],
  ["machine", "drop", "closed", /connects again/],
  ["machine", "hang", "silent", /machine and the network/],
  ["machine", "exception", "no-values", /display/],
  ["machine", "restart", "refused", /nothing listens/],
])(
  "the fault of the %s: %s is told as %s, with what to do",
  async (device, kind, faultCode, remedy) => {
    await inState(device, "connected");
    await fault(device, kind);
    const found = await inState(device, "fault");
    expect(found).toMatchObject({faultCode, reason: expect.any(String), remedy: expect.stringMatching(remedy)});
    await fault(device, "none");
    expect(await inState(device, "connected")).toMatchObject({faultCode: null, reason: null, remedy: null});
  },
  60_000,
);

test("the link's figures are there: round trips, and a rate below 1 after the faults", async () => {
  const {link} = await status("meter");
  expect(link.medianMs).toBeGreaterThan(0);
  expect(link.lastMs).toBeGreaterThan(0);
  expect(link.successRate).toBeGreaterThan(0);
  expect(link.successRate).toBeLessThan(1);
  expect(link.requests).toBeGreaterThan(link.failures);
});
