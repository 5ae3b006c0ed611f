import {mkdtemp, readdir, rm} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {afterAll, afterEach, beforeAll, describe, expect, jest, test} from "@jest/globals";
import {
  AttributeIds,
  constructEventFilter,
  DataType,
  MessageSecurityMode,
  TimestampsToReturn,
  type Variant,
} from "node-opcua";
import {createManualClock} from "../../src/clock.ts";
import {createOpcUaServer, type OpcUaServer} from "../../src/fieldbus/opcua-server.ts";
import type {OpcUaObject} from "../../src/fieldbus/opcua-space.ts";
import {silentLog} from "../../src/log.ts";
import {openSession, type SessionOptions, type TestSession} from "../support/opcua-session.ts";
import {openRawTcp} from "../support/raw-tcp.ts";

// A busy machine takes its time to start an OPC UA server.
jest.setTimeout(30_000);

const NAMESPACE = "urn:test:machine";
const NOON = Date.UTC(2026, 5, 1, 12);
const celsius = {code: "CEL", symbol: "°C", name: "degree Celsius"};

let isRunning = false;
const machine: OpcUaObject = {
  kind: "object",
  name: "Machine",
  description: "A machine",
  children: [
    {
      kind: "variable",
      name: "Temperature",
      type: "Double",
      description: "Jaws",
      initial: 20,
      unit: celsius,
      range: {low: 0, high: 250},
    },
    {
      kind: "variable",
      name: "State",
      type: "UInt32",
      description: "State",
      initial: 2,
      states: {Stopped: 2, Execute: 6},
    },
    {kind: "variable", name: "Jam", type: "Boolean", description: "A pack is stuck", initial: false},
    {
      kind: "variable",
      name: "Speed",
      type: "Double",
      description: "Set-point",
      initial: 60,
      write: (value) => (typeof value === "number" && value <= 120 ? null : "BadOutOfRange"),
    },
    {kind: "alarm", name: "JamAlarm", source: "Jam", severity: 500, message: "A pack is stuck"},
    {
      kind: "method",
      name: "Start",
      description: "Starts",
      inputs: [{name: "speed", type: "Double", description: "Packs a minute"}],
      outputs: [{name: "accepted", type: "Double", description: "What it will run at"}],
      call: ([speed]) => {
        if (isRunning) return "BadInvalidState";
        isRunning = true;
        return [Number(speed)];
      },
    },
  ],
};

describe("an OPC UA server", () => {
  let folder: string;
  let server: OpcUaServer;
  const sessions: TestSession[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "opcua-server-"));
    server = createOpcUaServer(
      {
        host: "127.0.0.1",
        port: 0,
        applicationName: "Test machine",
        applicationUri: NAMESPACE,
        namespaceUri: NAMESPACE,
        manufacturer: "Nobody",
        pkiFolder: path.join(folder, "pki"),
        acceptUnknownClients: true,
        isUser: (user, password) => user === "operator" && password === "right",
        objects: [machine],
      },
      {log: silentLog, clock: createManualClock(NOON)},
    );
    await server.start();
  });
  afterEach(async () => {
    server.setFault(null);
    for (const session of sessions.splice(0)) await session.close();
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, {recursive: true});
  });

  const open = async (over: Partial<SessionOptions> = {}) => {
    const session = await openSession({
      endpoint: server.endpoint,
      folder,
      user: "operator",
      password: "right",
      ...over,
    });
    sessions.push(session);
    return session.session;
  };
  const id = (name: string) => `ns=1;s=${name}`;
  const write = (value: number) => ({
    nodeId: id("Machine.Speed"),
    attributeId: AttributeIds.Value,
    value: {value: {dataType: DataType.Double, value}},
  });
  const call = (speed: number) => ({
    objectId: id("Machine"),
    methodId: id("Machine.Start"),
    inputArguments: [{dataType: DataType.Double, value: speed}],
  });

  test("a wrong password is refused", async () => {
    await expect(open({password: "wrong"})).rejects.toThrow("BadUserAccessDenied");
    await expect(open({user: "admin"})).rejects.toThrow("BadUserAccessDenied");
  });

  test("only SignAndEncrypt with Basic256Sha256 is offered, and nobody is anonymous", async () => {
    await expect(open({securityMode: MessageSecurityMode.None})).rejects.toThrow();
    const session = await open();
    expect(session).toBeDefined();
    const endpoints = await sessions[0]!.client.getEndpoints();
    expect(endpoints.map(({securityMode, securityPolicyUri}) => ({securityMode, securityPolicyUri}))).toEqual([
      {
        securityMode: MessageSecurityMode.SignAndEncrypt,
        securityPolicyUri: "http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256",
      },
    ]);
    expect(endpoints[0]!.userIdentityTokens!.map((token) => token.policyId)).not.toContain("anonymous");
    await expect(sessions[0]!.client.createSession()).rejects.toThrow(/anonymous/i);
  });

  test("certificates lie in the given folder", async () => {
    expect((await readdir(path.join(folder, "pki", "server"))).sort()).toEqual(
      expect.arrayContaining(["issuers", "own", "rejected", "trusted"]),
    );
  });

  test("published values are read with their source time, unit and words", async () => {
    server.publish({"Machine.Temperature": 160.5, "Machine.State": 6}, NOON + 5000);
    const session = await open();
    const temperature = await session.read({nodeId: id("Machine.Temperature")});
    expect(temperature.value.value).toBe(160.5);
    expect(temperature.sourceTimestamp!.getTime()).toBe(NOON + 5000);
    const state = await session.translateBrowsePath({
      startingNode: id("Machine.State"),
      relativePath: {elements: [{targetName: {namespaceIndex: 0, name: "ValueAsText"}}]},
    });
    const text = await session.read({nodeId: state.targets![0]!.targetId});
    expect(text.value.value.text).toBe("Execute");
  });

  test("a write reaches the owner and reads back; out of range and read-only are refused", async () => {
    const session = await open();
    expect((await session.write(write(90))).name).toBe("Good");
    expect((await session.read({nodeId: id("Machine.Speed")})).value.value).toBe(90);
    expect((await session.write(write(500))).name).toBe("BadOutOfRange");
    expect((await session.read({nodeId: id("Machine.Speed")})).value.value).toBe(90);
    expect((await session.write({...write(1), nodeId: id("Machine.Temperature")})).name).toBe("BadNotWritable");
  });

  test("a method runs with its arguments, and refuses in words of OPC UA", async () => {
    const session = await open();
    const first = await session.call(call(70));
    expect(first.statusCode.name).toBe("Good");
    expect(first.outputArguments!.map((value) => value.value)).toEqual([70]);
    expect((await session.call(call(70))).statusCode.name).toBe("BadInvalidState");
  });

  test("an alarm raises an event when its variable becomes true and another when it is over", async () => {
    const session = await open();
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: 50,
      requestedLifetimeCount: 100,
      requestedMaxKeepAliveCount: 10,
      maxNotificationsPerPublish: 100,
      publishingEnabled: true,
      priority: 1,
    });
    const events: unknown[][] = [];
    let wake = () => {};
    const item = await subscription.monitor(
      {nodeId: "i=2253", attributeId: AttributeIds.EventNotifier},
      {
        samplingInterval: 0,
        queueSize: 10,
        discardOldest: true,
        filter: constructEventFilter(["ConditionName", "Severity", "ActiveState.Id", "SourceName"]),
      },
      TimestampsToReturn.Both,
    );
    item.on("changed", (fields: Variant[]) => {
      events.push(fields.map((field) => field.value));
      wake();
    });
    const count = async (wanted: number) => {
      while (events.length < wanted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    server.publish({"Machine.Jam": true}, NOON);
    await count(1);
    server.publish({"Machine.Jam": true}, NOON + 500);
    server.publish({"Machine.Jam": false}, NOON + 1000);
    await count(2);
    expect(events.map(([name, severity, isActive]) => [name, severity, isActive])).toEqual([
      ["JamAlarm", 500, true],
      ["JamAlarm", 500, false],
    ]);
    await subscription.terminate();
  });

  test("fault exception: every value is BadDeviceFailure and nothing can be commanded", async () => {
    const session = await open();
    server.setFault("exception");
    expect((await session.read({nodeId: id("Machine.Temperature")})).statusCode.name).toBe("BadDeviceFailure");
    expect((await session.write(write(80))).name).toBe("BadDeviceFailure");
    expect((await session.call(call(70))).statusCode.name).toBe("BadDeviceFailure");
    server.setFault(null);
    expect((await session.read({nodeId: id("Machine.Temperature")})).statusCode.name).toBe("Good");
  });

  test("fault hang: an answer is kept back until it ends", async () => {
    const session = await open();
    server.setFault("hang");
    let isAnswered = false;
    const reading = session.read({nodeId: id("Machine.Temperature")}).then(() => {
      isAnswered = true;
    });
    // Many times what an answer takes on loopback; a slow machine makes this test easier, never red.
    const raw = await openRawTcp(server.port);
    raw.send(HELLO);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isAnswered).toBe(false);
    expect(raw.pending()).toHaveLength(0);
    server.setFault(null);
    await reading;
    expect(isAnswered).toBe(true);
    expect((await raw.receive(3)).toString("latin1")).toBe("ACK");
    await raw.close();
  });

  test("fault drop: connections are cut, new ones too", async () => {
    const raw = await openRawTcp(server.port);
    server.setFault("drop");
    await raw.closed;
    const second = await openRawTcp(server.port);
    await second.closed;
  });

  test("fault garbage: what comes is no message of OPC UA", async () => {
    server.setFault("garbage");
    const raw = await openRawTcp(server.port);
    raw.send(HELLO);
    expect(["HEL", "ACK", "ERR", "MSG", "OPN", "CLO"]).not.toContain((await raw.receive(3)).toString("latin1"));
    await raw.close();
  });

  test("it comes back on its port after a stop, with its certificate and its values", async () => {
    const {endpoint} = server;
    const before = (await open()).serverCertificate;
    for (const session of sessions.splice(0)) await session.close();
    await server.stop();
    await expect(open({endpoint})).rejects.toThrow();
    await server.start();
    expect(server.endpoint).toBe(endpoint);
    const session = await open();
    expect(Buffer.from(session.serverCertificate).equals(before)).toBe(true);
    expect((await session.read({nodeId: id("Machine.Speed")})).statusCode.name).toBe("Good");
  });
});

// OPC 10000-6, section 7.1.2.3: version 0, buffers of 64 KiB, no limit of message size and chunks, the endpoint's address.
const HELLO = hello("opc.tcp://127.0.0.1");

function hello(url: string): Buffer {
  const bytes = Buffer.alloc(32 + url.length);
  bytes.write("HELF", 0, "latin1");
  bytes.writeUInt32LE(bytes.length, 4);
  bytes.writeUInt32LE(65_536, 12);
  bytes.writeUInt32LE(65_536, 16);
  bytes.writeUInt32LE(url.length, 28);
  bytes.write(url, 32, "latin1");
  return bytes;
}
