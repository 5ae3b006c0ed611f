import {afterEach, describe, expect, test} from "@jest/globals";
import type {ModbusClient} from "../../src/fieldbus/index.ts";
import {
  client,
  clock,
  freePort,
  libraryServer,
  rawServer,
  readAnswer,
  readUntilGood,
  unitAt,
} from "./support/modbus.ts";

const TWO = {table: "holding", address: 0, count: 2} as const;
const code = (name: string) => expect.objectContaining({code: `fieldbus/${name}`});

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function open(): ModbusClient {
  const opened = client();
  cleanups.push(() => opened.close());
  return opened;
}

async function library(port?: number) {
  const server = await libraryServer(port);
  cleanups.push(server.close);
  return server;
}

async function raw(serve: Parameters<typeof rawServer>[0], port?: number) {
  const server = await rawServer(serve, port);
  cleanups.push(server.close);
  return server;
}

describe("against modbus-serial's server", () => {
  test("reads every table", async () => {
    const {port} = await library();
    const unit = open().openUnit(unitAt(port));
    expect(await unit.readRegisters({table: "holding", address: 10, count: 3})).toEqual([10, 11, 12]);
    expect(await unit.readRegisters({table: "input", address: 10, count: 2})).toEqual([20, 22]);
    expect(await unit.readBits({table: "discrete", address: 0, count: 3})).toEqual([true, false, true]);
    expect(await unit.readBits({table: "coil", address: 0, count: 10})).toHaveLength(10);
  });
  test("writes one register, several registers and a coil", async () => {
    const {port, holding} = await library();
    const unit = open().openUnit(unitAt(port));
    await unit.writeRegisters({address: 5, values: [4321], isSingle: true});
    await unit.writeRegisters({address: 6, values: [1, 2], isSingle: false});
    await unit.writeCoil({address: 3, value: true});
    expect(holding.slice(5, 8)).toEqual([4321, 1, 2]);
    expect((await unit.readBits({table: "coil", address: 3, count: 1}))[0]).toBe(true);
  });
  test("an exception is told with its number, and the connection stays", async () => {
    const {port} = await library();
    const unit = open().openUnit(unitAt(port));
    await expect(unit.readRegisters({table: "holding", address: 500, count: 1})).rejects.toMatchObject({
      code: "fieldbus/exception",
      facts: {exception: 2},
    });
    expect(await unit.readRegisters(TWO)).toEqual([0, 1]);
    expect([unit.requests, unit.failures]).toEqual([2, 1]);
  });
  test("a server that was restarted between two polls costs no failed read", async () => {
    const first = await libraryServer();
    const unit = open().openUnit(unitAt(first.port));
    await unit.readRegisters(TWO);
    await first.close();
    await library(first.port);
    expect(await unit.readRegisters(TWO)).toEqual([0, 1]);
  });
  test("50 requests at once are all answered, in one connection", async () => {
    const {port} = await library();
    const unit = open().openUnit(unitAt(port, {timeoutMs: 2_000}));
    const answers = await Promise.all(
      Array.from({length: 50}, (_, address) => unit.readRegisters({table: "holding", address, count: 1})),
    );
    expect(answers.map(([value]) => value)).toEqual(Array.from({length: 50}, (_, index) => index));
  });
});

describe("a broken link", () => {
  test("nobody listens: a reason, no wait, and a rest before the next try", async () => {
    const unit = open().openUnit(unitAt(await freePort()));
    await expect(unit.readRegisters(TWO)).rejects.toMatchObject({
      code: "fieldbus/unavailable",
      facts: {errno: "ECONNREFUSED"},
    });
    const startedAt = clock.monotonicMs();
    await expect(unit.readRegisters(TWO)).rejects.toThrow(code("unavailable"));
    expect(clock.monotonicMs() - startedAt).toBeLessThan(50);
  });
  test("a device that comes up later is found", async () => {
    const port = await freePort();
    const unit = open().openUnit(unitAt(port));
    await expect(unit.readRegisters(TWO)).rejects.toThrow(code("unavailable"));
    await library(port);
    expect(await readUntilGood(unit)).toEqual([0, 1]);
  });
  test("a drop while the answer is awaited is told at once, not by a time-out", async () => {
    const {port} = await raw((socket) => socket.on("data", () => socket.destroy()));
    const unit = open().openUnit(unitAt(port, {timeoutMs: 5_000}));
    const startedAt = clock.monotonicMs();
    await expect(unit.readRegisters(TWO)).rejects.toThrow(code("unavailable"));
    expect(clock.monotonicMs() - startedAt).toBeLessThan(1_000);
  });
  test("a reset is survived", async () => {
    let isKind = false;
    const {port} = await raw((socket) =>
      socket.on("data", (request) => {
        if (isKind) socket.write(readAnswer(request, [7, 8]));
        else socket.resetAndDestroy();
      }),
    );
    const unit = open().openUnit(unitAt(port));
    await expect(unit.readRegisters(TWO)).rejects.toThrow(code("unavailable"));
    isKind = true;
    expect(await readUntilGood(unit)).toEqual([7, 8]);
  });
  test("a silent device times out, and after three a new connection is tried", async () => {
    let connections = 0;
    const {port} = await raw((socket) => {
      connections += 1;
      socket.on("data", (request) => {
        if (connections > 1) socket.write(readAnswer(request, [7, 8]));
      });
    });
    const unit = open().openUnit(unitAt(port, {timeoutMs: 50}));
    for (let i = 0; i < 3; i++) await expect(unit.readRegisters(TWO)).rejects.toThrow(code("timeout"));
    expect(await readUntilGood(unit)).toEqual([7, 8]);
    expect(connections).toBe(2);
  });
  test("an answer that comes too late is never taken for the next one", async () => {
    let requests = 0;
    const {port} = await raw((socket) =>
      socket.on("data", (request) => {
        requests += 1;
        const value = requests;
        setTimeout(() => socket.write(readAnswer(request, [value, value])), requests === 1 ? 120 : 0);
      }),
    );
    const unit = open().openUnit(unitAt(port, {timeoutMs: 80}));
    await expect(unit.readRegisters(TWO)).rejects.toThrow(code("timeout"));
    expect(await unit.readRegisters(TWO)).toEqual([2, 2]);
    await clock.sleep(60);
    expect(await unit.readRegisters(TWO)).toEqual([3, 3]);
  });
  test.each<[string, (request: Buffer) => Buffer, string]>([
    ["bytes that are no frame", () => Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), "bad-answer"],
    ["too few registers", (request) => readAnswer(request, [1]), "bad-answer"],
    ["another unit", (request) => Buffer.concat([readAnswer(request, [1, 2]).fill(9, 6, 7)]), "bad-answer"],
    ["another function", (request) => Buffer.concat([readAnswer(request, [1, 2]).fill(4, 7, 8)]), "bad-answer"],
    ["a frame of length 0", (request) => Buffer.concat([request.subarray(0, 4), Buffer.from([0, 0, 1])]), "bad-answer"],
    [
      "a frame that promises 65535 bytes",
      (request) => Buffer.concat([request.subarray(0, 4), Buffer.from([255, 255, 1])]),
      "bad-answer",
    ],
  ])("garbage (%s) is an error, and the stream starts anew", async (_, answer, reason) => {
    let isKind = false;
    const {port} = await raw((socket) =>
      socket.on("data", (request) => socket.write(isKind ? readAnswer(request, [7, 8]) : answer(request))),
    );
    const unit = open().openUnit(unitAt(port));
    await expect(unit.readRegisters(TWO)).rejects.toThrow(code(reason));
    isKind = true;
    expect(await readUntilGood(unit)).toEqual([7, 8]);
  });
  test("50 reconnects leave no socket behind", async () => {
    const {port, sockets} = await raw((socket) =>
      socket.on("data", (request) => socket.end(readAnswer(request, [7, 8]))),
    );
    const handles = () => process.getActiveResourcesInfo().filter((name) => /TCPSocketWrap|Timeout/.test(name)).length;
    const opened = open();
    const unit = opened.openUnit(unitAt(port, {timeoutMs: 1_000}));
    const before = handles();
    for (let i = 0; i < 50; i++) expect(await unit.readRegisters(TWO)).toEqual([7, 8]);
    await opened.close();
    while (sockets.size > 0) await clock.sleep(5);
    expect(handles()).toBeLessThanOrEqual(before);
  });
});

describe("several units on one bus", () => {
  test("share one connection", async () => {
    let connections = 0;
    const {port} = await raw((socket) => {
      connections += 1;
      socket.on("data", (request) => socket.write(readAnswer(request, [request[6]!, 0])));
    });
    const opened = open();
    const units = [1, 2, 3].map((unitId) => opened.openUnit(unitAt(port, {unitId})));
    const answers = await Promise.all(units.map((unit) => unit.readRegisters(TWO)));
    expect(answers).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    expect(connections).toBe(1);
  });
  test("a dead one rests, and its neighbour goes on", async () => {
    const asked: number[] = [];
    const {port} = await raw((socket) =>
      socket.on("data", (request) => {
        asked.push(request[6]!);
        if (request[6] === 1) socket.write(readAnswer(request, [7, 8]));
      }),
    );
    const opened = open();
    const alive = opened.openUnit(unitAt(port));
    const dead = opened.openUnit(unitAt(port, {unitId: 2, timeoutMs: 50}));
    for (let i = 0; i < 10; i++) {
      await expect(dead.readRegisters(TWO)).rejects.toThrow(code("timeout"));
      expect(await alive.readRegisters(TWO)).toEqual([7, 8]);
    }
    expect(asked.filter((unitId) => unitId === 2)).toHaveLength(3);
    expect(alive.failures).toBe(0);
  });
  test("a gateway's exception 11 counts as silence of that unit", async () => {
    let asked = 0;
    const {port} = await raw((socket) =>
      socket.on("data", (request) => {
        if (request[6] === 1) return socket.write(readAnswer(request, [7, 8]));
        asked += 1;
        const answer = Buffer.concat([request.subarray(0, 7), Buffer.from([request[7]! | 0x80, 11])]);
        answer.writeUInt16BE(3, 4);
        return socket.write(answer);
      }),
    );
    const opened = open();
    const alive = opened.openUnit(unitAt(port));
    const dead = opened.openUnit(unitAt(port, {unitId: 2}));
    for (let i = 0; i < 6; i++) await expect(dead.readRegisters(TWO)).rejects.toMatchObject({facts: {exception: 11}});
    expect(asked).toBe(3);
    expect(await alive.readRegisters(TWO)).toEqual([7, 8]);
  });
  test("must agree on the framing", () => {
    const opened = open();
    opened.openUnit(unitAt(502));
    const rtu = unitAt(502, {address: {kind: "tcp", host: "127.0.0.1", port: 502, framing: "rtu"}});
    expect(() => opened.openUnit(rtu)).toThrow(code("conflict"));
  });
  test("the last one to leave closes the connection", async () => {
    const {port, sockets} = await raw((socket) =>
      socket.on("data", (request) => socket.write(readAnswer(request, [7, 8]))),
    );
    const opened = open();
    const units = [1, 2].map((unitId) => opened.openUnit(unitAt(port, {unitId})));
    for (const unit of units) await unit.readRegisters(TWO);
    await units[0]!.close();
    expect(sockets.size).toBe(1);
    await units[1]!.close();
    while (sockets.size > 0) await clock.sleep(5);
  });
});

describe("limits", () => {
  test("an aborted request is given up at once; the line is kept until its answer", async () => {
    const {port} = await raw((socket) =>
      socket.on("data", (request) => setTimeout(() => socket.write(readAnswer(request, [7, 8])), 40)),
    );
    const unit = open().openUnit(unitAt(port));
    const controller = new AbortController();
    const first = unit.readRegisters(TWO, controller.signal);
    const second = unit.readRegisters(TWO);
    controller.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    expect(await second).toEqual([7, 8]);
  });
  test("more than 256 waiting requests are refused", async () => {
    const {port} = await raw(() => undefined);
    const opened = client();
    const unit = opened.openUnit(unitAt(port));
    const answers = Promise.allSettled(Array.from({length: 258}, () => unit.readRegisters(TWO)));
    await opened.close();
    const reasons = (await answers).map((answer) => (answer as PromiseRejectedResult).reason.code as string);
    expect(reasons.filter((reason) => reason === "fieldbus/busy").length).toBeGreaterThan(0);
    expect(reasons.filter((reason) => reason === "fieldbus/unavailable").length).toBeGreaterThan(200);
  });
});

describe("RTU frames over TCP", () => {
  const crc = (bytes: Buffer) => {
    let value = 0xffff;
    for (const byte of bytes) {
      value ^= byte;
      for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ 0xa001 : value >> 1;
    }
    return Buffer.from([value & 0xff, value >> 8]);
  };
  const frame = (...bytes: number[]) => Buffer.concat([Buffer.from(bytes), crc(Buffer.from(bytes))]);
  const rtuUnit = (port: number, timeoutMs = 150) =>
    open().openUnit(unitAt(port, {timeoutMs, address: {kind: "tcp", host: "127.0.0.1", port, framing: "rtu"}}));

  test("the request on the wire is a raw RTU frame", async () => {
    let request = Buffer.alloc(0);
    const {port} = await raw((socket) =>
      socket.on("data", (chunk) => {
        request = chunk;
        socket.write(frame(1, 3, 4, 0, 7, 0, 8));
      }),
    );
    expect(await rtuUnit(port).readRegisters(TWO)).toEqual([7, 8]);
    // Modbus over Serial Line 1.02: unit, function, address, count, CRC low byte first.
    expect(request.toString("hex")).toBe("010300000002c40b");
  });
  test("noise before the frame and a frame in pieces do no harm", async () => {
    const {port} = await raw((socket) =>
      socket.on("data", () => {
        socket.write(Buffer.from([0xff, 1, 3, 4]));
        setTimeout(() => socket.write(frame(1, 3, 4, 0, 7, 0, 8).subarray(0, 4)), 10);
        setTimeout(() => socket.write(frame(1, 3, 4, 0, 7, 0, 8).subarray(4)), 20);
      }),
    );
    expect(await rtuUnit(port).readRegisters(TWO)).toEqual([7, 8]);
  });
  test("a wrong CRC is no answer", async () => {
    const {port} = await raw((socket) =>
      socket.on("data", () => socket.write(Buffer.from([1, 3, 4, 0, 7, 0, 8, 0, 0]))),
    );
    await expect(rtuUnit(port).readRegisters(TWO)).rejects.toThrow(code("bad-answer"));
  });
  test("an exception is told", async () => {
    const {port} = await raw((socket) => socket.on("data", () => socket.write(frame(1, 0x83, 2))));
    await expect(rtuUnit(port).readRegisters(TWO)).rejects.toMatchObject({facts: {exception: 2}});
  });
  test("a late answer of the same length does not pass for the next one", async () => {
    let requests = 0;
    const {port} = await raw((socket) =>
      socket.on("data", () => {
        requests += 1;
        const value = requests;
        setTimeout(() => socket.write(frame(1, 3, 4, 0, value, 0, value)), requests === 1 ? 100 : 0);
      }),
    );
    const unit = rtuUnit(port, 60);
    await expect(unit.readRegisters(TWO)).rejects.toThrow(code("timeout"));
    expect(await unit.readRegisters(TWO)).toEqual([2, 2]);
  });
});

test("a serial port that is not there is an error with the way out", async () => {
  const unit = open().openUnit({
    address: {kind: "serial", path: "/dev/tanglegate-none", baudRate: 9600, parity: "none", stopBits: 1},
    unitId: 1,
    timeoutMs: 100,
  });
  await expect(unit.readRegisters(TWO)).rejects.toMatchObject({code: "fieldbus/unavailable", facts: {errno: "ENOENT"}});
});
