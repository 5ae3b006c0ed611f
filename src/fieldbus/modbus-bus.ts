// One bus: a host and port, or a serial path, with everything on it. Exactly one connection and one request at a time, because many
// devices take one client only and a serial line has one voice. The connection is made by the first request and made anew by the next
// one after it broke; nothing runs in the background, so an idle bus holds no timer.
//
// A unit that stays silent must not stop its neighbours: after a few time-outs it rests, and while it does its requests fail at once
// without a word on the line; the probe after each rest waits only a little longer than the unit used to need.

import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import type {Log} from "../log.ts";
import type {Random} from "../random.ts";
import {interruptible, onTimeout} from "./interrupt.ts";
import {addressText, type BusAddress, type ModbusConnection, openConnection} from "./modbus-connection.ts";
import {
  badAnswerError,
  exceptionError,
  exceptionOf,
  type RequestContext,
  timeoutError,
  unavailableError,
} from "./modbus-error.ts";

/** Requests that may wait on one bus. */
const QUEUE_MAX = 256;
const BACK_OFF_FIRST_MS = 250;
/** With a poll each second, a device that is back is seen within 5 s. */
const BACK_OFF_MAX_MS = 4_000;
/** Time-outs in a row, of any unit, after which a silent connection is given up. */
const SILENT_MAX = 3;
/** Time-outs in a row after which a unit rests. */
const MISSES_BEFORE_REST = 3;
const REST_MS = 4_000;
const PROBE_MIN_MS = 250;
/** Longest wait for the late answer of an RTU unit to pass. */
const QUIET_MAX_MS = 1_000;
/** Characters of silence between RTU frames (Modbus over Serial Line 1.02, section 2.5.1.1), of 11 bits each. */
const RTU_SILENCE_BITS = 3.5 * 11;
const RTU_SILENCE_MIN_MS = 2;

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

interface Job {
  readonly request: ModbusRequest<unknown>;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

interface UnitState {
  users: number;
  misses: number;
  lastError: unknown;
  restUntil: number;
  /** RTU: a late answer may still come until then. */
  quietUntil: number;
  /** Smoothed time of an answer, ms; null before the first. */
  answerMs: number | null;
}

export function createModbusBus(
  address: BusAddress,
  deps: {readonly clock: Clock; readonly random: Random; readonly log: Log},
): ModbusBus {
  const {clock, random, log} = deps;
  const name = addressText(address);
  const isRtu = address.kind === "serial" || address.framing === "rtu";
  const closing = new AbortController();
  const reads: Job[] = [];
  const writes: Job[] = [];
  const units = new Map<number, UnitState>();
  let connection: ModbusConnection | null = null;
  let working: Promise<void> | null = null;
  let failures = 0;
  let retryAt = 0;
  let lastFailure: unknown = null;
  let silent = 0;
  let lineFreeAt = 0;

  const unitOf = (unitId: number): UnitState => {
    const known = units.get(unitId);
    if (known !== undefined) return known;
    const state = {users: 0, misses: 0, lastError: null, restUntil: 0, quietUntil: 0, answerMs: null};
    units.set(unitId, state);
    return state;
  };

  const noteFailure = (error: unknown) => {
    failures += 1;
    lastFailure = error;
    const backOffMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_FIRST_MS * 2 ** (failures - 1));
    // Up to a quarter less, so that many buses behind one dead switch do not knock together.
    retryAt = clock.monotonicMs() + backOffMs - random.below(Math.floor(backOffMs / 4) + 1);
    if (failures === 1) log.warn({bus: name, reason: String((error as Error).message)}, "modbus connection failed");
  };

  const drop = (ofConnection: ModbusConnection) => {
    if (connection === ofConnection) connection = null;
    ofConnection.close();
  };

  const connect = async (request: ModbusRequest<unknown>): Promise<ModbusConnection> => {
    if (connection !== null) return connection;
    if (clock.monotonicMs() < retryAt) throw lastFailure;
    try {
      const opened = await openConnection(address, {timeoutMs: request.timeoutMs, signal: closing.signal}, clock);
      connection = opened;
      silent = 0;
      void opened.ending.promise.then(() => drop(opened));
      const settleMs = Math.max(request.connectDelayMs, 0);
      if (settleMs > 0) await clock.sleep(settleMs, closing.signal);
      return opened;
    } catch (error) {
      if (!closing.signal.aborted) noteFailure(error);
      throw error;
    }
  };

  const waitForLine = async (request: ModbusRequest<unknown>, unit: UnitState) => {
    const silenceMs = address.kind === "serial" ? (RTU_SILENCE_BITS / address.baudRate) * 1_000 : 0;
    const gapMs = Math.max(request.delayMs, isRtu ? Math.max(RTU_SILENCE_MIN_MS, silenceMs) : 0);
    const waitMs = Math.max(lineFreeAt + gapMs, unit.quietUntil) - clock.monotonicMs();
    if (waitMs > 0) await clock.sleep(waitMs, closing.signal);
  };

  /** One exchange on the line; every way it can end is told apart here and nowhere else. */
  const exchange = async (request: ModbusRequest<unknown>, unit: UnitState, on: ModbusConnection) => {
    const context: RequestContext = {address: name, unitId: request.unitId, what: request.what};
    const isProbe = unit.misses >= MISSES_BEFORE_REST && units.size > 1;
    const timeoutMs = isProbe ? probeTimeoutMs(unit, request.timeoutMs) : request.timeoutMs;
    const before = on.received();
    const startedAt = clock.monotonicMs();
    try {
      const answer = await interruptible(
        new Promise<unknown>((resolve, reject) => {
          request.send(on, (error, value) => (error ? reject(readable(error, context)) : resolve(value)));
        }),
        [
          on.ending.interruption((cause) => unavailableError(name, cause ?? closedByDevice())),
          onTimeout(clock, timeoutMs, () => timeoutError(context, timeoutMs)),
        ],
      );
      const tookMs = clock.monotonicMs() - startedAt;
      unit.answerMs = unit.answerMs === null ? tookMs : unit.answerMs * 0.8 + tookMs * 0.2;
      noteAlive(unit);
      return answer;
    } catch (error) {
      if (closing.signal.aborted) throw closedError(name);
      noteError({error, unit, on, hasReceived: on.received() !== before, timeoutMs});
      throw error;
    } finally {
      lineFreeAt = clock.monotonicMs();
    }
  };

  const noteAlive = (unit: UnitState) => {
    if (failures > 0) log.info({bus: name}, "modbus connection is back");
    failures = 0;
    silent = 0;
    Object.assign(unit, {misses: 0, restUntil: 0, quietUntil: 0});
  };

  const noteError = (outcome: {
    error: unknown;
    unit: UnitState;
    on: ModbusConnection;
    hasReceived: boolean;
    timeoutMs: number;
  }) => {
    const {error, unit, on} = outcome;
    on.forget();
    const exception = exceptionOf(error);
    if (exception !== null && exception !== 10 && exception !== 11) return noteAlive(unit);
    const code = (error as GatewayError).code;
    unit.lastError = error;
    if (code === "fieldbus/unavailable") return drop(on);
    unit.misses += 1;
    const now = clock.monotonicMs();
    if (unit.misses >= MISSES_BEFORE_REST) unit.restUntil = now + REST_MS;
    if (exception !== null) return;
    if (isRtu) unit.quietUntil = now + Math.min(outcome.timeoutMs, QUIET_MAX_MS);
    silent += 1;
    // Half an answer, or bytes that are none, leave a TCP stream out of step: what follows could be read wrongly.
    const isOutOfStep = code === "fieldbus/bad-answer" || outcome.hasReceived;
    if (address.kind === "tcp" && (isOutOfStep || silent >= SILENT_MAX)) {
      drop(on);
      noteFailure(error);
    }
  };

  const perform = async (job: Job) => {
    const {request} = job;
    const unit = unitOf(request.unitId);
    const hasNeighbours = units.size > 1;
    const now = clock.monotonicMs();
    if (hasNeighbours && (now < unit.restUntil || now < unit.quietUntil)) throw unit.lastError;
    // A device that was restarted between two polls answers the first bytes with a reset; a read may simply be asked again.
    const mayRepeat = connection !== null && request.kind === "read";
    const on = await connect(request);
    await waitForLine(request, unit);
    try {
      return await exchange(request, unit, on);
    } catch (error) {
      if (closing.signal.aborted || !isUnavailable(error)) throw error;
      if (mayRepeat) return await exchange(request, unit, await connect(request));
      noteFailure(error);
      throw error;
    }
  };

  const work = async () => {
    await Promise.resolve();
    for (let job = writes.shift() ?? reads.shift(); job !== undefined; job = writes.shift() ?? reads.shift()) {
      if (closing.signal.aborted) {
        job.reject(closedError(name));
        continue;
      }
      try {
        job.resolve(await perform(job));
      } catch (error) {
        job.reject(closing.signal.aborted ? closedError(name) : error);
      }
    }
    working = null;
  };

  const enqueue = (job: Job) => {
    (job.request.kind === "write" ? writes : reads).push(job);
    working ??= work();
  };

  return {
    address,
    addUnit: (unitId) => {
      unitOf(unitId).users += 1;
    },
    removeUnit: (unitId) => {
      const unit = units.get(unitId);
      if (unit === undefined) return;
      unit.users -= 1;
      if (unit.users <= 0) units.delete(unitId);
    },
    request: <Answer>(request: ModbusRequest<Answer>) => {
      if (request.signal?.aborted) return Promise.reject(request.signal.reason);
      if (closing.signal.aborted) return Promise.reject(closedError(name));
      if (reads.length + writes.length >= QUEUE_MAX) return Promise.reject(busyError(name));
      return new Promise<Answer>((resolve, reject) => {
        const job: Job = {
          request: request as ModbusRequest<unknown>,
          resolve: (answer) => {
            request.signal?.removeEventListener("abort", onAbort);
            resolve(answer as Answer);
          },
          reject: (error) => {
            request.signal?.removeEventListener("abort", onAbort);
            reject(error);
          },
        };
        // A request on the line keeps the line until it is answered or timed out; only its caller stops waiting.
        const onAbort = () => {
          remove(reads, job);
          remove(writes, job);
          job.reject(request.signal?.reason);
        };
        request.signal?.addEventListener("abort", onAbort, {once: true});
        enqueue(job);
      });
    },
    close: async () => {
      closing.abort(closedError(name));
      const open = connection;
      connection = null;
      open?.close();
      await working;
      await open?.ending.promise;
    },
  };
}

function probeTimeoutMs(unit: UnitState, timeoutMs: number): number {
  return Math.min(timeoutMs, Math.max(PROBE_MIN_MS, Math.ceil(4 * (unit.answerMs ?? 0))));
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

function closedByDevice(): Error {
  return Object.assign(new Error("the device closed the connection"), {code: "ECONNRESET"});
}

function closedError(name: string): GatewayError {
  return new GatewayError("fieldbus/unavailable", `${name} is being closed.`, {address: name, errno: null});
}

function busyError(name: string): GatewayError {
  return new GatewayError("fieldbus/busy", `${QUEUE_MAX} requests wait on ${name} already. Ask less often.`, {
    address: name,
  });
}

function remove(list: Job[], job: Job): void {
  const index = list.indexOf(job);
  if (index >= 0) list.splice(index, 1);
}
