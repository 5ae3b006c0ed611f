import {afterEach, describe, expect, test} from "@jest/globals";
import ModbusRTU from "modbus-serial";
import {answerRequest, type RegisterBank} from "../../src/fieldbus/modbus-answer.ts";
import {createProfileBank} from "../../src/fieldbus/modbus-bank.ts";
import {createModbusServer, type ModbusServer} from "../../src/fieldbus/modbus-server.ts";
import {registerMap} from "../../src/fieldbus/register-map.ts";
import {silentLog} from "../../src/log.ts";
import {openRawTcp, type RawTcp} from "../support/raw-tcp.ts";

const holding = [10, 20, 30, 40];
const coils = [true, false, true, true, false, false, false, false, true];

function memoryBank(): RegisterBank & {readonly registers: number[]; readonly states: boolean[]} {
  const registers = [...holding];
  const states = [...coils];
  return {
    registers,
    states,
    readHolding: (address, count) =>
      address + count > registers.length ? {exception: 2} : registers.slice(address, address + count),
    readInput: (address, count) => Array.from({length: count}, (_, index) => 1000 + address + index),
    readCoils: (address, count) =>
      address + count > states.length ? {exception: 2} : states.slice(address, address + count),
    readDiscrete: (_address, count) => new Array<boolean>(count).fill(true),
    writeHolding: (address, values) => {
      if (address + values.length > registers.length) return {exception: 2};
      if (values.some((value) => value > 1000)) return {exception: 3};
      registers.splice(address, values.length, ...values);
      return null;
    },
    writeCoils: (address, values) => {
      states.splice(address, values.length, ...values);
      return null;
    },
  };
}

describe("an answer", () => {
  const cases: readonly {
    readonly name: string;
    readonly request: readonly number[];
    readonly response: readonly number[];
  }[] = [
    {name: "function 1 packs coils, first in the lowest bit", request: [1, 0, 0, 0, 9], response: [1, 2, 0b1101, 1]},
    {name: "function 2 reads discrete inputs", request: [2, 0, 0, 0, 3], response: [2, 1, 0b111]},
    {name: "function 3 reads holding registers", request: [3, 0, 1, 0, 2], response: [3, 4, 0, 20, 0, 30]},
    {name: "function 4 reads input registers", request: [4, 0, 5, 0, 1], response: [4, 2, 3, 237]},
    {name: "function 5 echoes", request: [5, 0, 1, 0xff, 0], response: [5, 0, 1, 0xff, 0]},
    {name: "function 6 echoes", request: [6, 0, 1, 0, 7], response: [6, 0, 1, 0, 7]},
    {name: "function 15 tells address and count", request: [15, 0, 0, 0, 3, 1, 0b101], response: [15, 0, 0, 0, 3]},
    {name: "function 16 tells address and count", request: [16, 0, 0, 0, 2, 4, 0, 1, 0, 2], response: [16, 0, 0, 0, 2]},
    {name: "an unknown function is exception 1", request: [43, 14, 1, 0], response: [0xab, 1]},
    {name: "a register past the table is exception 2", request: [3, 0, 3, 0, 2], response: [0x83, 2]},
    {name: "a range past 65535 is exception 2", request: [4, 0xff, 0xff, 0, 2], response: [0x84, 2]},
    {name: "no register at all is exception 3", request: [3, 0, 0, 0, 0], response: [0x83, 3]},
    {name: "126 registers are exception 3", request: [4, 0, 0, 0, 126], response: [0x84, 3]},
    {name: "2001 bits are exception 3", request: [2, 0, 0, 0x07, 0xd1], response: [0x82, 3]},
    {name: "a coil value that is neither on nor off is exception 3", request: [5, 0, 1, 0, 1], response: [0x85, 3]},
    {name: "a byte count that lies is exception 3", request: [16, 0, 0, 0, 2, 2, 0, 1], response: [0x90, 3]},
    {name: "a value that the bank refuses is its exception", request: [6, 0, 0, 0xff, 0xff], response: [0x86, 3]},
    {name: "a cut request is exception 3", request: [3, 0, 0], response: [0x83, 3]},
  ];
  test.each(cases)("$name", ({request, response}) => {
    expect([...answerRequest(Uint8Array.from(request), memoryBank())]).toEqual([...response]);
  });

  test("writes change the bank", () => {
    const bank = memoryBank();
    answerRequest(Uint8Array.of(16, 0, 1, 0, 2, 4, 0, 7, 0, 8), bank);
    answerRequest(Uint8Array.of(15, 0, 0, 0, 3, 1, 0b010), bank);
    expect(bank.registers).toEqual([10, 7, 8, 40]);
    expect(bank.states.slice(0, 4)).toEqual([false, true, false, true]);
  });

  test("a table without a callback is exception 1", () => {
    expect([...answerRequest(Uint8Array.of(3, 0, 0, 0, 1), {})]).toEqual([0x83, 1]);
  });

  test("a function code that the device lacks is exception 1", () => {
    const bank = {...memoryBank(), functionCodes: [3, 4, 16]};
    expect([...answerRequest(Uint8Array.of(6, 0, 0, 0, 1), bank)]).toEqual([0x86, 1]);
  });
});

describe("a bank from a register map", () => {
  const values = new Map<string, number | string | boolean | null>();
  const map = registerMap(null, [
    {name: "float", table: "input", address: 0, type: "float32"},
    {name: "swapped", table: "input", address: 2, type: "int32", wordOrder: "little", factor: 0.1},
    {name: "after", table: "input", address: 6, type: "uint16"},
    {name: "speed", table: "holding", address: 10, type: "uint16", factor: 0.5, writable: true},
    {name: "serial", table: "holding", address: 20, type: "string", length: 3},
    {name: "pump", table: "coil", address: 0, type: "bool", writable: true},
  ]);
  const written: (readonly [string, unknown])[] = [];
  const bank = (holes: "zero" | "refuse") =>
    createProfileBank({
      map,
      holes,
      fixed: new Map([[30, 0xffff]]),
      valueOf: (name) => values.get(name) ?? null,
      write: (name, value) => {
        written.push([name, value]);
        return null;
      },
    });
  const read = (holes: "zero" | "refuse", request: readonly number[]) => [
    ...answerRequest(Uint8Array.from(request), bank(holes)),
  ];
  values
    .set("float", 230.5)
    .set("swapped", -1234.54)
    .set("after", 7)
    .set("speed", 12.26)
    .set("serial", "AB1")
    .set("pump", true);

  test("encodes with type, word order and factor, rounded to the step", () => {
    // 230.5 = 0x43668000; -12345 = 0xFFFFCFC7, low word first.
    expect(read("zero", [4, 0, 0, 0, 4])).toEqual([4, 8, 0x43, 0x66, 0x80, 0x00, 0xcf, 0xc7, 0xff, 0xff]);
    expect(read("zero", [3, 0, 10, 0, 1])).toEqual([3, 2, 0, 25]);
    expect(read("zero", [3, 0, 20, 0, 3])).toEqual([3, 6, 0x41, 0x42, 0x31, 0, 0, 0]);
    expect(read("zero", [1, 0, 0, 0, 1])).toEqual([1, 1, 1]);
  });
  test("a read may begin inside a value", () => {
    expect(read("zero", [4, 0, 1, 0, 1])).toEqual([4, 2, 0x80, 0x00]);
  });
  test("a hole reads zero where the device does so, and is exception 2 where not", () => {
    expect(read("zero", [4, 0, 4, 0, 3])).toEqual([4, 6, 0, 0, 0, 0, 0, 7]);
    expect(read("refuse", [4, 0, 4, 0, 3])).toEqual([0x84, 2]);
  });
  test("nothing lies past the last register", () => {
    expect(read("zero", [4, 0, 6, 0, 2])).toEqual([0x84, 2]);
  });
  test("fixed registers are served", () => {
    expect(read("refuse", [3, 0, 30, 0, 1])).toEqual([3, 2, 0xff, 0xff]);
  });
  test("a float without a value is NaN, a text without one is empty", () => {
    values.set("float", null).set("serial", null);
    expect(read("zero", [4, 0, 0, 0, 2])).toEqual([4, 4, 0x7f, 0xc0, 0, 0]);
    expect(read("zero", [3, 0, 20, 0, 3])).toEqual([3, 6, 0, 0, 0, 0, 0, 0]);
    values.set("float", 230.5).set("serial", "AB1");
  });
  test("writes reach the owner decoded; read-only points and parts of values are exception 2", () => {
    expect(read("zero", [6, 0, 10, 0, 41])).toEqual([6, 0, 10, 0, 41]);
    expect(read("zero", [5, 0, 0, 0, 0])).toEqual([5, 0, 0, 0, 0]);
    expect(written).toEqual([
      ["speed", 20.5],
      ["pump", false],
    ]);
    expect(read("zero", [6, 0, 20, 0, 1])).toEqual([0x86, 2]);
  });
});

describe("a Modbus TCP server", () => {
  let server: ModbusServer;
  const clients: RawTcp[] = [];
  const start = async (maxConnections = 8) => {
    server = createModbusServer(
      {
        host: "127.0.0.1",
        port: 0,
        units: new Map([
          [1, memoryBank()],
          [2, memoryBank()],
        ]),
        maxConnections,
      },
      {log: silentLog},
    );
    await server.start();
  };
  const open = async () => {
    const client = await openRawTcp(server.port);
    clients.push(client);
    return client;
  };
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await server.stop();
  });
  const READ = Uint8Array.of(0x12, 0x34, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1);
  const READ_UNIT_2 = Uint8Array.of(0x12, 0x35, 0, 0, 0, 6, 2, 3, 0, 0, 0, 1);
  const ANSWER = [0x12, 0x34, 0, 0, 0, 5, 1, 3, 2, 0, 10];
  const ANSWER_UNIT_2 = [0x12, 0x35, 0, 0, 0, 5, 2, 3, 2, 0, 10];

  test("answers modbus-serial's client: reads, writes, coils, exceptions", async () => {
    await start();
    const client = new ModbusRTU.default();
    await client.connectTCP("127.0.0.1", {port: server.port});
    client.setID(1);
    client.setTimeout(2000);
    try {
      expect((await client.readHoldingRegisters(0, 4)).data).toEqual(holding);
      await client.writeRegisters(1, [21, 31]);
      expect((await client.readHoldingRegisters(0, 4)).data).toEqual([10, 21, 31, 40]);
      expect((await client.readCoils(0, 9)).data.slice(0, 9)).toEqual(coils);
      await expect(client.readHoldingRegisters(900, 1)).rejects.toMatchObject({modbusCode: 2});
      await expect(client.writeRegister(0, 5000)).rejects.toMatchObject({modbusCode: 3});
      client.setID(9);
      await expect(client.readHoldingRegisters(0, 1)).rejects.toMatchObject({modbusCode: 11});
    } finally {
      await new Promise<void>((resolve) => client.close(() => resolve()));
    }
  });

  test("requests in one packet and a request in many packets are answered in order", async () => {
    await start();
    const client = await open();
    client.send(Buffer.concat([READ, READ_UNIT_2]));
    expect([...(await client.receive(22))]).toEqual([...ANSWER, ...ANSWER_UNIT_2]);
    for (const byte of READ) client.send(Uint8Array.of(byte));
    expect([...(await client.receive(11))]).toEqual(ANSWER);
  });

  test.each([
    ["a protocol id that is not Modbus", [0, 1, 0, 9, 0, 6, 1, 3, 0, 0, 0, 1]],
    ["a length that no frame has", [0, 1, 0, 0, 0xff, 0xff, 1, 3, 0, 0, 0, 1]],
    ["a length of nothing", [0, 1, 0, 0, 0, 0, 1, 3, 0, 0, 0, 1]],
  ])("%s closes the connection", async (_name, bytes) => {
    await start();
    const client = await open();
    client.send(Uint8Array.from(bytes));
    await client.closed;
    expect(client.pending()).toHaveLength(0);
  });

  test("connections past the limit are closed, the others stay", async () => {
    await start(2);
    const [first] = [await open(), await open()];
    const third = await open();
    await third.closed;
    first.send(READ);
    expect([...(await first.receive(11))]).toEqual(ANSWER);
    expect(server.connections).toBe(2);
  });

  test("fault drop closes the connection at a request", async () => {
    await start();
    server.setFault(1, {kind: "drop"});
    const client = await open();
    client.send(READ);
    await client.closed;
    expect(client.pending()).toHaveLength(0);
  });

  test("fault hang answers nothing, other units on the same connection go on", async () => {
    await start();
    server.setFault(1, {kind: "hang"});
    const client = await open();
    client.send(READ);
    client.send(READ_UNIT_2);
    // The answer of unit 2 comes first and alone: that of unit 1 was due before it.
    expect([...(await client.receive(11))]).toEqual(ANSWER_UNIT_2);
    server.setFault(1, null);
    client.send(READ);
    expect([...(await client.receive(11))]).toEqual(ANSWER);
  });

  test("fault garbage answers with nonsense of every kind, never with a valid frame", async () => {
    await start();
    server.setFault(1, {kind: "garbage"});
    const seen = new Set<string>();
    for (let turn = 0; turn < 4; turn++) {
      const client = await open();
      client.send(READ);
      const answer = [...(await client.receive(10))];
      const [transaction, protocol, code] = [answer.slice(0, 2), answer.slice(2, 4), answer[7]];
      if (transaction.join() !== "18,52") seen.add(protocol.join() === "0,0" ? "transaction" : "protocol");
      else seen.add(code === 3 ? "cut" : "function");
      if (transaction.join() === "18,52" && code === 3) {
        client.send(READ_UNIT_2);
        // The next frame begins where the missing byte should be.
        expect((await client.receive(1))[0]).toBe(0x12);
      }
    }
    expect([...seen].sort()).toEqual(["cut", "function", "protocol", "transaction"]);
  });

  test("fault exception answers with its code", async () => {
    await start();
    server.setFault(2, {kind: "exception", code: 6});
    const client = await open();
    client.send(READ_UNIT_2);
    expect([...(await client.receive(9))]).toEqual([0x12, 0x35, 0, 0, 0, 3, 2, 0x83, 6]);
  });

  test("a restart closes connections and comes back on the same port", async () => {
    await start();
    const {port} = server;
    const client = await open();
    await server.stop();
    await client.closed;
    expect(server.port).toBe(0);
    await expect(openRawTcp(port)).rejects.toMatchObject({code: "ECONNREFUSED"});
    await server.start();
    expect(server.port).toBe(port);
    const again = await open();
    again.send(READ);
    expect([...(await again.receive(11))]).toEqual(ANSWER);
  });

  test("a taken port is refused with its number", async () => {
    await start();
    const second = createModbusServer({host: "127.0.0.1", port: server.port, units: new Map()}, {log: silentLog});
    await expect(second.start()).rejects.toMatchObject({code: "fieldbus/port-taken", facts: {port: server.port}});
    await second.stop();
  });
});
