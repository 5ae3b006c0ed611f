import {GatewayError, sentenceOf} from "../errors.ts";
import type {Table} from "./point.ts";

/** Exceptions of the Modbus application protocol 1.1b3, section 7, in words. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: "does not know this function",
  2: "has no such register",
  3: "refuses this value or number of registers",
  4: "reports an internal failure",
  5: "needs more time",
  6: "is busy",
  8: "reports a memory fault",
  10: "is behind a gateway that has no path to it",
  11: "is behind a gateway that got no answer from it",
};

const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;
const ILLEGAL_VALUE = 3;

/** What a request was about, for its errors. */
export interface RequestContext {
  /** "127.0.0.1:502" or "/dev/ttyUSB0". */
  readonly address: string;
  readonly unitId: number;
  /** "holding 0..79", for the sentence. */
  readonly what: string;
}

/** "holding 0..79": a range of a table, in words. */
export function rangeText(table: Table, address: number, count: number): string {
  return count === 1 ? `${table} ${address}` : `${table} ${address}..${address + count - 1}`;
}

/** The device answered with an exception; `facts.exception` is its number. */
export function exceptionError(exception: number, context: RequestContext): GatewayError {
  const words = EXCEPTIONS[exception] ?? "answers with an exception";
  return new GatewayError(
    "fieldbus/exception",
    `Unit ${context.unitId} at ${context.address} ${words} (exception ${exception}, ${context.what}).`,
    {address: context.address, unitId: context.unitId, exception, what: context.what},
  );
}

export function timeoutError(context: RequestContext, timeoutMs: number): GatewayError {
  return new GatewayError(
    "fieldbus/timeout",
    `Unit ${context.unitId} at ${context.address} did not answer within ${timeoutMs} ms (${context.what}).`,
    {address: context.address, unitId: context.unitId, timeoutMs, what: context.what},
  );
}

/** Bytes came that are no answer to the request. */
export function badAnswerError(context: RequestContext, cause: unknown): GatewayError {
  return new GatewayError(
    "fieldbus/bad-answer",
    `Unit ${context.unitId} at ${context.address} sent what is no answer to the request (${context.what}): ${sentenceOf(cause)}.`,
    {address: context.address, unitId: context.unitId, what: context.what},
    {cause},
  );
}

/** No connection. `errno` of the facts is the system's name for it, null when there is none. */
export function unavailableError(address: string, cause: unknown): GatewayError {
  const errno = (cause as {code?: unknown} | null)?.code;
  return new GatewayError(
    "fieldbus/unavailable",
    `${address} cannot be reached: ${reasonOf(errno, cause)}.`,
    {address, errno: typeof errno === "string" ? errno : null},
    {cause},
  );
}

/** Number of the exception the device answered with; null for every other error. */
export function exceptionOf(error: unknown): number | null {
  if (!(error instanceof GatewayError) || error.code !== "fieldbus/exception") return null;
  return Number(error.facts.exception);
}

/** Whether the device says that it lacks a register of the range, so that a smaller range may do. */
export function isRefusedRange(error: unknown): boolean {
  const exception = exceptionOf(error);
  return exception === ILLEGAL_ADDRESS || exception === ILLEGAL_VALUE;
}

/** What a person can do about an error of a Modbus device; null when there is nothing to add. */
export function modbusRemedy(error: unknown): string | null {
  if (!(error instanceof GatewayError)) return null;
  const exception = exceptionOf(error);
  if (exception === ILLEGAL_FUNCTION)
    return "Check the table of the point: the device may keep it as holding or as input.";
  if (exception === ILLEGAL_ADDRESS || exception === ILLEGAL_VALUE) {
    return "Check model and address: addresses here are 0-based, so the printed 40001 is holding 0 and 30001 is input 0.";
  }
  if (exception === 10 || exception === 11) return "Check the unit id, and the wiring behind the serial gateway.";
  if (exception !== null) return "Wait for the device, or look at its own display.";
  switch (error.code) {
    case "fieldbus/timeout":
      return "Check the unit id. On RS-485 also A/B wiring, baud rate, parity, and that no second master is on the line.";
    case "fieldbus/bad-answer":
      return "Check that this is the device's Modbus port and that framing (Modbus TCP or RTU over TCP) is right. On RS-485 also baud rate, parity and wiring; a slow device needs a longer time-out.";
    case "fieldbus/wrong-device":
      return "Choose the profile of this model, or check address and unit id: another device may have taken this one's place.";
    case "fieldbus/busy":
      return "Lengthen the period of the devices on this bus, or let them read fewer points.";
    case "fieldbus/unavailable":
      return remedyByErrno[String(error.facts.errno)] ?? "Check the address, the cable and that the device is on.";
    default:
      return null;
  }
}

const remedyByErrno: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    "The host is there, but nothing listens on this port. Check the port, and that Modbus is switched on in the device.",
  EHOSTUNREACH: "Check the address, the cable and that the device is on.",
  ENETUNREACH: "This gateway has no route to that network. Check its own network settings.",
  ENOTFOUND: "The name is not known. Check the spelling or use the IP address.",
  EAI_AGAIN: "The name server does not answer. Use the IP address of the device.",
  ETIMEDOUT: "Nothing answers at this address. Check the address, the cable and firewalls between.",
  ECONNRESET: "The device closed the connection. Some devices take one client only: end the other one.",
  EACCES: "This process may not open the port. Add its user to the group dialout.",
  EPERM: "This process may not open the port. Add its user to the group dialout.",
  EPIPE: "The device closed the connection. Some devices take one client only: end the other one.",
  EBUSY: "Another program holds the port. End it: a serial line has one master.",
  ENOENT: "There is no such port. Plug the adapter in, and prefer its name under /dev/serial/by-id.",
};

function reasonOf(errno: unknown, cause: unknown): string {
  switch (errno) {
    case "ECONNREFUSED":
      return "the connection is refused";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the name cannot be resolved";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "there is no route to it";
    case "ETIMEDOUT":
      return "nothing answers there";
    case "ECONNRESET":
    case "EPIPE":
      return "the device closed the connection";
    case "ENOENT":
      return "there is no such port";
    case "EACCES":
    case "EPERM":
      return "permission is denied";
    default:
      return sentenceOf(cause).replace(/\.$/, "");
  }
}
