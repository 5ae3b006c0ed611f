import {mkdtemp, readFile, rm, stat, writeFile} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import type {DeviceDefinition} from "../../src/client/index.ts";
import {createDeviceList, DEVICES_MAX, keepPassword} from "../../src/field/device-list.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "tanglegate-list-"));
});
afterEach(() => rm(folder, {recursive: true, force: true}));

const machine = (connection: object = {}): DeviceDefinition => ({
  id: "machine",
  connection: {
    protocol: "opc-ua",
    endpoint: "opc.tcp://10.0.0.8:4840",
    securityMode: "SignAndEncrypt",
    securityPolicy: "Basic256Sha256",
    user: "operator",
    ...connection,
  },
  profile: null,
  points: [{name: "Speed", source: "opc-ua", nodeId: "ns=2;s=Speed"}],
});
const meter = (id: string): DeviceDefinition => ({
  id,
  connection: {protocol: "modbus-tcp", host: "10.0.0.7", port: 502, unitId: 1},
  profile: "eastron-sdm630",
});

test("what was put is there after a restart, with its password", async () => {
  const list = createDeviceList(folder);
  await list.load();
  await list.put(machine({password: "secret"}), "console");
  await list.put(meter("meter"), "console");
  const again = createDeviceList(folder);
  await again.load();
  expect(again.all()).toEqual([machine({password: "secret"}), meter("meter")]);
  await again.remove("machine");
  const third = createDeviceList(folder);
  await third.load();
  expect(third.all()).toEqual([meter("meter")]);
});

test("the password lies in a file of its own that only the owner may read", async () => {
  const list = createDeviceList(folder);
  await list.put(machine({password: "secret"}), "console");
  expect(await readFile(path.join(folder, "devices.json"), "utf8")).not.toContain("secret");
  expect((await stat(path.join(folder, "passwords.json"))).mode & 0o777).toBe(0o600);
  await list.remove("machine");
  expect(await readFile(path.join(folder, "passwords.json"), "utf8")).not.toContain("secret");
});

test("changes asked for at once are written in their order", async () => {
  const list = createDeviceList(folder);
  await Promise.all([
    list.put(meter("a"), "console"),
    list.put(meter("b"), "console"),
    list.remove("a"),
    list.put(meter("c"), "console"),
  ]);
  const again = createDeviceList(folder);
  await again.load();
  expect(again.all().map((device) => device.id)).toEqual(["b", "c"]);
});

test(`device ${DEVICES_MAX + 1} is refused`, async () => {
  const devices = Array.from({length: DEVICES_MAX}, (_, index) => meter(`m${index}`));
  await writeFile(path.join(folder, "devices.json"), JSON.stringify({format: "tanglegate-devices/v1", devices}));
  const list = createDeviceList(folder);
  await list.load();
  await expect(list.put(meter("one-more"), "console")).rejects.toMatchObject({code: "field/too-many"});
  await expect(list.put(meter("m0"), "console")).resolves.toBeUndefined();
});

test.each([
  ["another format", JSON.stringify({format: "tanglegate-devices/v2", devices: []}), "field/list-newer"],
  ["no JSON", '{"format": "tanglegate-de', "field/list-broken"],
])("a file with %s is refused, not overwritten", async (_, text, code) => {
  await writeFile(path.join(folder, "devices.json"), text);
  await expect(createDeviceList(folder).load()).rejects.toMatchObject({code});
  expect(await readFile(path.join(folder, "devices.json"), "utf8")).toBe(text);
});

describe("a password that is left out", () => {
  const known = machine({password: "secret"});
  test("stays the known one for the same server and user", () => {
    expect(keepPassword(machine(), known)).toEqual(known);
  });
  test.each([
    ["another server", {endpoint: "opc.tcp://10.6.6.6:4840"}],
    ["another user", {user: "admin"}],
  ])("is never sent to %s", (_, changes) => {
    expect(keepPassword(machine(changes), known)).toEqual(machine(changes));
  });
  test("gives way to a new one", () => {
    expect(keepPassword(machine({password: "new"}), known)).toEqual(machine({password: "new"}));
  });
});
