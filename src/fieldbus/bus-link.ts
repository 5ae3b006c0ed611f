import type {Clock} from "../clock.ts";
import type {Log} from "../log.ts";
import type {Random} from "../random.ts";
import {addressText, type BusAddress, type ModbusConnection, openConnection} from "./modbus-connection.ts";

const BACK_OFF_FIRST_MS = 250;
/** With a poll each second, a device that is back is seen within 5 s. */
const BACK_OFF_MAX_MS = 4_000;

/** The one connection of a bus: made when it is needed, made anew after it broke, with a growing pause between failed tries. */
export interface BusLink {
  /** Whether a connection is open that was there before. */
  readonly isOpen: boolean;
  /** The open connection, or a new one. Errors: `fieldbus/unavailable`; the last failure's error during the pause. */
  open(options: {readonly timeoutMs: number; readonly connectDelayMs: number}): Promise<ModbusConnection>;
  drop(connection: ModbusConnection): void;
  /** The connection, or a try at one, was worth nothing. */
  noteFailure(error: unknown): void;
  /** The device has answered. */
  noteAlive(): void;
  close(): Promise<void>;
}

export function createBusLink(
  address: BusAddress,
  deps: {readonly clock: Clock; readonly random: Random; readonly log: Log; readonly signal: AbortSignal},
): BusLink {
  const {clock, random, log, signal} = deps;
  const bus = addressText(address);
  let connection: ModbusConnection | null = null;
  let failures = 0;
  let retryAt = 0;
  let lastFailure: unknown = null;

  const drop = (ended: ModbusConnection) => {
    if (connection === ended) connection = null;
    ended.close();
  };

  const noteFailure = (error: unknown) => {
    failures += 1;
    lastFailure = error;
    const backOffMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_FIRST_MS * 2 ** (failures - 1));
    // Up to a quarter less, so that many buses behind one dead switch do not knock together.
    retryAt = clock.monotonicMs() + backOffMs - random.below(Math.floor(backOffMs / 4) + 1);
    if (failures === 1) log.warn({bus, reason: String((error as Error).message)}, "modbus connection failed");
  };

  return {
    get isOpen() {
      return connection !== null;
    },
    open: async ({timeoutMs, connectDelayMs}) => {
      if (connection !== null) return connection;
      if (clock.monotonicMs() < retryAt) throw lastFailure;
      try {
        const opened = await openConnection(address, {timeoutMs, signal}, clock);
        connection = opened;
        void opened.ending.promise.then(() => drop(opened));
        if (connectDelayMs > 0) await clock.sleep(connectDelayMs, signal);
        return opened;
      } catch (error) {
        if (!signal.aborted) noteFailure(error);
        throw error;
      }
    },
    drop,
    noteFailure,
    noteAlive: () => {
      if (failures > 0) log.info({bus}, "modbus connection is back");
      failures = 0;
    },
    close: async () => {
      const open = connection;
      connection = null;
      open?.close();
      await open?.ending.promise;
    },
  };
}
