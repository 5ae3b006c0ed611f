import type {DeviceConnection} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import {
  type BusAddress,
  createModbusDevice,
  type ModbusClient,
  modbusRemedy,
  type RegisterMap,
} from "../fieldbus/index.ts";
import {createService} from "../service.ts";
import {DEFAULT_PERIOD_MS, DEFAULT_TIMEOUT_MS} from "./definition.ts";
import {describeRegisterPoint, isShown} from "./describe.ts";
import type {Driver, DriverListener} from "./driver.ts";

type ModbusDeviceConnection = Exclude<DeviceConnection, {protocol: "opc-ua"}>;

/** A device that fails is asked again after this, however long its period is. */
const RETRY_MS = 4_000;

/** Polls a Modbus device: one loop, one go at a time; a go that takes longer than the period lets the next one start late. */
export function createModbusDriver(
  options: {readonly connection: ModbusDeviceConnection; readonly map: RegisterMap; readonly periodMs?: number},
  listener: DriverListener,
  deps: {readonly clock: Clock; readonly modbus: ModbusClient},
): Driver {
  const {connection, map, periodMs = DEFAULT_PERIOD_MS} = options;
  const {clock, modbus} = deps;
  const timeoutMs = connection.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const unit = modbus.openUnit({
    address: addressOf(connection),
    unitId: connection.unitId,
    timeoutMs,
    requestDelayMs: map.constraints.requestDelayMs,
    connectDelayMs: map.constraints.connectDelayMs,
  });
  const device = createModbusDevice(unit, map, clock);
  const shown = map.points.filter(isShown);
  const readable = shown.filter((point) => point.access !== "write").map((point) => point.name);
  let stopping = new AbortController();
  let running: Promise<void> | null = null;

  const pollOnce = async (signal: AbortSignal): Promise<boolean> => {
    const {samples, error} = await device.read(readable, signal);
    if (signal.aborted) return true;
    if (samples.length > 0) listener.onSamples(samples);
    listener.onLink(error);
    return error === null;
  };

  const poll = async (signal: AbortSignal) => {
    let next = clock.monotonicMs();
    while (!signal.aborted) {
      const isWell = await pollOnce(signal);
      const now = clock.monotonicMs();
      // In step with the start, so that periods do not drift; a go that was too long skips the beats it missed.
      next += periodMs * Math.max(1, Math.ceil((now - next) / periodMs));
      const waitMs = isWell ? next - now : Math.min(next - now, RETRY_MS);
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
  };

  return {
    ...createService({
      start: async () => {
        stopping = new AbortController();
        running = poll(stopping.signal).catch((error: unknown) => {
          if (!stopping.signal.aborted) throw error;
        });
      },
      stop: async () => {
        stopping.abort(new GatewayError("field/unavailable", "The device is being stopped."));
        await running;
        await unit.close();
      },
    }),
    address: connection.protocol === "modbus-tcp" ? `${connection.host}:${connection.port}` : connection.path,
    points: shown.map(describeRegisterPoint),
    methods: [],
    staleAfterMs: 3 * periodMs + timeoutMs,
    get requests() {
      return unit.requests;
    },
    get failures() {
      return unit.failures;
    },
    link: () => unit.link(),
    remedyFor: modbusRemedy,
    read: async (names, signal) => {
      const {samples, error} = await device.read(names ?? readable, signal);
      if (samples.length === 0 && error !== null) throw error;
      return samples;
    },
    write: (name, value, signal) => device.write(name, value, signal),
    call: () =>
      Promise.reject(new GatewayError("field/invalid", "A Modbus device has no methods; write a point instead.")),
  };
}

function addressOf(connection: ModbusDeviceConnection): BusAddress {
  if (connection.protocol === "modbus-tcp") {
    const {host, port, framing = "mbap"} = connection;
    return {kind: "tcp", host, port, framing};
  }
  const {path, baudRate, parity, stopBits = 1} = connection;
  return {kind: "serial", path, baudRate, parity, stopBits};
}
