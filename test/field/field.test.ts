import {mkdir, mkdtemp, readFile, rm, writeFile} from "node:fs/promises";
import {createServer, type Server} from "node:net";
import os from "node:os";
import path from "node:path";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import {Aedes} from "aedes";
import type {DeviceStatus, DeviceTest, Page, Reading, WriteResult} from "../../src/client/index.ts";
import {createSystemClock} from "../../src/clock.ts";
import {createField, type Field} from "../../src/field/index.ts";
import {createModbusServer, type ModbusServer, type RegisterBank} from "../../src/fieldbus/index.ts";
import {silentLog} from "../../src/log.ts";
import {createSystemRandom} from "../../src/random.ts";

const TOKEN = "token-of-this-test";
const clock = createSystemClock();
const deps = {clock, random: createSystemRandom(), log: silentLog};

let folder: string;
let meter: ModbusServer;
let words: number[];
let isDeaf: boolean;
let field: Field;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "tanglegate-field-"));
  words = [100, 200, 300];
  isDeaf = false;
  const bank: RegisterBank = {
    readHolding: (address, count) =>
      address + count > words.length ? {exception: 2} : words.slice(address, address + count),
    writeHolding: (address, values) => {
      if (!isDeaf) for (const [index, value] of values.entries()) words[address + index] = value;
      return null;
    },
  };
  meter = createModbusServer({host: "127.0.0.1", port: 0, units: new Map([[1, bank]])}, {log: silentLog});
  await meter.start();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await field.stop();
  await meter.stop();
  await rm(folder, {recursive: true, force: true});
});

async function open(options: {broker?: number; devices?: readonly unknown[]} = {}) {
  field = createField(
    {
      folder,
      host: "127.0.0.1",
      port: 0,
      token: TOKEN,
      broker: {host: "127.0.0.1", port: options.broker ?? 1},
      devices: options.devices ?? [],
    },
    deps,
  );
  await field.start();
}

const FLOW = "process:node-red";
const PERSON = "user:anna";

async function ask<Answer>(method: string, at: string, body?: unknown, token: string | null = TOKEN, actor = PERSON) {
  const response = await fetch(`http://127.0.0.1:${field.port}/api/field/v1${at}`, {
    method,
    headers: {
      ...(token === null ? {} : {authorization: `Bearer ${token}`}),
      "x-tanglegate-actor": actor,
      ...(body === undefined ? {} : {"content-type": "application/json"}),
    },
    ...(body === undefined ? {} : {body: typeof body === "string" ? body : JSON.stringify(body)}),
  });
  const text = await response.text();
  return {status: response.status, body: (text === "" ? null : JSON.parse(text)) as Answer};
}

const askAs = <Answer>(actor: string, method: string, body?: unknown) =>
  ask<Answer>(method, "/devices/meter", body, TOKEN, actor);

const definition = (changes: object = {}) => ({
  id: "meter",
  name: "Meter",
  connection: {protocol: "modbus-tcp", host: "127.0.0.1", port: meter.port, unitId: 1, timeoutMs: 200},
  profile: null,
  points: [
    {name: "a", source: "modbus", table: "holding", address: 0, type: "uint16", factor: 0.1, unit: "V", writable: true},
    {name: "b", source: "modbus", table: "holding", address: 1, type: "uint16"},
    {name: "gone", source: "modbus", table: "holding", address: 9, type: "uint16"},
  ],
  periodMs: 100,
  ...changes,
});

async function until<Value>(get: () => Promise<Value> | Value, holds: (value: Value) => boolean): Promise<Value> {
  const end = clock.monotonicMs() + 8_000;
  for (;;) {
    const value = await get();
    if (holds(value)) return value;
    if (clock.monotonicMs() > end) throw new Error(`still ${JSON.stringify(value)}`);
    await clock.sleep(25);
  }
}

const status = async (id = "meter") => (await ask<DeviceStatus>("GET", `/devices/${id}`)).body;
const isConnected = (value: DeviceStatus) => value.state === "connected";

describe("a device", () => {
  test("is defined, polled, shown and removed", async () => {
    await open();
    expect(await ask("PUT", "/devices/meter", definition())).toEqual({status: 200, body: {outcome: "created"}});
    expect(await until(status, isConnected)).toMatchObject({
      id: "meter",
      name: "Meter",
      protocol: "modbus-tcp",
      address: `127.0.0.1:${meter.port}`,
      // The one point that the device lacks is told, and costs the others nothing.
      reason: "1 of 3 points give no value; the first one: gone, the device has no holding 9.",
      points: [{name: "a", unit: "V", writable: true}, {name: "b"}, {name: "gone"}],
    });
    const {body} = await ask<Page<Reading>>("GET", "/devices/meter/readings");
    expect(body.items).toMatchObject([
      {device: "meter", point: "a", value: 10, unit: "V", quality: "good", reason: null},
      {device: "meter", point: "b", value: 200, unit: null},
      {device: "meter", point: "gone", value: null, quality: "bad"},
    ]);
    expect(await ask("DELETE", "/devices/meter")).toMatchObject({status: 204});
    expect(await ask("GET", "/devices/meter")).toMatchObject({status: 404});
    expect(await ask("DELETE", "/devices/meter")).toMatchObject({status: 404});
    await until(
      () => meter.connections,
      (open) => open === 0,
    );
  });

  test("the same definition again keeps the link; another one makes a new one", async () => {
    await open();
    await ask("PUT", "/devices/meter", definition());
    const before = await until(status, isConnected);
    expect(await ask("PUT", "/devices/meter", definition())).toMatchObject({body: {outcome: "unchanged"}});
    expect((await status()).requests).toBeGreaterThanOrEqual(before.requests);
    expect(await ask("PUT", "/devices/meter", definition({name: "Other"}))).toMatchObject({body: {outcome: "changed"}});
    expect((await until(status, isConnected)).name).toBe("Other");
    expect(meter.connections).toBe(1);
  });

  test("is there again after a restart", async () => {
    await open();
    await ask("PUT", "/devices/meter", definition());
    await field.stop();
    await open();
    expect((await until(status, isConnected)).name).toBe("Meter");
    expect(JSON.parse(await readFile(path.join(folder, "devices.json"), "utf8"))).toMatchObject({
      format: "tanglegate-devices/v1",
      devices: [{id: "meter"}],
    });
  });

  test("whose profile is gone after a restart is shown with the reason", async () => {
    const kept = {format: "tanglegate-devices/v1", devices: [definition({profile: "gone"})]};
    await writeFile(path.join(folder, "devices.json"), JSON.stringify(kept));
    await open();
    expect(await status()).toMatchObject({state: "fault", reason: expect.stringMatching(/no profile "gone"/)});
    expect(await ask("POST", "/devices/meter/read", {})).toMatchObject({status: 400});
    expect(await askAs(FLOW, "PUT", definition())).toMatchObject({body: {outcome: "changed"}});
    await until(status, isConnected);
  });

  test("that falls silent keeps its last value as stale, then recovers by itself", async () => {
    await open();
    await ask("PUT", "/devices/meter", definition());
    await until(status, isConnected);
    meter.setFault(1, {kind: "hang"});
    const fault = await until(status, (value) => value.state === "fault");
    expect(fault).toMatchObject({
      reason: expect.stringMatching(/did not answer within 200 ms/),
      remedy: expect.stringMatching(/unit id/),
    });
    expect(fault.lastGoodMs).toBeGreaterThan(500);
    const {body} = await ask<Page<Reading>>("GET", "/devices/meter/readings");
    expect(body.items[0]).toMatchObject({value: 10, quality: "stale", reason: "no new value for more than 0.5 s"});
    expect(await ask("POST", "/devices/meter/read", {})).toMatchObject({status: 504});
    meter.setFault(1, null);
    await until(status, isConnected);
  }, 15_000);

  test("that sends nonsense never becomes a zero", async () => {
    await open();
    await ask("PUT", "/devices/meter", definition());
    await until(status, isConnected);
    meter.setFault(1, {kind: "garbage"});
    await until(status, (value) => value.state === "fault");
    const {body} = await ask<Page<Reading>>("GET", "/devices/meter/readings");
    for (const reading of body.items) expect([null, 10, 200]).toContain(reading.value);
    expect(body.items.every((reading) => reading.quality !== "good")).toBe(true);
    meter.setFault(1, null);
    await until(status, isConnected);
  }, 15_000);

  test("of gateway.yaml is there, is not kept, and cannot be changed or removed elsewhere", async () => {
    await open({devices: [definition()]});
    await until(status, isConnected);
    expect(await ask("PUT", "/devices/meter", definition({name: undefined}))).toMatchObject({
      body: {outcome: "unchanged"},
    });
    expect(await ask("PUT", "/devices/meter", definition({periodMs: 200}))).toMatchObject({status: 409});
    expect(await ask("DELETE", "/devices/meter")).toMatchObject({status: 409});
    await expect(readFile(path.join(folder, "devices.json"))).rejects.toMatchObject({code: "ENOENT"});
  });

  test("of gateway.yaml that is wrong stops the start, with the setting", async () => {
    await expect(open({devices: [definition(), definition({periodMs: 1})]})).rejects.toMatchObject({
      code: "field/invalid",
      message: expect.stringMatching(/^Setting field\.devices\.1: periodMs: /),
    });
  });
});

describe("who keeps a device", () => {
  test("a deploy does not overwrite or remove what a person has defined; the same again is no change", async () => {
    await open();
    await askAs(PERSON, "PUT", definition());
    const conflict = {status: 409, body: {error: {message: expect.stringMatching(/defined in the console/)}}};
    expect(await askAs(FLOW, "PUT", definition({periodMs: 200}))).toMatchObject(conflict);
    expect(await askAs("token:line-7", "PUT", definition({periodMs: 200}))).toMatchObject(conflict);
    expect(await askAs(FLOW, "DELETE")).toMatchObject(conflict);
    expect(await askAs(FLOW, "PUT", definition())).toMatchObject({body: {outcome: "unchanged"}});
    expect(await status()).toMatchObject({definedBy: "console"});
  });
  test("a person does not change what a flow defines, but may clear away what it left behind", async () => {
    await open();
    await askAs(FLOW, "PUT", definition());
    expect(await status()).toMatchObject({definedBy: "node-red"});
    expect(await askAs(PERSON, "PUT", definition({periodMs: 200}))).toMatchObject({
      status: 409,
      body: {error: {message: expect.stringMatching(/Node-RED flow/)}},
    });
    expect(await askAs(PERSON, "DELETE")).toMatchObject({status: 204});
  });
  test("is known after a restart", async () => {
    await open();
    await askAs(PERSON, "PUT", definition());
    await ask("PUT", "/devices/flow", definition({id: "flow"}), TOKEN, FLOW);
    await field.stop();
    await open({devices: [definition({id: "fixed"})]});
    const {items} = (await ask<Page<DeviceStatus>>("GET", "/devices")).body;
    expect(Object.fromEntries(items.map(({id, definedBy}) => [id, definedBy]))).toEqual({
      fixed: "gateway.yaml",
      flow: "node-red",
      meter: "console",
    });
  });
});

describe("reading and writing", () => {
  test("points are read from the device now", async () => {
    await open();
    await ask("PUT", "/devices/meter", definition({periodMs: 60_000}));
    await until(status, isConnected);
    words[1] = 777;
    const {body} = await ask<Page<Reading>>("POST", "/devices/meter/read", {points: ["b"]});
    expect(body.items).toMatchObject([{point: "b", value: 777, quality: "good"}]);
    expect((await ask<Page<Reading>>("GET", "/devices/meter/readings")).body.items[1]).toMatchObject({value: 777});
  });
  test("a write is answered with the value read back and the one before", async () => {
    await open();
    await ask("PUT", "/devices/meter", definition());
    const {body} = await ask<WriteResult>("POST", "/devices/meter/write", {point: "a", value: 25.5});
    expect(body).toMatchObject({isVerified: true, reading: {value: 25.5, unit: "V"}, previous: {value: 10}});
    expect(words[0]).toBe(255);
  });
  test("a device that does not take the value is told apart", async () => {
    await open();
    await ask("PUT", "/devices/meter", definition());
    isDeaf = true;
    const {status: code, body} = await ask<WriteResult>("POST", "/devices/meter/write", {point: "a", value: 25.5});
    expect(code).toBe(200);
    expect(body).toMatchObject({isVerified: false, reading: {value: 10}});
  });
});

describe("a live try", () => {
  test("gives readings and keeps nothing", async () => {
    await open();
    const {body} = await ask<DeviceTest>("POST", "/test", {definition: definition(), points: ["a"]});
    expect(body).toMatchObject({isReachable: true, reason: null, readings: [{point: "a", value: 10}]});
    expect((await ask<Page<DeviceStatus>>("GET", "/devices")).body.items).toEqual([]);
    await until(
      () => meter.connections,
      (count) => count === 0,
    );
  });
  test("says why there is no answer and what to do", async () => {
    await open();
    const nobody = {...definition().connection, port: 1};
    const {body} = await ask<DeviceTest>("POST", "/test", {definition: definition({connection: nobody})});
    expect(body).toMatchObject({
      isReachable: false,
      reason: "127.0.0.1:1 cannot be reached: the connection is refused.",
      remedy: expect.stringMatching(/nothing listens on this port/),
      readings: [],
    });
  });
});

describe("what is wrong is refused with the reason", () => {
  test.each<[string, string, string, unknown, number, RegExp]>([
    [
      "an unknown setting",
      "PUT",
      "/devices/meter",
      () => definition({speed: 1}),
      400,
      /^speed: there is no such setting/,
    ],
    ["a wrong type", "PUT", "/devices/meter", () => definition({periodMs: "1000"}), 400, /^periodMs: /],
    ["another id than the address", "PUT", "/devices/other", () => definition(), 400, /^id: /],
    ["no body", "PUT", "/devices/meter", undefined, 400, /the body/],
    ["text that is not JSON", "PUT", "/devices/meter", "{", 400, /JSON/],
    ["a body over the limit", "PUT", "/devices/meter", () => definition({name: "x".repeat(1 << 20)}), 413, /./],
    ["an unknown device", "GET", "/devices/none", undefined, 404, /no device none/],
    ["readings of an unknown device", "GET", "/devices/none/readings", undefined, 404, /no device none/],
    ["an unknown route", "GET", "/nothing", undefined, 404, /nothing at GET/],
    ["a read of an unknown point", "POST", "/devices/known/read", {points: ["z"]}, 404, /no point z/],
    ["a read with a wrong body", "POST", "/devices/known/read", {points: "a"}, 400, /^points: /],
    ["a read with an unknown setting", "POST", "/devices/known/read", {point: "a"}, 400, /^point: there is no such/],
    ["a write without a value", "POST", "/devices/known/write", {point: "a"}, 400, /^value: a number, a text/],
    ["a write of a structure", "POST", "/devices/known/write", {point: "a", value: {}}, 400, /^value: /],
    ["a write of a text to a number", "POST", "/devices/known/write", {point: "a", value: "5"}, 400, /finite number/],
    ["a write out of range", "POST", "/devices/known/write", {point: "a", value: 1e6}, 400, /outside/],
    [
      "a write to a point that is read only",
      "POST",
      "/devices/known/write",
      {point: "b", value: 1},
      400,
      /cannot be written/,
    ],
    ["a call without a method", "POST", "/devices/known/call", {inputs: []}, 400, /method/],
    ["a call of a Modbus device", "POST", "/devices/known/call", {method: "start"}, 400, /no methods/],
    ["a test without a definition", "POST", "/test", {}, 400, /definition/],
    [
      "another framing on a bus in use",
      "PUT",
      "/devices/rtu",
      () => ({...definition(), id: "rtu", connection: {...definition().connection, framing: "rtu"}}),
      409,
      /another framing/,
    ],
    ["a page of no size", "GET", "/devices?pageSize=0", undefined, 400, /^pageSize: /],
  ])("%s", async (_, method, at, body, code, sentence) => {
    await open();
    if (/known|rtu/.test(at)) await ask("PUT", "/devices/known", definition({id: "known"}));
    const answer = await ask<{error: {code: string; message: string}}>(
      method,
      at,
      typeof body === "function" ? body() : body,
    );
    expect(answer.status).toBe(code);
    expect(answer.body.error.code).toBe(String(code));
    expect(answer.body.error.message).toMatch(sentence);
  });
  test.each([
    ["no token", null],
    ["a wrong token", "wrong"],
    ["an empty token", ""],
  ])("%s is 401", async (_, token) => {
    await open();
    for (const at of ["/devices", "/profiles", "/devices/meter"]) {
      expect(await ask("GET", at, undefined, token)).toMatchObject({status: 401});
    }
  });
  test("health is open", async () => {
    await open();
    const response = await fetch(`http://127.0.0.1:${field.port}/health`);
    expect(await response.json()).toMatchObject({isHealthy: true, broker: {isConnected: false}});
  });
  test("a definition that is refused leaves the old device as it was", async () => {
    await open();
    await ask("PUT", "/devices/meter", definition());
    await ask("PUT", "/devices/second", definition({id: "second"}));
    const rtu = {...definition().connection, framing: "rtu"};
    expect(await ask("PUT", "/devices/meter", definition({connection: rtu}))).toMatchObject({status: 409});
    await until(status, isConnected);
  });
});

test("profiles: built in, and dropped into the home without a restart; a broken file harms no other", async () => {
  await open();
  const names = async () =>
    (await ask<Page<{name: string; origin: string}>>("GET", "/profiles")).body.items.map(
      ({name, origin}) => `${origin} ${name}`,
    );
  expect(await names()).toContain("built-in eastron-sdm630");
  await mkdir(path.join(folder, "profiles"));
  const own = {
    format: "tanglegate-profile/v1",
    name: "my-meter",
    manufacturer: "Me",
    model: "One",
    sources: ["my own manual"],
    protocol: "modbus",
    wordOrder: "big",
    points: [{name: "a", table: "holding", address: 1, type: "uint16"}],
  };
  await writeFile(path.join(folder, "profiles", "my-meter.json"), JSON.stringify(own));
  await writeFile(path.join(folder, "profiles", "broken.json"), "{");
  expect(await names()).toContain("home my-meter");
  await ask("PUT", "/devices/meter", definition({profile: "my-meter", points: []}));
  await until(status, isConnected);
  const first = await ask<Page<Reading>>("GET", "/devices/meter/readings");
  expect(first.body.items).toMatchObject([{value: 200}]);
  // The same definition with a corrected profile is a change.
  const corrected = {...own, points: [{...own.points[0], address: 2}]};
  await writeFile(path.join(folder, "profiles", "my-meter.json"), JSON.stringify(corrected));
  const put = () => ask("PUT", "/devices/meter", definition({profile: "my-meter", points: []}));
  expect(await put()).toMatchObject({body: {outcome: "changed"}});
  expect(await put()).toMatchObject({body: {outcome: "unchanged"}});
  await until(
    async () => (await ask<Page<Reading>>("GET", "/devices/meter/readings")).body.items[0]?.value,
    (value) => value === 300,
  );
});

describe("the broker", () => {
  interface Event {
    readonly topic: string;
    readonly event: {id: string; type: string; specversion: string; source: string; data: Reading & DeviceStatus};
  }
  async function broker(port = 0) {
    const events: Event[] = [];
    const aedes = await Aedes.createBroker();
    aedes.authenticate = (_client, user, password, done) =>
      done(null, user === "field" && password?.toString() === TOKEN);
    aedes.on("publish", (packet, client) => {
      if (client !== null)
        events.push({topic: packet.topic, event: JSON.parse(packet.payload.toString()) as Event["event"]});
    });
    const server: Server = createServer(aedes.handle);
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const close = async () => {
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    };
    cleanups.push(close);
    return {events, port: (server.address() as {port: number}).port, close};
  }
  const valuesOf = (events: readonly Event[], point: string) =>
    events.filter(({topic}) => topic === `tanglegate/field/readings/meter/${point}`).map(({event}) => event.data.value);

  test("gets readings and states as CloudEvents; a value that stays is told once", async () => {
    const {events, port} = await broker();
    await open({broker: port});
    await ask("PUT", "/devices/meter", definition());
    await until(
      () => valuesOf(events, "a").length,
      (count) => count > 0,
    );
    words[0] = 110;
    await until(
      () => valuesOf(events, "a"),
      (values) => values.includes(11),
    );
    await clock.sleep(300);
    expect(valuesOf(events, "a")).toEqual([10, 11]);
    const reading = events.find(({topic}) => topic.endsWith("/a"))!.event;
    expect(reading).toMatchObject({
      specversion: "1.0",
      type: "tanglegate.reading.v1",
      source: "/field",
      subject: "meter/a",
      data: {device: "meter", point: "a", value: 10, unit: "V", quality: "good"},
    });
    const states = events
      .filter(({topic}) => topic === "tanglegate/field/status/meter")
      .map(({event}) => event.data.state);
    expect(states).toEqual(["connecting", "connected"]);
    expect(new Set(events.map(({event}) => event.id)).size).toBe(events.length);
  }, 15_000);

  test("that is not there stops no polling, and gets the present values when it comes", async () => {
    const probe = await broker();
    await probe.close();
    await open({broker: probe.port});
    await ask("PUT", "/devices/meter", definition());
    await until(status, isConnected);
    const {events} = await broker(probe.port);
    await until(
      () => valuesOf(events, "b"),
      (values) => values.includes(200),
    );
  }, 15_000);

  test("hears of a value that grows old", async () => {
    const {events, port} = await broker();
    await open({broker: port});
    await ask("PUT", "/devices/meter", definition());
    await until(
      () => valuesOf(events, "a").length,
      (count) => count > 0,
    );
    meter.setFault(1, {kind: "drop"});
    await until(
      () => events.filter(({topic}) => topic.endsWith("/a")).at(-1)?.event.data.quality,
      (quality) => quality === "stale",
    );
    await until(
      () => events.filter(({topic}) => topic.endsWith("/status/meter")).at(-1)?.event.data.state,
      (state) => state === "fault",
    );
  }, 15_000);
});

test("history and events of a device over REST, also after a restart", async () => {
  await open();
  await ask("PUT", "/devices/meter", definition());
  await until(status, isConnected);
  interface Answer {
    readonly series: readonly {readonly point: string; readonly times: readonly number[]; readonly max: number[]}[];
    readonly without: readonly {readonly point: string}[];
  }
  const history = async (query: string) => (await ask<Answer>("GET", `/devices/meter/history${query}`)).body;
  expect(await history("?points=a&maxPoints=60")).toMatchObject({
    device: "meter",
    series: [{point: "a", unit: "V", max: [10]}],
    states: [],
    without: [],
  });
  meter.setFault(1, {kind: "drop"});
  await until(status, (value) => value.state === "fault");
  await field.stop();
  await open();
  expect((await history("")).series.map(({point}) => point)).toEqual(["a", "b", "gone"]);
  const {body} = await ask<Page<{state: string; faultCode: string | null}>>("GET", "/devices/meter/events");
  expect(body.items.map(({state, faultCode}) => [state, faultCode])).toEqual(
    expect.arrayContaining([
      ["connected", "some-values"],
      ["fault", "closed"],
    ]),
  );
  for (const [at, code] of [
    ["/devices/none/history", 404],
    ["/devices/none/events", 404],
    ["/devices/meter/history?points=none", 404],
    ["/devices/meter/history?maxPoints=1", 400],
    ["/devices/meter/history?from=x", 400],
    ["/devices/meter/history?speed=1", 400],
  ] as const) {
    expect([at, (await ask("GET", at)).status]).toEqual([at, code]);
  }
}, 20_000);
