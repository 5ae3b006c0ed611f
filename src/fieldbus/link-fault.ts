import {GatewayError} from "../errors.ts";
import {exceptionOf} from "./modbus-error.ts";

const LINK_FAULTS = [
  "refused",
  "unreachable",
  "unknown-host",
  "closed",
  "too-many-clients",
  "no-port",
  "port-denied",
  "port-busy",
  "no-answer",
  "bad-answer",
  "illegal-function",
  "illegal-address",
  "device-busy",
  "device-failure",
  "no-path",
  "wrong-device",
  "bus-busy",
  "untrusted",
  "certificate",
  "expired",
  "login",
  "endpoint",
  "silent",
  "node-id",
  "other",
] as const;

/** What is wrong with a link, for programs; the error's sentence and its remedy say the same in words. `other` = none of the rest. */
export type LinkFault = (typeof LINK_FAULTS)[number];

const BY_ERRNO: Readonly<Record<string, LinkFault>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  ENETUNREACH: "unreachable",
  ETIMEDOUT: "unreachable",
  ENOTFOUND: "unknown-host",
  EAI_AGAIN: "unknown-host",
  ECONNRESET: "closed",
  EPIPE: "closed",
  ENOENT: "no-port",
  EACCES: "port-denied",
  EPERM: "port-denied",
  EBUSY: "port-busy",
};

/** Exceptions of the Modbus application protocol 1.1b3, section 7. */
const BY_EXCEPTION: Readonly<Record<number, LinkFault>> = {
  1: "illegal-function",
  2: "illegal-address",
  3: "illegal-address",
  4: "device-failure",
  5: "device-busy",
  6: "device-busy",
  8: "device-failure",
  10: "no-path",
  11: "no-path",
};

const BY_CODE: Readonly<Record<string, LinkFault>> = {
  "fieldbus/timeout": "no-answer",
  "fieldbus/bad-answer": "bad-answer",
  "fieldbus/wrong-device": "wrong-device",
  "fieldbus/busy": "bus-busy",
  "fieldbus/untrusted": "untrusted",
  "fieldbus/certificate": "certificate",
  "fieldbus/login": "login",
  "fieldbus/endpoint": "endpoint",
  "fieldbus/silent": "silent",
  "fieldbus/node-id": "node-id",
};

/** Fault of an error of a Modbus or OPC UA device. */
export function linkFaultOf(error: unknown): LinkFault {
  if (!(error instanceof GatewayError)) return "other";
  const exception = exceptionOf(error);
  if (exception !== null) return BY_EXCEPTION[exception] ?? "other";
  // node-opcua's errors are told apart by their text, where they are put into our words.
  const named = LINK_FAULTS.find((fault) => fault === error.facts.fault);
  return named ?? BY_ERRNO[String(error.facts.errno)] ?? BY_CODE[error.code] ?? "other";
}
