import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import type {Log} from "../log.ts";
import type {Random} from "../random.ts";
import {createLinkFigures, type LinkReport} from "./link-figures.ts";
import {createModbusBus, type ModbusBus, type ModbusRequest} from "./modbus-bus.ts";
import {addressText, type BusAddress, type ModbusConnection} from "./modbus-connection.ts";
import {rangeText} from "./modbus-error.ts";
import type {Table} from "./point.ts";

/** How one unit wants to be talked to. */
export interface UnitOptions {
  readonly address: BusAddress;
  /** 0..255. */
  readonly unitId: number;
  readonly timeoutMs: number;
  /** Silence before each request, ms. */
  readonly requestDelayMs?: number;
  /** Silence after the connection opens, ms. */
  readonly connectDelayMs?: number;
}

/** A read or a write of one range. */
export interface Range {
  readonly table: Table;
  /** 0-based. */
  readonly address: number;
  readonly count: number;
}

/** One device on a bus. Errors of all calls: see `ModbusBus.request`. */
export interface ModbusUnit {
  readonly requests: number;
  readonly failures: number;
  /** How the unit answered lately. */
  link(): LinkReport;
  readRegisters(range: Range, signal?: AbortSignal): Promise<readonly number[]>;
  readBits(range: Range, signal?: AbortSignal): Promise<readonly boolean[]>;
  /** One register by FC 6 when `isSingle`, else any number by FC 16. */
  writeRegisters(
    write: {readonly address: number; readonly values: readonly number[]; readonly isSingle: boolean},
    signal?: AbortSignal,
  ): Promise<void>;
  writeCoil(write: {readonly address: number; readonly value: boolean}, signal?: AbortSignal): Promise<void>;
  /** Gives the unit back; the last one closes the bus. */
  close(): Promise<void>;
}

/** Shares buses: all units of one host and port, or of one serial path, use one connection and one queue. */
export interface ModbusClient {
  /** Errors: `fieldbus/conflict` when the address is open with other parameters. Opens nothing yet. */
  openUnit(options: UnitOptions): ModbusUnit;
  /** Closes every bus. */
  close(): Promise<void>;
}

type Send<Answer> = (client: ModbusConnection["client"], done: (error: unknown, answer: Answer) => void) => void;

export function createModbusClient(deps: {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}): ModbusClient {
  const buses = new Map<string, {readonly bus: ModbusBus; users: number}>();

  const acquire = (address: BusAddress): ModbusBus => {
    const key = addressText(address);
    const known = buses.get(key);
    if (known === undefined) {
      const bus = createModbusBus(address, deps);
      buses.set(key, {bus, users: 1});
      return bus;
    }
    if (!isSame(known.bus.address, address)) throw conflictError(key);
    known.users += 1;
    return known.bus;
  };

  const release = async (bus: ModbusBus) => {
    const key = addressText(bus.address);
    const known = buses.get(key);
    if (known?.bus !== bus) return;
    known.users -= 1;
    if (known.users > 0) return;
    buses.delete(key);
    await bus.close();
  };

  return {
    openUnit: (options) => {
      const bus = acquire(options.address);
      bus.addUnit(options.unitId);
      const giveBack = async () => {
        bus.removeUnit(options.unitId);
        await release(bus);
      };
      return unitOn(bus, options, {clock: deps.clock, release: giveBack});
    },
    close: async () => {
      const open = [...buses.values()];
      buses.clear();
      await Promise.all(open.map(({bus}) => bus.close()));
    },
  };
}

function unitOn(
  bus: ModbusBus,
  options: UnitOptions,
  {clock, release}: {readonly clock: Clock; release(): Promise<void>},
): ModbusUnit {
  const {unitId} = options;
  const figures = createLinkFigures();
  let requests = 0;
  let failures = 0;
  let isClosed = false;

  const ask = async <Answer>(
    kind: "read" | "write",
    range: Range,
    signal: AbortSignal | undefined,
    send: Send<Answer>,
  ): Promise<Answer> => {
    requests += 1;
    figures.noteRequest(clock.monotonicMs());
    const request: ModbusRequest<Answer> = {
      unitId,
      kind,
      what: rangeText(range.table, range.address, range.count),
      timeoutMs: options.timeoutMs,
      delayMs: options.requestDelayMs ?? 0,
      connectDelayMs: options.connectDelayMs ?? 0,
      signal,
      onAnswer: (tookMs) => figures.noteRoundTrip(clock.monotonicMs(), tookMs),
      send: (connection, done) => send(connection.client, done),
    };
    try {
      return await bus.request(request);
    } catch (error) {
      failures += 1;
      figures.noteFailure(clock.monotonicMs());
      throw error;
    }
  };

  return {
    get requests() {
      return requests;
    },
    get failures() {
      return failures;
    },
    link: () => figures.report(clock.monotonicMs()),
    readRegisters: (range, signal) =>
      ask<readonly number[]>("read", range, signal, (client, done) => {
        const read = range.table === "input" ? client.writeFC4 : client.writeFC3;
        read.call(client, unitId, range.address, range.count, (error, answer) =>
          done(error ?? missing(answer?.data, range), answer?.data),
        );
      }),
    readBits: (range, signal) =>
      ask<readonly boolean[]>("read", range, signal, (client, done) => {
        const read = range.table === "discrete" ? client.writeFC2 : client.writeFC1;
        read.call(client, unitId, range.address, range.count, (error, answer) =>
          done(error ?? missing(answer?.data, range), answer?.data.slice(0, range.count)),
        );
      }),
    writeRegisters: ({address, values, isSingle}, signal) => {
      const range = {table: "holding", address, count: values.length} as const;
      return ask<void>("write", range, signal, (client, done) => {
        if (isSingle) {
          client.writeFC6(unitId, address, values[0]!, (error, answer) =>
            done(error ?? unlike(answer, {address}), undefined),
          );
        } else {
          client.writeFC16(unitId, address, [...values], (error, answer) =>
            done(error ?? unlike(answer, {address, length: values.length}), undefined),
          );
        }
      });
    },
    writeCoil: ({address, value}, signal) =>
      ask<void>("write", {table: "coil", address, count: 1}, signal, (client, done) => {
        client.writeFC5(unitId, address, value, (error, answer) =>
          done(error ?? unlike(answer, {address, state: value}), undefined),
        );
      }),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await release();
    },
  };
}

/** An error when the answer holds fewer values than were asked for. */
function missing(data: readonly unknown[] | undefined, range: Range): Error | null {
  if (data !== undefined && data.length >= range.count) return null;
  return new Error(`${data?.length ?? 0} of ${range.count} values came`);
}

/** An error when the echo of a write is not what was written. */
function unlike(answer: object | undefined, expected: Readonly<Record<string, unknown>>): Error | null {
  const echo = (answer ?? {}) as Record<string, unknown>;
  const wrong = Object.entries(expected).find(([field, value]) => echo[field] !== value);
  return wrong === undefined ? null : new Error(`the echo names ${wrong[0]} ${String(echo[wrong[0]])}`);
}

function isSame(a: BusAddress, b: BusAddress): boolean {
  return JSON.stringify(a, Object.keys(a).sort()) === JSON.stringify(b, Object.keys(b).sort());
}

function conflictError(key: string): GatewayError {
  return new GatewayError(
    "fieldbus/conflict",
    `${key} is in use with another framing, baud rate, parity or number of stop bits. All devices of one bus must name the same ones.`,
    {address: key},
  );
}
