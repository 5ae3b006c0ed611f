import {mkdtemp, readdir, readFile, rename, rm} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {afterAll, afterEach, beforeAll, describe, expect, test} from "@jest/globals";
import {createSystemClock} from "../../src/clock.ts";
import type {GatewayError} from "../../src/errors.ts";
import {
  createOpcUaClient,
  nodeMap,
  type OpcUaDevice,
  type OpcUaOptions,
  type OpcUaServer,
  opcUaRemedy,
  openOpcUaServer,
  parseProfile,
  type Sample,
} from "../../src/fieldbus/index.ts";
import {silentLog} from "../../src/log.ts";
import {createSeededRandom} from "../../src/random.ts";

const NAMESPACE = "urn:tanglegate:test:machine";
const node = (name: string) => `nsu=${NAMESPACE};s=Machine.${name}`;
const clock = createSystemClock();
const deps = {clock, random: createSeededRandom(7), log: silentLog};

const profile = parseProfile(
  JSON.stringify({
    format: "tanglegate-profile/v1",
    name: "test-machine",
    manufacturer: "Tanglegate",
    model: "Test machine",
    sources: ["this test"],
    protocol: "opc-ua",
    points: [
      {name: "speed", nodeId: node("Speed"), unit: "1/min", access: "read-write"},
      {name: "state", nodeId: node("State")},
      {name: "running", nodeId: node("Running")},
      {name: "label", nodeId: node("Label"), access: "read-write"},
      {name: "limited", nodeId: node("Limited"), access: "read-write"},
      {name: "missing", nodeId: node("Nowhere")},
      {name: "elsewhere", nodeId: "nsu=urn:tanglegate:nowhere;s=A"},
      {name: "malformed", nodeId: "ns=2;i=abc"},
    ],
    methods: [{name: "add", objectId: node("Tools").replace(".Tools", ""), methodId: node("Add")}],
  }),
  "test",
) as never;

let folder: string;
let server: OpcUaServer;
const devices: OpcUaDevice[] = [];

const variable = (name: string, type: string, initial: unknown, more: object = {}) =>
  ({kind: "variable", name, type, description: name, initial, ...more}) as never;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "tanglegate-opcua-"));
  server = await openOpcUaServer(
    {
      host: "127.0.0.1",
      port: 0,
      applicationName: "TestMachine",
      applicationUri: "urn:tanglegate:test",
      namespaceUri: NAMESPACE,
      manufacturer: "Tanglegate",
      pkiFolder: path.join(folder, "server"),
      acceptUnknownClients: true,
      isUser: (user, password) => user === "operator" && password === "right",
      objects: [
        {
          kind: "object",
          name: "Machine",
          description: "A machine",
          children: [
            variable("Speed", "Double", 1_200, {write: () => null}),
            variable("State", "UInt32", 6),
            variable("Running", "Boolean", true),
            variable("Label", "String", "lot 1", {write: () => null}),
            variable("Limited", "Int32", 5, {write: (value: number) => (value > 10 ? "BadOutOfRange" : null)}),
            {
              kind: "method",
              name: "Add",
              description: "Adds two numbers",
              inputs: [
                {name: "A", type: "Double", description: ""},
                {name: "B", type: "Double", description: ""},
              ],
              outputs: [{name: "Sum", type: "Double", description: ""}],
              call: ([a, b]) => (Number(a) < 0 ? "BadInvalidArgument" : [Number(a) + Number(b)]),
            },
          ],
        },
      ],
    },
    deps,
  );
  await server.start();
}, 30_000);

afterEach(async () => {
  for (const device of devices.splice(0)) await device.stop();
});

afterAll(async () => {
  await server.stop();
  await rm(folder, {recursive: true, force: true});
});

/** A device on the test server, what it said, and a way to wait for it. */
function open(changes: Partial<OpcUaOptions> = {}, pki = "client") {
  const samples = new Map<string, Sample>();
  const links: (GatewayError | null)[] = [];
  const client = createOpcUaClient({pkiFolder: path.join(folder, pki)}, deps);
  const device = client.openDevice(
    {
      endpoint: server.endpoint,
      securityMode: "SignAndEncrypt",
      securityPolicy: "Basic256Sha256",
      user: "operator",
      password: "right",
      trustOnFirstUse: true,
      publishingIntervalMs: 100,
      map: nodeMap(profile, []),
      ...changes,
    },
    {
      onSample: (sample) => samples.set(sample.point, sample),
      onAlive: () => undefined,
      onLink: (error) => links.push(error),
    },
  );
  devices.push(device);
  return {device, samples, links};
}

async function until(holds: () => boolean, withinMs = 8_000): Promise<void> {
  const end = clock.monotonicMs() + withinMs;
  while (!holds()) {
    if (clock.monotonicMs() > end) throw new Error(`still not so after ${withinMs} ms`);
    await clock.sleep(20);
  }
}

describe("with a trusted server", () => {
  test("subscribes with source times, reads, writes with read-back, and calls", async () => {
    const {device, samples, links} = open();
    await device.start();
    await until(() => samples.size === 8);
    expect(links).toEqual([null]);
    expect(samples.get("speed")).toMatchObject({quality: "good", value: 1_200});
    expect(samples.get("running")).toMatchObject({value: true});
    // A node that the server does not have is bad with the server's own word, and the others go on.
    expect(samples.get("missing")).toMatchObject({
      quality: "bad",
      value: null,
      reason: expect.stringMatching(/BadNodeId/),
    });

    expect(samples.get("elsewhere")).toMatchObject({
      quality: "bad",
      reason: expect.stringMatching(/no namespace urn:/),
    });
    expect(samples.get("malformed")).toMatchObject({quality: "bad", reason: "ns=2;i=abc is not a node id."});
    expect(await device.read(["malformed", "running"])).toMatchObject([{quality: "bad"}, {value: true}]);

    const sourceMs = clock.now() - 5_000;
    server.publish({"Machine.State": 7}, sourceMs);
    await until(() => samples.get("state")?.value === 7);
    expect(samples.get("state")?.sourceTimeMs).toBe(sourceMs);

    expect(await device.read(["label", "state"])).toMatchObject([{value: "lot 1"}, {value: 7}]);
    await expect(device.read(["nothing"])).rejects.toMatchObject({code: "fieldbus/not-found"});

    expect(await device.write("speed", 1_350.5)).toMatchObject({
      isVerified: true,
      previous: {value: 1_200},
      sample: {value: 1_350.5},
    });
    expect(await device.write("label", "lot 2")).toMatchObject({isVerified: true});
    await expect(device.write("limited", 11)).rejects.toMatchObject({code: "fieldbus/value-refused"});
    await expect(device.write("limited", 1.5)).rejects.toMatchObject({code: "fieldbus/value-type"});
    await expect(device.write("limited", 2 ** 31)).rejects.toMatchObject({code: "fieldbus/value-range"});
    await expect(device.write("state", 1)).rejects.toMatchObject({code: "fieldbus/read-only"});

    expect(await device.call({name: "add"}, [2, 3])).toEqual({statusCode: "Good", outputs: [5]});
    expect(await device.call({name: "add"}, [-1, 3])).toMatchObject({statusCode: "BadInvalidArgument"});
    await expect(device.call({name: "add"}, [1])).rejects.toThrow(/takes 2 inputs \(A, B\), not 1/);
    await expect(device.call({name: "add"}, ["1", 2])).rejects.toMatchObject({code: "fieldbus/value-type"});
    await expect(device.call({name: "sub"}, [])).rejects.toMatchObject({code: "fieldbus/not-found"});
    expect([device.requests > 0, device.failures > 0]).toEqual([true, true]);
  }, 20_000);

  test("comes back by itself after a restart of the server, with new values", async () => {
    const {device, samples, links} = open();
    await device.start();
    await until(() => links.at(-1) === null);
    await server.stop();
    await until(() => links.at(-1) !== null);
    await expect(device.read(null)).rejects.toMatchObject({code: expect.stringMatching(/unavailable|silent/)});
    await server.start();
    await until(() => links.at(-1) === null);
    server.publish({"Machine.State": 9}, clock.now());
    await until(() => samples.get("state")?.value === 9);
  }, 30_000);

  test("a server that keeps the socket and says nothing is given up and found again", async () => {
    const {device, samples, links} = open();
    await device.start();
    await until(() => samples.size === 8);
    server.setFault("hang");
    await until(() => links.at(-1) !== null);
    expect(links.at(-1)).toMatchObject({code: "fieldbus/silent"});
    server.setFault(null);
    await until(() => links.at(-1) === null, 15_000);
  }, 30_000);

  test("a server that reports device failures gives bad values with its own word", async () => {
    const {device, samples} = open();
    await device.start();
    await until(() => samples.get("speed")?.quality === "good");
    server.setFault("exception");
    await until(() => samples.get("speed")?.quality === "bad");
    expect(samples.get("speed")).toMatchObject({value: null, reason: "the server says BadDeviceFailure"});
    server.setFault(null);
  }, 20_000);
});

describe("a link that must not be made", () => {
  const failure = async (changes: Partial<OpcUaOptions>, pki: string) => {
    const {device, links} = open(changes, pki);
    await device.start();
    await until(() => links.length > 0);
    await device.stop();
    return links[0]!;
  };

  test("a certificate nobody has trusted waits in rejected, until a person moves it", async () => {
    const error = await failure({trustOnFirstUse: false}, "strict");
    expect(error).toMatchObject({code: "fieldbus/untrusted"});
    expect(error.message).toMatch(/Nobody has trusted .* fingerprint is ([0-9A-F]{2}:){31}[0-9A-F]{2}/);
    const pki = path.join(folder, "strict");
    expect(opcUaRemedy(error)).toContain(path.join(pki, "trusted", "certs"));
    const [file] = await readdir(path.join(pki, "rejected"));
    await rename(path.join(pki, "rejected", file!), path.join(pki, "trusted", "certs", file!));
    expect(await failure({trustOnFirstUse: false}, "strict")).toBeNull();
  }, 20_000);

  test("another certificate than the pinned one is refused", async () => {
    const pki = path.join(folder, "pinned");
    expect(await failure({}, "pinned")).toBeNull();
    const pins = await readFile(path.join(pki, "pins.json"), "utf8");
    expect(JSON.parse(pins)).toEqual({[server.endpoint]: expect.stringMatching(/^([0-9A-F]{2}:){31}/)});
    // The server makes itself a new key and certificate.
    await server.stop();
    await rm(path.join(folder, "server", "server"), {recursive: true, force: true});
    await server.start();
    const error = await failure({}, "pinned");
    expect(error).toMatchObject({code: "fieldbus/untrusted", facts: {hasChanged: true}});
    expect(error.message).toMatch(/another certificate than the one trusted at first use/);
  }, 30_000);

  test.each<[string, Partial<OpcUaOptions>, string, RegExp]>([
    ["a wrong password", {password: "wrong"}, "fieldbus/login", /user and password/],
    ["a policy the server lacks", {securityPolicy: "Aes256_Sha256_RsaPss"}, "fieldbus/endpoint", /server offers/],
    ["no security where it is asked for", {securityMode: "None", securityPolicy: "None"}, "fieldbus/endpoint", /./],
    ["nobody there", {endpoint: "opc.tcp://127.0.0.1:1"}, "fieldbus/unavailable", /nothing listens/],
  ])(
    "%s",
    async (_, changes, code, remedy) => {
      const error = await failure(changes, "client-2");
      expect(error).toMatchObject({code});
      expect(opcUaRemedy(error)).toMatch(remedy);
    },
    20_000,
  );

  test("nothing is written into the home folder of the user", async () => {
    await expect(readdir(path.join(os.homedir(), ".config", "node-opcua-default"))).rejects.toMatchObject({
      code: "ENOENT",
    });
  });
});
