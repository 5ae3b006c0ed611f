// A Modbus TCP server: MBAP frames on sockets, one register bank a unit id, and faults on request.
//
// The server of modbus-serial was tried first. It cannot listen on a free port (port 0 becomes 502), has no bound on connections or
// on a frame's announced length, and gives no way to misbehave on purpose, which is what the simulated site needs it for.
// Source: Modbus Messaging on TCP/IP Implementation Guide V1.0b, section 3.1.

import {createServer, type Server, type Socket} from "node:net";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import {answerRequest, exceptionResponse, type ModbusExceptionCode, type RegisterBank} from "./modbus-answer.ts";

/** How a unit misbehaves. `drop` closes the socket at a request, `hang` never answers, `garbage` answers what is no valid frame. */
export type ModbusFault =
  | {readonly kind: "drop"}
  | {readonly kind: "hang"}
  | {readonly kind: "garbage"}
  | {readonly kind: "exception"; readonly code: ModbusExceptionCode};

export interface ModbusServerOptions {
  readonly host: string;
  /** 0 = any free port, the same one after a restart; `port` of the server tells which. */
  readonly port: number;
  /** Unit id (0..255) to its tables. A unit that is not listed gets exception 11, as from a gateway whose device is silent. */
  readonly units: ReadonlyMap<number, RegisterBank>;
  /** Further connections are closed at once. Default 32. */
  readonly maxConnections?: number;
}

export interface ModbusServer extends Service {
  /** The port it listens on; 0 while it does not. */
  readonly port: number;
  readonly connections: number;
  /** Makes one unit misbehave until told otherwise; null = behave. Outlives a restart of the server. */
  setFault(unitId: number, fault: ModbusFault | null): void;
  /** Closes every connection; new ones are accepted. */
  dropConnections(): void;
}

const HEADER_SIZE = 7;
// Unit id and a protocol data unit of 1..253 bytes.
const LENGTH_MIN = 2;
const LENGTH_MAX = 254;
// A client that sends and never reads is paused here instead of filling our memory.
const UNSENT_MAX_BYTES = 65_536;
const KEEP_ALIVE_MS = 30_000;
const GATEWAY_TARGET_SILENT = 11;

/** A Modbus TCP server. `start` fails with `fieldbus/port-taken` or `fieldbus/cannot-listen`. */
export function createModbusServer(options: ModbusServerOptions, deps: {readonly log: Log}): ModbusServer {
  const {host, units, maxConnections = 32} = options;
  const faults = new Map<number, ModbusFault>();
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  let listenPort = options.port;
  let garbageSent = 0;

  const accept = (socket: Socket) => {
    if (sockets.size >= maxConnections) {
      deps.log.warn({peer: socket.remoteAddress ?? null, maxConnections}, "modbus connection refused: too many");
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", (error) => deps.log.debug({reason: error.message}, "modbus connection broke"));
    let pending: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      pending = serve(socket, pending.length === 0 ? chunk : Buffer.concat([pending, chunk]));
    });
    socket.on("drain", () => socket.resume());
  };

  /** Answers every whole frame in `received` and gives back what is left. */
  const serve = (socket: Socket, received: Buffer): Buffer => {
    let rest = received;
    while (rest.length >= HEADER_SIZE) {
      const length = rest.readUInt16BE(4);
      if (rest.readUInt16BE(2) !== 0 || length < LENGTH_MIN || length > LENGTH_MAX) {
        // Not Modbus: there is no way to find the next frame in this stream.
        socket.destroy();
        return Buffer.alloc(0);
      }
      if (rest.length < HEADER_SIZE - 1 + length) break;
      const frame = rest.subarray(0, HEADER_SIZE - 1 + length);
      rest = rest.subarray(frame.length);
      const answer = answerFrame(frame);
      if (answer === "drop") {
        socket.destroy();
        return Buffer.alloc(0);
      }
      if (answer !== null) socket.write(answer);
      if (socket.writableLength > UNSENT_MAX_BYTES) socket.pause();
    }
    return rest;
  };

  /** null = no answer. */
  const answerFrame = (frame: Buffer): Uint8Array | "drop" | null => {
    const unitId = frame[6]!;
    const request = frame.subarray(HEADER_SIZE);
    const fault = faults.get(unitId);
    if (fault?.kind === "drop") return "drop";
    if (fault?.kind === "hang") return null;
    const response =
      fault?.kind === "exception" ? exceptionResponse(request[0]!, fault.code) : answerUnit(unitId, request);
    const answer = frameOf(frame, response);
    return fault?.kind === "garbage" ? spoil(answer, garbageSent++) : answer;
  };

  const answerUnit = (unitId: number, request: Uint8Array): Uint8Array => {
    const bank = units.get(unitId);
    if (bank === undefined) return exceptionResponse(request[0]!, GATEWAY_TARGET_SILENT);
    try {
      return answerRequest(request, bank);
    } catch (error) {
      deps.log.error({unitId, reason: sentenceOf(error)}, "a register bank failed");
      return exceptionResponse(request[0]!, 4);
    }
  };

  const dropConnections = () => {
    for (const socket of sockets) socket.destroy();
  };

  const service = createService({
    start: async () => {
      const listener = createServer(accept);
      listenPort = await listen(listener, host, listenPort);
      listener.on("error", (error) => deps.log.error({reason: error.message}, "modbus listener failed"));
      server = listener;
    },
    stop: async () => {
      const closing = server;
      server = null;
      if (closing === null) return;
      const closed = new Promise<void>((resolve) => closing.close(() => resolve()));
      dropConnections();
      await closed;
    },
  });

  return {
    ...service,
    get port() {
      return server === null ? 0 : listenPort;
    },
    get connections() {
      return sockets.size;
    },
    setFault: (unitId, fault) => {
      if (fault === null) faults.delete(unitId);
      else faults.set(unitId, fault);
    },
    dropConnections,
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === "EADDRINUSE";
      const sentence = isTaken
        ? `Port ${port} on ${host} is taken: end the program that uses it, or give the Modbus server another port.`
        : `The Modbus server cannot listen on ${host}:${port}: ${error.message}.`;
      reject(new GatewayError(isTaken ? "fieldbus/port-taken" : "fieldbus/cannot-listen", sentence, {host, port}));
    });
    server.listen({host, port}, () => {
      server.removeAllListeners("error");
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function frameOf(request: Buffer, response: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_SIZE + response.length);
  frame.writeUInt16BE(request.readUInt16BE(0), 0);
  frame.writeUInt16BE(response.length + 1, 4);
  frame[6] = request[6]!;
  frame.set(response, HEADER_SIZE);
  return frame;
}

/** Four kinds of nonsense in turn, so that a client meets all of them: foreign transaction, no Modbus, a cut frame, another function. */
function spoil(frame: Buffer, turn: number): Buffer {
  switch (turn % 4) {
    case 0:
      frame.writeUInt16BE(frame.readUInt16BE(0) ^ 0x5a5a, 0);
      return frame;
    case 1:
      return Buffer.from(frame.map((byte, index) => byte ^ (0xa5 + 31 * index)));
    case 2:
      return frame.subarray(0, frame.length - 1);
    default:
      frame[HEADER_SIZE] = frame[HEADER_SIZE]! ^ 0x41;
      return frame;
  }
}
