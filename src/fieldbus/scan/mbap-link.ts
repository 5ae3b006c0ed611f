// One connection of a scan: MBAP frames, one request at a time. The polling client is not used here, because it repeats, rests and gives
// up connections for the good of devices that are known to be there; a scan asks many that are not. Nothing here can write: the only
// requests it knows are reads.
// Source: Modbus Messaging on TCP/IP Implementation Guide V1.0b, section 3.1; Modbus Application Protocol V1.1b3, sections 6.1 to 6.4, 6.21.

import {Socket} from "node:net";
import type {Clock} from "../../clock.ts";
import {GatewayError} from "../../errors.ts";
import {createEnding, interruptible, onAbort, onTimeout} from "../interrupt.ts";
import {unavailableError} from "../modbus-error.ts";

/** What a unit said: registers, an exception (its number), the objects of its identification, or nothing in time. */
export type ProbeAnswer =
  | {readonly kind: "registers"; readonly registers: readonly number[]}
  | {readonly kind: "objects"; readonly objects: ReadonlyMap<number, string>}
  | {readonly kind: "exception"; readonly exception: number}
  | {readonly kind: "nonsense"}
  | {readonly kind: "silent"};

export type ProbeRequest =
  | {readonly kind: "holding" | "input"; readonly address: number; readonly count: number}
  | {readonly kind: "identification"};

export interface MbapLink {
  /** Errors: `fieldbus/unavailable` when the connection ends; the signal's reason. */
  ask(unitId: number, request: ProbeRequest): Promise<ProbeAnswer>;
  close(): void;
}

/** A host of the same network answers a connect at once, or is not there. */
export const CONNECT_MS = 1_000;
const HEADER_SIZE = 7;
const PDU_MAX = 253;
const EXCEPTION_BIT = 0x80;
const ENCAPSULATED = 0x2b;
const READ_IDENTIFICATION = 0x0e;
const BASIC = 1;

/** Opens a connection. Errors: `fieldbus/unavailable`; the signal's reason when it is aborted. */
export async function openMbapLink(
  to: {readonly host: string; readonly port: number; readonly connectMs: number; readonly answerMs: number},
  deps: {readonly clock: Clock; readonly signal: AbortSignal},
): Promise<MbapLink> {
  const {clock, signal} = deps;
  const name = `${to.host}:${to.port}`;
  const socket = new Socket();
  const ending = createEnding<unknown>();
  let cause: unknown = null;
  let pending: Buffer = Buffer.alloc(0);
  let transaction = 0;
  let waiting: {readonly id: number; readonly unitId: number; take(pdu: Buffer): void} | null = null;

  socket.on("error", (error) => {
    cause = error;
  });
  socket.once("close", () => ending.end(cause ?? Object.assign(new Error("closed"), {code: "ECONNRESET"})));
  socket.on("data", (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= HEADER_SIZE) {
      const length = pending.readUInt16BE(4);
      // Not Modbus: there is no way to find the next frame in this stream.
      if (pending.readUInt16BE(2) !== 0 || length < 2 || length > PDU_MAX + 1) return void socket.destroy();
      if (pending.length < HEADER_SIZE - 1 + length) return;
      const frame = pending.subarray(0, HEADER_SIZE - 1 + length);
      pending = pending.subarray(frame.length);
      if (waiting?.id === frame.readUInt16BE(0) && waiting.unitId === frame[6])
        waiting.take(frame.subarray(HEADER_SIZE));
    }
  });

  const ended = ending.interruption((error) => unavailableError(name, error));
  try {
    await interruptible(new Promise<void>((resolve) => socket.connect(to.port, to.host, resolve)), [
      ended,
      onAbort(signal),
      onTimeout(clock, to.connectMs, () =>
        unavailableError(name, Object.assign(new Error("nothing answers there"), {code: "ETIMEDOUT"})),
      ),
    ]);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.setNoDelay(true);

  return {
    ask: async (unitId, request) => {
      transaction = (transaction + 1) & 0xffff;
      const id = transaction;
      const answer = new Promise<Buffer>((resolve) => {
        waiting = {id, unitId, take: resolve};
      });
      socket.write(frameOf(id, unitId, encodeRequest(request)));
      try {
        return decodeAnswer(request, await interruptible(answer, [ended, onAbort(signal), late()]));
      } catch (error) {
        if (error === LATE) return {kind: "silent"};
        throw error;
      } finally {
        waiting = null;
      }
    },
    close: () => socket.destroy(),
  };

  function late() {
    return onTimeout(clock, to.answerMs, () => LATE);
  }
}

const LATE = new GatewayError("fieldbus/timeout", "The unit did not answer in time.");

function frameOf(id: number, unitId: number, pdu: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_SIZE + pdu.length);
  frame.writeUInt16BE(id, 0);
  frame.writeUInt16BE(pdu.length + 1, 4);
  frame[6] = unitId;
  frame.set(pdu, HEADER_SIZE);
  return frame;
}

function encodeRequest(request: ProbeRequest): Uint8Array {
  if (request.kind === "identification") return Uint8Array.of(ENCAPSULATED, READ_IDENTIFICATION, BASIC, 0);
  const {address, count} = request;
  return Uint8Array.of(functionOf(request.kind), address >> 8, address & 0xff, count >> 8, count & 0xff);
}

function functionOf(table: "holding" | "input"): number {
  return table === "holding" ? 3 : 4;
}

/** Answer of any unit, friendly or not: whatever does not fit is nonsense. Exported for its tests. */
export function decodeAnswer(request: ProbeRequest, pdu: Uint8Array): ProbeAnswer {
  const code = request.kind === "identification" ? ENCAPSULATED : functionOf(request.kind);
  if (pdu[0] === (code | EXCEPTION_BIT) && pdu.length === 2) return {kind: "exception", exception: pdu[1]!};
  if (pdu[0] !== code) return {kind: "nonsense"};
  if (request.kind === "identification") return decodeObjects(pdu);
  if (pdu[1] !== 2 * request.count || pdu.length !== 2 + 2 * request.count) return {kind: "nonsense"};
  const registers = Array.from({length: request.count}, (_, index) => (pdu[2 + 2 * index]! << 8) | pdu[3 + 2 * index]!);
  return {kind: "registers", registers};
}

function decodeObjects(pdu: Uint8Array): ProbeAnswer {
  const count = pdu[6];
  if (pdu[1] !== READ_IDENTIFICATION || count === undefined) return {kind: "nonsense"};
  const objects = new Map<number, string>();
  let at = 7;
  for (let index = 0; index < count && at + 2 <= pdu.length; index++) {
    const end = at + 2 + pdu[at + 1]!;
    if (end > pdu.length) return {kind: "nonsense"};
    objects.set(pdu[at]!, printable(pdu.subarray(at + 2, end)));
    at = end;
  }
  return {kind: "objects", objects};
}

/** Text of a stranger, for a person to read: no control characters. */
export function printable(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : byte === 0 ? "" : "?"))
    .join("")
    .trim();
}

/** Whether something listens at a TCP port of a host. Errors: the signal's reason. */
export async function isListening(
  to: {readonly host: string; readonly port: number},
  deps: {readonly clock: Clock; readonly signal: AbortSignal},
): Promise<boolean> {
  try {
    (await openMbapLink({...to, connectMs: CONNECT_MS, answerMs: 0}, deps)).close();
    return true;
  } catch (error) {
    if (deps.signal.aborted) throw error;
    return false;
  }
}
