import {once} from "node:events";
import {createServer, type Server} from "node:http";
import {type AddressInfo, connect} from "node:net";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import mqtt, {type IClientOptions, type MqttClient} from "mqtt";
import {createManualClock} from "../../src/clock.ts";
import type {Caller} from "../../src/gateway/auth/caller.ts";
import {NODE_RED_SCOPES, ROLES, type Role, scopesOf} from "../../src/gateway/auth/roles.ts";
import type {User} from "../../src/gateway/auth/users.ts";
import {type Broker, createBroker} from "../../src/gateway/broker.ts";
import {createPacketMeter} from "../../src/gateway/packet-limit.ts";
import {mayPublish, maySubscribe} from "../../src/gateway/topics.ts";
import {silentLog} from "../../src/log.ts";
import {until} from "../support/until.ts";

const callerOf = (actor: string, scopes: Iterable<string>, others: Partial<Caller> = {}): Caller => ({
  ...{actor, role: actor.split(":")[0]!, scopes: new Set(scopes)},
  ...{credential: actor, expiresAtMs: null, user: null, session: null},
  ...others,
});
const asRole = (role: Role) => callerOf(`user:${role}`, scopesOf(role));
const callers: Record<string, Caller> = {
  field: callerOf("process:field", ["field:publish"]),
  reader: callerOf("token:reader", ["field:read"]),
  auditor: callerOf("token:auditor", ["audit:read"]),
  nodeRed: callerOf("process:node-red", NODE_RED_SCOPES),
  ...Object.fromEntries(ROLES.map((role) => [role, asRole(role)])),
};

const clock = createManualClock();
let broker: Broker;
let http: Server;
const clients: MqttClient[] = [];

async function startBroker(isOpen: boolean): Promise<void> {
  const present = (topic: string) =>
    topic === "milestone-info/latest" ? [{topic, payload: new TextEncoder().encode('{"index":3}')}] : [];
  broker = createBroker(
    {host: "127.0.0.1", port: 0, isOpen, present},
    {identify: async (token) => callers[token] ?? null, clock, log: silentLog},
  );
  await broker.start();
}

function connectAs(
  password: string | null,
  url = `mqtt://127.0.0.1:${broker.port}`,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const login = password === null ? {} : {username: "x", password};
  const client = mqtt.connect(url, {protocolVersion: 4, reconnectPeriod: 0, ...login, ...options});
  clients.push(client);
  return new Promise((resolve, reject) => {
    client.once("connect", () => resolve(client));
    client.once("error", reject);
  });
}

const nextMessage = (client: MqttClient) =>
  new Promise<string>((resolve) => client.once("message", (topic, payload) => resolve(`${topic} ${payload}`)));

beforeEach(() => startBroker(true));
afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true);
  http?.close();
  await broker.stop();
});

test("a client without a login reads the Tangle's topics", async () => {
  const client = await connectAs(null);
  await client.subscribeAsync("milestone-info/+");
  const message = nextMessage(client);
  broker.publish("milestone-info/confirmed", '{"index":7}');
  expect(await message).toBe('milestone-info/confirmed {"index":7}');
});

test("the same over WebSocket", async () => {
  http = createServer();
  http.on("upgrade", (request, socket, head) => broker.handleUpgrade(request, socket, head));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const client = await connectAs(null, `ws://127.0.0.1:${(http.address() as AddressInfo).port}/api/mqtt/v1`);
  await client.subscribeAsync("blocks");
  const message = nextMessage(client);
  broker.publish("blocks", "bytes");
  expect(await message).toBe("blocks bytes");
});

test("readings go from the field process to a reader with the scope", async () => {
  const reader = await connectAs("reader");
  await reader.subscribeAsync("tanglegate/field/readings/#");
  const heard: string[] = [];
  broker.onPublished((topic) => heard.push(topic));
  const message = nextMessage(reader);
  const field = await connectAs("field");
  await field.publishAsync("tanglegate/field/readings/m1/power", "5", {qos: 1});
  expect(await message).toBe("tanglegate/field/readings/m1/power 5");
  // The broker tells its own listeners when it has handed the message to all clients.
  await until(() => heard.length > 0);
  expect(heard).toEqual(["tanglegate/field/readings/m1/power"]);
});

test("a new subscriber gets the present state at once", async () => {
  const client = await connectAs(null);
  const message = nextMessage(client);
  await client.subscribeAsync("milestone-info/latest");
  expect(await message).toBe('milestone-info/latest {"index":3}');
});

test("an unknown token does not connect", async () => {
  await expect(connectAs("guess")).rejects.toThrow(/Not authorized/i);
});

test("on a broker that is not open nobody connects without a login", async () => {
  await broker.stop();
  await startBroker(false);
  await expect(connectAs(null)).rejects.toThrow();
});

test("only the field process publishes; another client's connection ends", async () => {
  const client = await connectAs("reader");
  const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
  const heard: string[] = [];
  broker.onPublished((topic) => heard.push(topic));
  client.publish("tanglegate/field/readings/m1/power", "5", {qos: 0});
  await closed;
  expect(heard).toEqual([]);
});

test("a packet that announces more than a mebibyte ends the connection before it is sent, without a login", async () => {
  const socket = connect(broker.port, "127.0.0.1");
  const closed = once(socket, "close");
  // CONNECT with a remaining length of 268,435,455 bytes, the longest there is.
  socket.write(Uint8Array.of(0x10, 0xff, 0xff, 0xff, 0x7f, 0x00));
  await closed;
});

test("subscriptions end at their maximum, whatever else is unsubscribed", async () => {
  const client = await connectAs(null);
  const topics = (from: number, count: number) => Array.from({length: count}, (_, index) => `blocks/${from + index}`);
  await client.subscribeAsync(topics(0, 1000));
  await client.unsubscribeAsync(topics(5000, 10));
  const refused = await client.subscribeAsync("blocks/1000").catch((error: unknown) => error);
  expect(JSON.stringify(refused)).toContain("128");
  await client.subscribeAsync("blocks/1");
  await client.unsubscribeAsync("blocks/1");
  await client.subscribeAsync("blocks/1000");
});

describe("a meter of packets", () => {
  const pass = (parts: readonly (readonly number[])[], bytesMax = 300) => {
    const isWithin = createPacketMeter(bytesMax);
    return parts.every((part) => isWithin(Uint8Array.from(part)));
  };
  const body = (length: number) => Array.from({length}, () => 0xff);

  test.each<[string, readonly (readonly number[])[], boolean]>([
    ["packets without a body", [[0xc0, 0, 0xc0, 0]], true],
    ["a body that looks like headers", [[0x30, 3, ...body(3), 0xc0, 0]], true],
    ["a packet of the limit", [[0x30, 0xac, 0x02, ...body(300), 0xc0, 0]], true],
    ["the same cut everywhere", [...[0x30, 0xac, 0x02, ...body(300), 0xc0, 0].map((byte) => [byte])], true],
    ["one byte more", [[0x30, 0xad, 0x02]], false],
    ["a second packet that is too long", [[0xc0, 0, 0x30, 0xff], [0x7f]], false],
    ["a length without an end", [[0x30, 0x80, 0x80, 0x80, 0x80, 0x80]], false],
  ])("%s", (_what, parts, isWithin) => {
    expect(pass(parts)).toBe(isWithin);
  });
});

const closed = (client: MqttClient) => new Promise<void>((resolve) => client.once("close", () => resolve()));

test("nobody takes over another's connection under its client id", async () => {
  const options = {clientId: "same"};
  const field = await connectAs("field", undefined, options);
  const reader = await connectAs("reader", undefined, options);
  const nobody = await connectAs(null, undefined, options);
  for (const client of [field, reader, nobody]) expect(client.connected).toBe(true);
  await nobody.subscribeAsync("blocks");
  expect(field.connected).toBe(true);
});

test("nothing is kept for a client that is away, whatever it asks for", async () => {
  const options = {clientId: "away", clean: false};
  const first = await connectAs("reader", undefined, options);
  await first.subscribeAsync("tanglegate/field/readings/#", {qos: 1});
  await first.endAsync();
  broker.publish("tanglegate/field/readings/m1/power", "5");
  const again = await connectAs("reader", undefined, options);
  const heard: string[] = [];
  again.on("message", (topic) => heard.push(topic));
  await again.subscribeAsync("blocks");
  const message = nextMessage(again);
  broker.publish("tanglegate/field/readings/m1/power", "6");
  broker.publish("blocks", "bytes");
  await message;
  expect(heard).toEqual(["blocks"]);
});

test("a credential that ends takes its connections along, and no others", async () => {
  const [reader, auditor] = [await connectAs("reader"), await connectAs("auditor")];
  const gone = closed(reader);
  broker.end("token:reader");
  await gone;
  await auditor.subscribeAsync("blocks");
  expect(auditor.connected).toBe(true);
});

test("an expired session hears nothing more, and its connection ends", async () => {
  callers.brief = callerOf("user:brief", ["field:read"], {expiresAtMs: clock.now() + 1000});
  const client = await connectAs("brief");
  await client.subscribeAsync("tanglegate/field/#");
  const heard: string[] = [];
  client.on("message", (topic) => heard.push(topic));
  await clock.advance(1000);
  const gone = closed(client);
  broker.publish("tanglegate/field/readings/m1/power", "5");
  await gone;
  expect(heard).toEqual([]);
});

test("who has to choose a password first does not connect", async () => {
  const user = {name: "anna", mustChangePassword: true} as User;
  callers.fresh = callerOf("user:anna", ["field:read"], {user});
  await expect(connectAs("fresh")).rejects.toThrow(/Not authorized/i);
});

test("a last will is published only where its client may publish", async () => {
  const willOf = (name: string) => ({
    will: {topic: `tanglegate/field/status/${name}`, payload: Buffer.from("gone"), qos: 0 as const, retain: false},
  });
  const witness = await connectAs("reader");
  await witness.subscribeAsync("tanglegate/field/status/#");
  const heard: string[] = [];
  witness.on("message", (topic) => heard.push(topic));
  for (const name of ["operator", "admin", "nodeRed"]) {
    const client = await connectAs(name, undefined, willOf(name));
    const gone = closed(client);
    client.stream.destroy();
    await gone;
  }
  const field = await connectAs("field", undefined, willOf("field"));
  const message = nextMessage(witness);
  field.stream.destroy();
  await message;
  expect(heard).toEqual(["tanglegate/field/status/field"]);
});

const READABLE: Readonly<Record<string, readonly string[]>> = {
  "milestone-info/latest": ["(nobody)", ...Object.keys(callers)],
  "blocks/tagged-data/0x61": ["(nobody)", ...Object.keys(callers)],
  "tanglegate/field/readings/m1/power": [
    ...["reader", "nodeRed", "viewer", "reviewer", "maintainer", "operator", "admin"],
  ],
  "tanglegate/field/status/m1": ["reader", "nodeRed", "viewer", "reviewer", "maintainer", "operator", "admin"],
  "tanglegate/audit/entries/press-7": [
    ...["auditor", "nodeRed", "viewer", "reviewer", "maintainer", "operator", "admin"],
  ],
  "tanglegate/wallet/balance": [],
  "tanglegate/gateway/logins": [],
  "spBv1.0/site/DDATA/gateway/m1": [],
  "$SYS/broker/clients": [],
  "anything/else": [],
};
const WHO: readonly (readonly [string, Caller | null])[] = [["(nobody)", null], ...Object.entries(callers)];

describe.each(Object.entries(READABLE))("the topic %s", (topic, readers) => {
  test("is read by those who hold its scope alone", () => {
    expect(WHO.filter(([, caller]) => maySubscribe(topic, caller)).map(([name]) => name)).toEqual(
      WHO.map(([name]) => name).filter((name) => readers.includes(name)),
    );
  });

  test("is published by the field process alone, if by anybody", () => {
    const isOfField = topic.startsWith("tanglegate/field/");
    expect(WHO.filter(([, caller]) => mayPublish(topic, caller)).map(([name]) => name)).toEqual(
      isOfField ? ["field"] : [],
    );
  });
});

test.each([
  "tanglegate/field/readings",
  "tanglegate/field/readings/+",
  "tanglegate/field/commands/m1",
  "tanglegate/field/#",
])("the field process does not publish %s", (topic) => {
  expect(mayPublish(topic, callers.field!)).toBe(false);
});

describe("who may subscribe:", () => {
  const reader = callers.reader!;
  const cases: readonly (readonly [string, Caller | null, boolean])[] = [
    ["blocks/tagged-data/0x61", null, true],
    ["milestones", null, true],
    ["tanglegate/field/readings/a/b", null, false],
    ["tanglegate/field/#", reader, true],
    ["tanglegate/audit/#", reader, false],
    ["tanglegate/#", reader, false],
    ["tanglegate/+/x", reader, false],
    ["#", reader, false],
    ["+/field/readings", reader, false],
    ["$SYS/#", reader, false],
  ];
  test.each(cases)("%s", (filter, identity, isAllowed) => {
    expect(maySubscribe(filter, identity)).toBe(isAllowed);
  });
});
