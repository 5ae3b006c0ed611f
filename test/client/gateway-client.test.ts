import {afterAll, beforeAll, beforeEach, describe, expect, test} from "@jest/globals";
import {collectPages, createGatewayClient, type GatewayClient, readTaggedBlock} from "../../src/client/index.ts";
import {type FakeGateway, reading, startFakeGateway, TOKEN, taggedBlock, verdict} from "../support/fake-gateway.ts";

let gateway: FakeGateway;
let client: GatewayClient;

beforeAll(async () => {
  gateway = await startFakeGateway();
  client = createGatewayClient({url: gateway.url, token: TOKEN});
});
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.requests.length = 0;
});

const last = () => {
  const {method, path, body} = gateway.requests.at(-1)!;
  return {method, path, body};
};
const METER = {
  id: "meter 1",
  connection: {protocol: "modbus-tcp", host: "127.0.0.1", port: 502, unitId: 1},
  profile: "eastron-sdm630",
} as const;

describe("audit", () => {
  const entry = {machine: "press-1", type: "alarm", body: {text: "door open"}};

  test("one entry gives one receipt, several give several", async () => {
    expect(await client.audit.append(entry)).toMatchObject({machine: "press-1", seq: 0, checkpointSize: 1});
    expect(last()).toEqual({method: "POST", path: "/api/audit/v1/entries", body: entry});
    expect(await client.audit.appendAll([entry, entry])).toMatchObject([{seq: 1}, {seq: 2}]);
  });

  test("a machine without a log is null", async () => {
    expect(await client.audit.machine("nobody")).toBeNull();
  });

  test("a name is escaped in the path", async () => {
    await client.audit.entry("a/b", 3);
    expect(last().path).toBe("/api/audit/v1/machines/a%2Fb/entries/3");
  });

  test("queries and ranges travel as they are given", async () => {
    await client.audit.entries("press-1", {type: "alarm", pageSize: 5});
    expect(last().path).toBe("/api/audit/v1/machines/press-1/entries?type=alarm&pageSize=5");
    await client.audit.exportProof("press-1", {from: 0, to: 9});
    expect(last().path).toBe("/api/audit/v1/machines/press-1/export?from=0&to=9");
    expect(await client.audit.check()).toHaveProperty("entriesChecked", 3);
  });

  test("a list is read to its last page, and no further than the limit", async () => {
    for (const machine of ["a", "b", "c", "d", "e"]) gateway.verdicts.set(machine, verdict(machine));
    const read = (cursor?: string) => client.audit.machines(cursor === undefined ? {} : {cursor});
    expect((await collectPages(read)).map(({machine}) => machine)).toEqual(["a", "b", "c", "d", "e"]);
    await expect(collectPages(read, 3)).rejects.toMatchObject({code: "client/too-many"});
  });
});

describe("field", () => {
  test("a device is defined, told, read, written, called and removed", async () => {
    gateway.readings.set("voltageL1", reading("voltageL1", 230.5, {device: "meter 1"}));
    await client.field.putDevice(METER);
    expect(last()).toEqual({method: "PUT", path: "/api/field/v1/devices/meter%201", body: METER});
    expect(await client.field.device("meter 1")).toMatchObject({id: "meter 1", state: "connected"});
    expect((await client.field.devices()).items).toHaveLength(1);
    expect(await client.field.readings("meter 1")).toMatchObject([{value: 230.5}]);
    expect(await client.field.read("meter 1", ["voltageL1"])).toMatchObject([{point: "voltageL1"}]);
    expect(await client.field.read("meter 1")).toHaveLength(1);
    expect(last().body).toEqual({});
    expect(await client.field.write("meter 1", {point: "limit", value: 5})).toMatchObject({isVerified: true});
    expect(await client.field.call("meter 1", {method: "start", inputs: [1]})).toEqual({
      statusCode: "Good",
      outputs: [42],
    });
    expect(last().body).toEqual({method: "start", inputs: [1]});
    expect(await client.field.removeDevice("meter 1")).toBe(true);
    expect(await client.field.removeDevice("meter 1")).toBe(false);
    expect(await client.field.device("meter 1")).toBeNull();
  });

  test("a definition is tried without being kept", async () => {
    expect(await client.field.test(METER, ["voltageL1"])).toMatchObject({isReachable: true});
    expect(last().body).toEqual({definition: METER, points: ["voltageL1"]});
    expect((await client.field.devices()).items).toEqual([]);
  });
});

describe("node", () => {
  test("info is read from TIP-25's form", async () => {
    expect(await client.node.info()).toEqual({
      networkName: "tanglegate-demo",
      protocolVersion: 2,
      minPowScore: 1,
      isHealthy: true,
      latestMilestoneIndex: 9,
      confirmedMilestoneIndex: 8,
      pruningIndex: 0,
    });
  });

  test("tagged data is posted without parents and nonce, for the node to attach", async () => {
    const id = await client.node.submitTaggedData({tag: new Uint8Array([1]), data: new Uint8Array([2, 3])});
    expect(last().body).toEqual({protocolVersion: 2, payload: {type: 5, tag: "0x01", data: "0x0203"}});
    const bytes = await client.node.block(id);
    expect(readTaggedBlock(bytes!)).toEqual({blockId: id, tag: new Uint8Array([1]), data: new Uint8Array([2, 3])});
    expect(await client.node.blockMetadata(id)).toMatchObject({blockId: id, isSolid: true});
  });

  test("a tag past 64 bytes is refused before it is sent", async () => {
    const input = {tag: new Uint8Array(65), data: new Uint8Array(0)};
    await expect(async () => client.node.submitTaggedData(input)).rejects.toMatchObject({code: "node/invalid"});
    expect(gateway.requests).toEqual([]);
  });

  test("a complete block is posted as it is", async () => {
    const bytes = taggedBlock(new Uint8Array([7]), new Uint8Array([8]));
    const id = await client.node.submitBlock(bytes);
    expect(await client.node.block(id)).toEqual(bytes);
  });

  test("what the node does not know is null", async () => {
    const id = `0x${"00".repeat(32)}` as const;
    expect(await client.node.block(id)).toBeNull();
    expect(await client.node.blockMetadata(id)).toBeNull();
    expect(await client.node.milestone(1)).toBeNull();
    expect(await client.node.proveInclusion!(id)).toBeNull();
  });
});

test("login gives a token, or the server's sentence", async () => {
  gateway.users.set("anna", {password: "right", scopes: ["admin"]});
  expect(await client.login("anna", "right")).toMatchObject({token: "jwt-anna", identity: {actor: "user:anna"}});
  await expect(client.login("anna", "wrong")).rejects.toMatchObject({
    code: "gateway/unauthorised",
    message: "User or password is wrong.",
  });
  expect(await client.status()).toHaveProperty("version");
});

test("a service's refusal names the service", async () => {
  const stranger = createGatewayClient({url: gateway.url});
  await expect(stranger.audit.machines()).rejects.toMatchObject({code: "audit/unauthorised"});
  await expect(stranger.field.profiles()).rejects.toMatchObject({code: "field/unauthorised"});
});

test("history, events and scans are asked for where the field process has them", async () => {
  const paths: string[] = [];
  const recording = createGatewayClient({
    url: "http://gateway",
    fetch: async (input, init) => {
      paths.push(`${init.method} ${input.replace("http://gateway/api/field/v1", "")}`);
      return new Response(JSON.stringify({items: []}), {status: init.method === "DELETE" ? 404 : 200});
    },
  }).field;
  await recording.history("meter 1", {points: ["a", "b"], from: 5, maxPoints: 60});
  await recording.history("m");
  expect(await recording.events("m")).toEqual([]);
  await recording.definition("m");
  await recording.scan({target: "10.0.0.1"});
  await recording.scanJob("7");
  expect(await recording.cancelScan("7")).toBe(false);
  expect(paths).toEqual([
    "GET /devices/meter%201/history?from=5&maxPoints=60&points=a%2Cb",
    "GET /devices/m/history",
    "GET /devices/m/events",
    "GET /devices/m/definition",
    "POST /scan",
    "GET /scan/7",
    "DELETE /scan/7",
  ]);
});
