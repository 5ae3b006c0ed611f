// One open connection: a socket or a serial port with modbus-serial's client on it. We open the stream ourselves, so that an error
// listener stands before anything can fail, a connect can be given up, and the end is heard of whatever way it comes (FIN, RST, unplug).

import {createRequire} from "node:module";
import {Socket} from "node:net";
import type {Duplex} from "node:stream";
import ModbusRTU from "modbus-serial";
import type {Clock} from "../clock.ts";
import {createEnding, type Ending, interruptible, onAbort, onTimeout} from "./interrupt.ts";
import {unavailableError} from "./modbus-error.ts";
import {type ByteStream, RtuPort} from "./rtu-port.ts";

/** Where a bus is. Two devices with the same address must name the same parameters. */
export type BusAddress =
  | {readonly kind: "tcp"; readonly host: string; readonly port: number; readonly framing: "mbap" | "rtu"}
  | {
      readonly kind: "serial";
      readonly path: string;
      readonly baudRate: number;
      readonly parity: "none" | "even" | "odd";
      readonly stopBits: 1 | 2;
    };

export interface ModbusConnection {
  readonly client: ModbusRTU.default;
  /** Bytes received so far; null when the stream does not count them. */
  received(): number | null;
  /** Drops what the last request may still get, so that it cannot pass for the answer to the next one. */
  forget(): void;
  /** The connection has ended, whoever ended it, with the reason when there is one. */
  readonly ending: Ending<Error | null>;
  close(): void;
}

interface SerialPortLike extends Duplex {
  readonly isOpen: boolean;
  open(done: (error: Error | null) => void): void;
  close(done: (error: Error | null) => void): void;
}

const KEEP_ALIVE_MS = 10_000;

/** "10.0.0.7:502" or "/dev/ttyUSB0": the name of a bus in errors and the key it is shared by. */
export function addressText(address: BusAddress): string {
  return address.kind === "tcp" ? `${address.host}:${address.port}` : address.path;
}

/** Opens a connection. Errors: `fieldbus/unavailable`; the signal's reason when it is aborted. */
export async function openConnection(
  address: BusAddress,
  options: {timeoutMs: number; signal: AbortSignal},
  clock: Clock,
): Promise<ModbusConnection> {
  try {
    return address.kind === "tcp" ? await openTcp(address, options, clock) : await openSerial(address, options.signal);
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    throw unavailableError(addressText(address), error);
  }
}

async function openTcp(
  address: Extract<BusAddress, {kind: "tcp"}>,
  options: {timeoutMs: number; signal: AbortSignal},
  clock: Clock,
): Promise<ModbusConnection> {
  const socket = new Socket();
  const ending = endingOf(socket);
  try {
    await interruptible(new Promise<void>((resolve) => socket.connect(address.port, address.host, resolve)), [
      onAbort(options.signal),
      ending.interruption((error) => error ?? new Error("the connection was closed at once")),
      onTimeout(clock, options.timeoutMs, connectTimeout),
    ]);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  const link = await linkOf(socket, address.framing);
  return {
    ...link,
    ending,
    received: () => socket.bytesRead,
    close: () => socket.destroy(),
  };
}

async function openSerial(
  address: Extract<BusAddress, {kind: "serial"}>,
  signal: AbortSignal,
): Promise<ModbusConnection> {
  signal.throwIfAborted();
  const {path, baudRate, parity, stopBits} = address;
  const port = new (loadSerialPort())({path, baudRate, parity, stopBits, dataBits: 8, autoOpen: false});
  const ending = endingOf(port);
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error === null || error === undefined ? resolve() : reject(withErrno(error))));
  });
  const rtu = new RtuPort(port as ByteStream, () => port.isOpen);
  const client = await attach(rtu);
  return {
    client,
    ending,
    received: () => null,
    forget: () => rtu.forget(),
    close: () => {
      if (port.isOpen) port.close(() => undefined);
    },
  };
}

async function linkOf(socket: Socket, framing: "mbap" | "rtu") {
  if (framing === "rtu") {
    const port = new RtuPort(socket as ByteStream, () => socket.readyState === "open");
    return {client: await attach(port), forget: () => port.forget()};
  }
  const client = new ModbusRTU.default();
  client.on("error", () => undefined);
  await client.linkTCP(socket, {} as never);
  // A late frame carries the number of its own transaction and finds nobody waiting.
  return {client, forget: () => undefined};
}

async function attach(port: RtuPort): Promise<ModbusRTU.default> {
  const client = new ModbusRTU.default(port);
  client.on("error", () => undefined);
  await new Promise<void>((resolve, reject) => client.open((error?: Error) => (error ? reject(error) : resolve())));
  return client;
}

/** Listens for the end of a stream from its birth, so that no error of it is ever without a listener. */
function endingOf(stream: Duplex): Ending<Error | null> {
  const ending = createEnding<Error | null>();
  let cause: Error | null = null;
  stream.on("error", (error) => {
    cause = error;
  });
  stream.once("close", () => ending.end(cause));
  return ending;
}

type SerialPortClass = new (options: object) => SerialPortLike;

// serialport comes with modbus-serial as its optional part: it is looked up from there, and only when a serial device is defined.
function loadSerialPort(): SerialPortClass {
  try {
    const fromModbus = createRequire(createRequire(import.meta.url).resolve("modbus-serial"));
    return (fromModbus("serialport") as {SerialPort: SerialPortClass}).SerialPort;
  } catch (error) {
    throw new Error("the package serialport is not installed, so serial ports cannot be used", {cause: error});
  }
}

// serialport puts the system's error into the text only: "Error: No such file or directory, cannot open /dev/x".
function withErrno(error: Error): Error {
  const errno = /no such file/i.test(error.message)
    ? "ENOENT"
    : /permission denied/i.test(error.message)
      ? "EACCES"
      : /resource temporarily|cannot lock|busy/i.test(error.message)
        ? "EBUSY"
        : null;
  return errno === null ? error : Object.assign(new Error(error.message), {code: errno});
}

function connectTimeout(): Error {
  return Object.assign(new Error("nothing answers there"), {code: "ETIMEDOUT"});
}
