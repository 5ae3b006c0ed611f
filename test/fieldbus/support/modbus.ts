import {createServer, type Server, type Socket} from "node:net";
import ModbusRTU from "modbus-serial";
import {createSystemClock} from "../../../src/clock.ts";
import {createModbusClient, type ModbusUnit, type UnitOptions} from "../../../src/fieldbus/index.ts";
import {silentLog} from "../../../src/log.ts";
import {createSeededRandom} from "../../../src/random.ts";

export const clock = createSystemClock();

export function client() {
  return createModbusClient({clock, random: createSeededRandom(1), log: silentLog});
}

/** Options of a unit on a loopback port; time-outs are short so that tests are. */
export function unitAt(port: number, changes: Partial<UnitOptions> = {}): UnitOptions {
  return {address: {kind: "tcp", host: "127.0.0.1", port, framing: "mbap"}, unitId: 1, timeoutMs: 150, ...changes};
}

/** Reads until it succeeds: for what comes back after a back-off. */
export async function readUntilGood(unit: ModbusUnit, withinMs = 5_000): Promise<readonly number[]> {
  const end = clock.monotonicMs() + withinMs;
  for (;;) {
    try {
      return await unit.readRegisters({table: "holding", address: 0, count: 2});
    } catch (error) {
      if (clock.monotonicMs() > end) throw error;
      await clock.sleep(20);
    }
  }
}

/** A TCP server that does with each connection what the test says. */
export async function rawServer(
  serve: (socket: Socket) => void,
  port = 0,
): Promise<{port: number; sockets: Set<Socket>; close(): Promise<void>}> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port: (server.address() as {port: number}).port,
    sockets,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** The MBAP answer to a read request, with these registers. */
export function readAnswer(request: Buffer, registers: readonly number[]): Buffer {
  const body = Buffer.alloc(9 + registers.length * 2);
  request.copy(body, 0, 0, 2);
  body.writeUInt16BE(3 + registers.length * 2, 4);
  body[6] = request[6]!;
  body[7] = request[7]!;
  body[8] = registers.length * 2;
  registers.forEach((value, index) => {
    body.writeUInt16BE(value, 9 + index * 2);
  });
  return body;
}

/** modbus-serial's own server on a free port: an implementation that is not ours. Unit 1 holds its addresses as values. */
export async function libraryServer(port?: number) {
  const holding = Array.from({length: 200}, (_, index) => index);
  const coils = Array.from({length: 20}, () => false);
  const free = port ?? (await freePort());
  const vector = {
    getHoldingRegister: (address: number) => {
      if (address >= holding.length) throw Object.assign(new Error("no such register"), {modbusErrorCode: 2});
      return holding[address]!;
    },
    getInputRegister: (address: number) => address * 2,
    getCoil: (address: number) => coils[address]!,
    getDiscreteInput: (address: number) => address % 2 === 0,
    setRegister: (address: number, value: number) => {
      holding[address] = value;
    },
    setCoil: (address: number, value: boolean) => {
      coils[address] = value;
    },
  };
  const server = new ModbusRTU.ServerTCP(vector as never, {host: "127.0.0.1", port: free, unitID: 1});
  server.on("socketError", () => undefined);
  await new Promise<void>((resolve) => server.on("initialized", () => resolve()));
  return {
    port: free,
    holding,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

export async function freePort(): Promise<number> {
  const probe = await rawServer(() => undefined);
  await probe.close();
  return probe.port;
}
