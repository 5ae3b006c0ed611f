// One bus: a host and port, or a serial path, with everything on it. Exactly one connection and one request at a time, because many
// devices take one client only and a serial line has one voice. The connection is made by the first request and made anew by the next
// one after it broke; nothing runs in the background, so an idle bus holds no timer.

import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import type {Log} from "../log.ts";
import type {Random} from "../random.ts";
import {createBusLink} from "./bus-link.ts";
import {interruptible, onTimeout} from "./interrupt.ts";
import {addressText, type BusAddress, type ModbusConnection} from "./modbus-connection.ts";
import {
  badAnswerError,
  exceptionError,
  exceptionOf,
  type RequestContext,
  timeoutError,
  unavailableError,
} from "./modbus-error.ts";
import {createRequestQueue} from "./request-queue.ts";
import {afterAnswer, afterMiss, HEALTHY, isResting, patienceMs, type UnitHealth} from "./unit-health.ts";

/** Requests that may wait on one bus. */
const QUEUE_MAX = 256;
/** Time-outs in a row, of any unit, after which a silent connection is given up. */
const SILENT_MAX = 3;
/** Characters of silence between RTU frames (Modbus over Serial Line 1.02, section 2.5.1.1), of 11 bits each. */
const RTU_SILENCE_BITS = 3.5 * 11;
const RTU_SILENCE_MIN_MS = 2;
/** Half a frame, or the number of another request: the one who waits never sees it, and "no answer" would send a person to the cable. */
const NO_ANSWER_IN_IT = "bytes came, but no answer was in them";
// Exceptions of a gateway: it is alive, the unit behind it is not.
const GATEWAY_EXCEPTIONS = [10, 11];

export type ModbusRequest<Answer> = {
  readonly unitId: number;
  readonly kind: "read" | "write";
  /** For errors: "holding 0..79". */
  readonly what: string;
  readonly timeoutMs: number;
  /** Silence before the request, ms. */
  readonly delayMs: number;
  readonly connectDelayMs: number;
  readonly signal?: AbortSignal | undefined;
  /** The device answered, be it with an exception: `tookMs` from the request on the line, without any wait for it. */
  onAnswer(tookMs: number): void;
  /** Puts the request on the line; calls back with modbus-serial's outcome. */
  send(connection: ModbusConnection, done: (error: unknown, answer: Answer) => void): void;
};

export interface ModbusBus {
  readonly address: BusAddress;
  /** Errors: `fieldbus/unavailable`, `/timeout`, `/exception`, `/bad-answer`, `/busy`; the signal's reason when aborted. */
  request<Answer>(request: ModbusRequest<Answer>): Promise<Answer>;
  addUnit(unitId: number): void;
  removeUnit(unitId: number): void;
  close(): Promise<void>;
}

interface BusDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export function createModbusBus(address: BusAddress, deps: BusDeps): ModbusBus {
  const name = addressText(address);
  const closing = new AbortController();
  const users = new Map<number, number>();
  const line = createLine(address, {...deps, signal: closing.signal}, () => users.size > 1);
  const queue = createRequestQueue<ModbusRequest<unknown>>(
    {max: QUEUE_MAX, full: () => busyError(name)},
    async (request) => {
      try {
        closing.signal.throwIfAborted();
        return await line.perform(request);
      } catch (error) {
        throw closing.signal.aborted ? closing.signal.reason : error;
      }
    },
  );

  return {
    address,
    addUnit: (unitId) => users.set(unitId, (users.get(unitId) ?? 0) + 1),
    removeUnit: (unitId) => {
      const left = (users.get(unitId) ?? 1) - 1;
      if (left > 0) {
        users.set(unitId, left);
        return;
      }
      users.delete(unitId);
      line.forget(unitId);
    },
    request: async <Answer>(request: ModbusRequest<Answer>) => {
      closing.signal.throwIfAborted();
      const {kind, signal} = request;
      return (await queue.add(request as ModbusRequest<unknown>, {isUrgent: kind === "write", signal})) as Answer;
    },
    close: async () => {
      closing.abort(new GatewayError("fieldbus/unavailable", `${name} is being closed.`, {address: name, errno: null}));
      await line.close();
      await queue.idle();
    },
  };
}

/** The line itself: one exchange after the other, and what each outcome means for unit and connection. */
function createLine(address: BusAddress, deps: BusDeps & {readonly signal: AbortSignal}, hasNeighbours: () => boolean) {
  const {clock, signal} = deps;
  const name = addressText(address);
  const isRtu = address.kind === "serial" || address.framing === "rtu";
  const silenceMs = address.kind === "serial" ? (RTU_SILENCE_BITS / address.baudRate) * 1_000 : 0;
  const link = createBusLink(address, deps);
  const units = new Map<number, UnitHealth>();
  const unitOf = (unitId: number) => units.get(unitId) ?? HEALTHY;
  let silent = 0;
  let freeAt = 0;

  const waitForLine = async (request: ModbusRequest<unknown>) => {
    const gapMs = Math.max(request.delayMs, isRtu ? Math.max(RTU_SILENCE_MIN_MS, silenceMs) : 0);
    const waitMs = Math.max(freeAt + gapMs, unitOf(request.unitId).quietUntil) - clock.monotonicMs();
    if (waitMs > 0) await clock.sleep(waitMs, signal);
  };

  const noteAlive = (unitId: number, tookMs: number | null) => {
    link.noteAlive();
    silent = 0;
    units.set(unitId, afterAnswer(unitOf(unitId), tookMs));
  };

  const noteError = (
    unitId: number,
    on: ModbusConnection,
    outcome: {error: unknown; hasReceived: boolean; waitedMs: number},
  ) => {
    const {error, hasReceived, waitedMs} = outcome;
    on.forget();
    const exception = exceptionOf(error);
    if (exception !== null && !GATEWAY_EXCEPTIONS.includes(exception)) return noteAlive(unitId, null);
    if (isUnavailable(error)) return link.drop(on);
    const quietMs = isRtu && exception === null ? waitedMs : 0;
    units.set(unitId, afterMiss(unitOf(unitId), {error, now: clock.monotonicMs(), quietMs}));
    if (exception !== null) return;
    silent += 1;
    // Half an answer, or bytes that are none, leave a TCP stream out of step: what follows could be read wrongly.
    const isOutOfStep = hasReceived || (error as GatewayError).code === "fieldbus/bad-answer";
    if (address.kind === "serial" || (!isOutOfStep && silent < SILENT_MAX)) return;
    silent = 0;
    link.drop(on);
    link.noteFailure(error);
  };

  const exchange = async (request: ModbusRequest<unknown>, on: ModbusConnection): Promise<unknown> => {
    const {unitId, what} = request;
    const context: RequestContext = {address: name, unitId, what};
    const unit = unitOf(unitId);
    const waitedMs = hasNeighbours() ? patienceMs(unit, request.timeoutMs) : request.timeoutMs;
    const before = on.received();
    const startedAt = clock.monotonicMs();
    const answer = new Promise<unknown>((resolve, reject) => {
      request.send(on, (error, value) => (error ? reject(readable(error, context)) : resolve(value)));
    });
    try {
      const value = await interruptible(answer, [
        on.ending.interruption((cause) => unavailableError(name, cause ?? closedByDevice())),
        onTimeout(clock, waitedMs, () => timeoutError(context, waitedMs)),
      ]);
      const tookMs = clock.monotonicMs() - startedAt;
      noteAlive(unitId, tookMs);
      request.onAnswer(tookMs);
      return value;
    } catch (thrown) {
      const hasReceived = on.received() !== before;
      const error = hasReceived && isTimeout(thrown) ? badAnswerError(context, new Error(NO_ANSWER_IN_IT)) : thrown;
      if (exceptionOf(error) !== null) request.onAnswer(clock.monotonicMs() - startedAt);
      if (!signal.aborted) noteError(unitId, on, {error, hasReceived, waitedMs});
      throw error;
    } finally {
      freeAt = clock.monotonicMs();
    }
  };

  const perform = async (request: ModbusRequest<unknown>): Promise<unknown> => {
    const unit = unitOf(request.unitId);
    if (hasNeighbours() && isResting(unit, clock.monotonicMs())) throw unit.lastError;
    // A device that was restarted between two polls answers the first bytes with a reset; a read may simply be asked again.
    const mayRepeat = link.isOpen && request.kind === "read";
    const on = await link.open(request);
    await waitForLine(request);
    try {
      return await exchange(request, on);
    } catch (error) {
      if (signal.aborted || !isUnavailable(error)) throw error;
      if (mayRepeat) return await exchange(request, await link.open(request));
      link.noteFailure(error);
      throw error;
    }
  };

  return {perform, close: link.close, forget: (unitId: number) => units.delete(unitId)};
}

/** modbus-serial's error in our words. */
function readable(error: unknown, context: RequestContext): GatewayError {
  if (error instanceof GatewayError) return error;
  const exception = (error as {modbusCode?: unknown}).modbusCode;
  if (typeof exception === "number") return exceptionError(exception, context);
  if ((error as Error).message === "Port Not Open") return unavailableError(context.address, closedByDevice());
  return badAnswerError(context, error);
}

function isUnavailable(error: unknown): boolean {
  return error instanceof GatewayError && error.code === "fieldbus/unavailable";
}

function isTimeout(error: unknown): boolean {
  return error instanceof GatewayError && error.code === "fieldbus/timeout";
}

function closedByDevice(): Error {
  return Object.assign(new Error("the device closed the connection"), {code: "ECONNRESET"});
}

function busyError(name: string): GatewayError {
  return new GatewayError("fieldbus/busy", `${QUEUE_MAX} requests wait on ${name} already. Ask less often.`, {
    address: name,
  });
}
