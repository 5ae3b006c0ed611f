import {mkdtemp, rm} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {afterAll, beforeAll, expect, test} from "@jest/globals";
import type {DeviceStatus} from "../../src/client/index.ts";
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
