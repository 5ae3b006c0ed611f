import {createServer, type Server, type Socket} from "node:net";
import {afterEach, describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {createSystemClock} from "../../src/clock.ts";
import {BUILT_IN_PROFILES, createModbusServer, type RegisterBank, readProfiles} from "../../src/fieldbus/index.ts";
import {decodeAnswer, printable} from "../../src/fieldbus/scan/mbap-link.ts";
import {type ModbusUnitFound, scanModbusHost} from "../../src/fieldbus/scan/modbus-scan.ts";
import {describeServer} from "../../src/fieldbus/scan/opcua-scan.ts";
import {marksOf} from "../../src/fieldbus/scan/recognise.ts";
import {silentLog} from "../../src/log.ts";

const {profiles} = await readProfiles(BUILT_IN_PROFILES);
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

let writes = 0;
async function scan(port: number, unitIds: readonly number[], ending = new AbortController()) {
  const found: ModbusUnitFound[] = [];
  let asked = 0;
  const isThere = await scanModbusHost(
    {host: "127.0.0.1", port, unitIds, profiles},
    {
      clock: createSystemClock(),
      signal: ending.signal,
      onRequest: () => {
        asked += 1;
      },
      onFound: (unit) => found.push(unit),
    },
  );
  return {found, asked, isThere};
}

async function modbus(units: Record<number, RegisterBank>): Promise<number> {
  const map = new Map(Object.entries(units).map(([id, bank]) => [Number(id), bank]));
  const server = createModbusServer({host: "127.0.0.1", port: 0, units: map}, {log: silentLog});
  await server.start();
  cleanups.push(() => server.stop());
  return server.port;
}

async function raw(onSocket: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer(onSocket);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as {port: number}).port;
}

/** Registers of either table by address; those that are not there are refused. */
function bank(words: Readonly<Record<number, number>>, extra: Partial<RegisterBank> = {}): RegisterBank {
  const read = (address: number, count: number) => {
    const values = Array.from({length: count}, (_, index) => words[address + index]);
    return values.every((value) => value !== undefined) ? (values as number[]) : ({exception: 2} as const);
  };
  const write = () => {
    writes += 1;
    return null;
  };
  return {readHolding: read, readInput: read, writeHolding: write, writeCoils: write, ...extra};
}

const float = (value: number) => {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return [view.getUint16(0), view.getUint16(2)] as const;
};
const floats = (values: Readonly<Record<number, number>>) =>
  Object.fromEntries(
    Object.entries(values).flatMap(([at, value]) => float(value).map((word, index) => [Number(at) + index, word])),
  );

describe("a Modbus host", () => {
  test("names its units: by values, by identification, or not at all; nobody answers for the others; nothing is written", async () => {
    const port = await modbus({
      1: bank(floats({0: 230, 2: 231, 4: 229, 70: 50})),
      2: bank(floats({0: 230, 2: 0, 4: 0, 70: 50})),
      3: bank({}, {identification: {0: "Maker", 1: "X-1", 2: "2.0"}}),
      4: bank({5: 7}),
    });
    const {found, isThere} = await scan(port, [1, 2, 3, 4, 5]);
    expect(isThere).toBe(true);
    expect(writes).toBe(0);
    expect(found.map(({unitId, recognised}) => [unitId, recognised?.profile.name ?? null])).toEqual([
      [1, "eastron-sdm630"],
      // Two phases without voltage fit the one-phase meter only.
      [2, "eastron-sdm120"],
      [3, null],
      [4, null],
    ]);
    expect(found[0]!.recognised).toMatchObject({isExact: false});
    expect([...found[2]!.identification!]).toEqual([
      [0, "Maker"],
      [1, "X-1"],
      [2, "2.0"],
    ]);
  });
  test("with a SunSpec map tells maker and models, wherever the map begins", async () => {
    const words: Record<number, number> = {50000: 0x5375, 50001: 0x6e53, 50002: 1, 50003: 66};
    for (let at = 50_004; at < 50_070; at++) words[at] = 0;
    words[50_004] = 0x4142;
    Object.assign(words, {50070: 103, 50071: 50, 50122: 0xffff, 50123: 0});
    const {found} = await scan(await modbus({1: bank(words)}), [1]);
    expect(found[0]!.sunSpec).toEqual({
      base: 50_000,
      models: [
        {id: 1, length: 66},
        {id: 103, length: 50},
      ],
      common: {manufacturer: "AB", model: "", version: "", serialNumber: ""},
    });
  });
  test("with an endless SunSpec chain is asked a bounded number of times", async () => {
    const endless = bank(
      {},
      {
        readHolding: (address, count) =>
          address === 40_000 ? [0x5375, 0x6e53].slice(0, count) : Array.from({length: count}, () => 1),
      },
    );
    const {found, asked} = await scan(await modbus({1: endless}), [1]);
    expect(found[0]!.sunSpec!.models).toHaveLength(30);
    expect(asked).toBeLessThan(60);
  });
  test("that listens to nobody is not there", async () => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const {port} = probe.address() as {port: number};
    await new Promise<void>((resolve) => probe.close(() => resolve()));
    expect(await scan(port, [1])).toEqual({found: [], asked: 0, isThere: false});
  });
  test.each<[string, (socket: Socket) => void]>([
    ["speaks another language", (socket) => socket.on("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"))],
    ["hangs up on every question", (socket) => socket.on("data", () => socket.destroy())],
    ["hangs up at once", (socket) => socket.destroy()],
  ])("that %s is given up soon", async (_, behave) => {
    let connections = 0;
    const port = await raw((socket) => {
      connections += 1;
      socket.on("error", () => undefined);
      behave(socket);
    });
    const outcome = await scan(
      port,
      Array.from({length: 32}, (_unused, index) => index),
    ).catch((error: {code: string}) => error.code);
    expect(["fieldbus/unavailable", 0]).toContain(typeof outcome === "string" ? outcome : outcome.found.length);
    expect(connections).toBeLessThanOrEqual(6);
  });
  test("is left at once when the scan is ended, and its connection closed", async () => {
    let open = 0;
    const port = await raw((socket) => {
      open += 1;
      socket.on("error", () => undefined).resume();
      socket.on("close", () => {
        open -= 1;
      });
    });
    const ending = new AbortController();
    const work = scan(port, [1], ending);
    const clock = createSystemClock();
    while (open === 0) await clock.sleep(5);
    ending.abort(new Error("ended"));
    await expect(work).rejects.toThrow("ended");
    while (open > 0) await clock.sleep(5);
  });
  test("has one request at a time", async () => {
    let waiting = 0;
    let most = 0;
    const port = await raw((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (frame) => {
        waiting += 1;
        most = Math.max(most, waiting);
        setImmediate(() => {
          waiting -= 1;
          // Exception 2 to whatever was asked.
          const head = Buffer.from(frame.subarray(0, 8));
          head.writeUInt16BE(3, 4);
          head[7]! |= 0x80;
          socket.write(Buffer.concat([head, Buffer.from([2])]));
        });
      });
    });
    expect((await scan(port, [1, 2])).found).toHaveLength(2);
    expect(most).toBe(1);
  });
});

describe("answers of strangers", () => {
  test("of any bytes are read or nonsense, never a fault of ours", () => {
    fc.assert(
      fc.property(fc.uint8Array({minLength: 1, maxLength: 253}), fc.boolean(), (pdu, isFirst) => {
        if (isFirst) pdu[0] = 0x2b;
        for (const request of [
          {kind: "identification"},
          {kind: "holding", address: 0, count: 2},
          {kind: "input", address: 0, count: 2},
        ] as const) {
          expect(["registers", "objects", "exception", "nonsense"]).toContain(decodeAnswer(request, pdu).kind);
        }
      }),
    );
  });
  test("have no control characters in their texts", () => {
    expect(printable(Uint8Array.from([0x1b, 0x5b, 0x41, 0x0a, 0xff, 0]))).toBe("?[A??");
  });
  test("of an OPC UA server: the safest endpoint first, and what we do not know is left out", () => {
    const entry = (securityModeName: string, policy: string, tokenTypes = [0, 1]) => ({
      securityModeName,
      securityPolicyUri: `http://opcfoundation.org/UA/SecurityPolicy#${policy}`,
      tokenTypes,
      applicationName: "Press\u0007",
      applicationUri: "urn:press",
    });
    const server = describeServer("opc.tcp://x:4840", [
      entry("None", "None"),
      entry("Sign", "Basic256Sha256"),
      entry("SignAndEncrypt", "Basic128Rsa15"),
      entry("SignAndEncrypt", "Basic256Sha256", [1]),
    ]);
    expect(server.applicationName).toBe("Press");
    expect(server.endpoints.map(({securityMode, logins}) => [securityMode, logins])).toEqual([
      ["SignAndEncrypt", ["user"]],
      ["Sign", ["anonymous", "user"]],
      ["None", ["anonymous", "user"]],
    ]);
    expect(() => describeServer("opc.tcp://x:4840", [entry("SignAndEncrypt", "Basic128Rsa15")])).toThrow(/no security/);
  });
});

test("every built-in profile of a meter or an inverter can be recognised", () => {
  for (const profile of profiles) {
    if (profile.protocol === "modbus")
      expect([profile.name, marksOf(profile).length > 0]).toEqual([profile.name, true]);
  }
});
