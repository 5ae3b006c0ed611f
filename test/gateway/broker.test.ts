import {once} from "node:events";
import {createServer, type Server} from "node:http";
import {type AddressInfo, connect} from "node:net";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import mqtt, {type MqttClient} from "mqtt";
import {type Broker, createBroker} from "../../src/gateway/broker.ts";
import {createPacketMeter} from "../../src/gateway/packet-limit.ts";
import {maySubscribe} from "../../src/gateway/topics.ts";
import type {Identity} from "../../src/http.ts";
import {silentLog} from "../../src/log.ts";

const identities: Readonly<Record<string, Identity>> = {
  field: {actor: "process:field", role: "process", scopes: new Set(["field:publish"])},
  reader: {actor: "token:reader", role: "token", scopes: new Set(["field:read"])},
};

let broker: Broker;
let http: Server;
const clients: MqttClient[] = [];

async function startBroker(isOpen: boolean): Promise<void> {
  const present = (topic: string) =>
    topic === "milestone-info/latest" ? [{topic, payload: new TextEncoder().encode('{"index":3}')}] : [];
  broker = createBroker(
    {host: "127.0.0.1", port: 0, isOpen, present},
    async (token) => identities[token] ?? null,
    silentLog,
  );
  await broker.start();
}

function connectAs(password: string | null, url = `mqtt://127.0.0.1:${broker.port}`): Promise<MqttClient> {
  const login = password === null ? {} : {username: "x", password};
  const client = mqtt.connect(url, {protocolVersion: 4, reconnectPeriod: 0, ...login});
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

test("nothing gathers for a client that went away: no session outlives its connection", async () => {
  const options = {clientId: "sleeper", clean: false, protocolVersion: 4, reconnectPeriod: 0, username: "x"} as const;
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const first = mqtt.connect(url, {...options, password: "reader"});
  await first.subscribeAsync("tanglegate/field/readings/#", {qos: 1});
  await first.endAsync();
  const field = await connectAs("field");
  await field.publishAsync("tanglegate/field/readings/m1/power", "5", {qos: 1});
  const second = mqtt.connect(url, {...options, password: "reader"});
  clients.push(second);
  const {sessionPresent} = await new Promise<{sessionPresent: boolean}>((resolve) => second.once("connect", resolve));
  expect(sessionPresent).toBe(false);
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

describe("who may subscribe:", () => {
  const reader = identities.reader!;
  const cases: readonly (readonly [string, Identity | null, boolean])[] = [
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
