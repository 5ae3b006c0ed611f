import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import {encodeBit, encodeRegisters} from "./encode.ts";
import type {ModbusUnit} from "./modbus-client.ts";
import {exceptionOf} from "./modbus-error.ts";
import {createModbusReader, type ReadOutcome, readRaw} from "./modbus-reader.ts";
import type {RegisterPoint} from "./point.ts";
import {bad, type Sample, sampleOf, type Value} from "./reading.ts";
import type {RegisterMap} from "./register-map.ts";

/** A write and what the device says afterwards. `isVerified` only when the registers read back are those that were written. */
export interface WriteOutcome {
  readonly isVerified: boolean;
  readonly previous: Sample;
  readonly sample: Sample;
}

/** A Modbus device by the names of its points. */
export interface ModbusDevice {
  /** Reads points by name, all when null. Errors thrown: `fieldbus/not-found` for a name, the signal's reason. */
  read(names: readonly string[] | null, signal?: AbortSignal): Promise<ReadOutcome>;
  /**
   * Writes one point and reads it back. Errors: `fieldbus/not-found`, `fieldbus/read-only`, `fieldbus/value-...`, and those of the bus.
   */
  write(name: string, value: Value, signal?: AbortSignal): Promise<WriteOutcome>;
}

// Some devices take a moment before a register shows what was written to it.
const READ_BACK_AFTER_MS = [0, 100, 400] as const;
const ILLEGAL_FUNCTION = 1;

export function createModbusDevice(unit: ModbusUnit, map: RegisterMap, clock: Clock): ModbusDevice {
  const {constraints} = map;
  const {pointOf, read} = createModbusReader(unit, map, clock);

  const readOne = async (point: RegisterPoint, signal?: AbortSignal): Promise<Sample> => {
    if (point.access === "write") return sampleOf(point.name, bad("this point can be written only"), clock.now());
    const {samples, error} = await read([point.name], signal);
    if (samples[0] !== undefined) return samples[0];
    throw error ?? new GatewayError("fieldbus/unavailable", `${point.name} could not be read.`, {point: point.name});
  };

  const writeRaw = async (point: RegisterPoint, registers: readonly number[], signal?: AbortSignal) => {
    const codes = constraints.functionCodes;
    const mayUse = (code: number) => codes === null || codes.includes(code);
    const {address} = point;
    if (registers.length === 1 && mayUse(6)) {
      try {
        return await unit.writeRegisters({address, values: registers, isSingle: true}, signal);
      } catch (error) {
        if (exceptionOf(error) !== ILLEGAL_FUNCTION || !mayUse(16)) throw error;
      }
    }
    if (!mayUse(16)) throw readOnly(point, "the device does not know the function for writing registers");
    await unit.writeRegisters({address, values: registers, isSingle: false}, signal);
  };

  const matches = async (point: RegisterPoint, expected: readonly number[], signal?: AbortSignal) => {
    const raw = await readRaw(unit, {table: point.table, address: point.address, count: evenly(point.count)}, signal);
    const found = "bits" in raw ? raw.bits.map(Number) : raw.registers;
    return expected.every((value, index) => found[index] === value);
  };

  const evenly = (count: number) => (constraints.evenCounts && count % 2 === 1 ? count + 1 : count);

  const write = async (name: string, value: Value, signal?: AbortSignal): Promise<WriteOutcome> => {
    const point = pointOf(name);
    if (point.access === "read") throw readOnly(point, "its profile or definition does not allow writing");
    const exponent = point.scaleFactor === null ? 0 : await scaleOf(pointOf(point.scaleFactor), signal);
    const isCoil = point.table === "coil";
    const registers = isCoil ? [encodeBit(point, value) ? 1 : 0] : encodeRegisters(point, value, exponent);
    const previous = await readOne(point, signal);
    if (isCoil) await unit.writeCoil({address: point.address, value: registers[0] === 1}, signal);
    else await writeRaw(point, registers, signal);
    if (point.access === "write") return {isVerified: false, previous, sample: await readOne(point, signal)};
    for (const waitMs of READ_BACK_AFTER_MS) {
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      if (await matches(point, registers, signal)) {
        return {isVerified: true, previous, sample: await readOne(point, signal)};
      }
    }
    return {isVerified: false, previous, sample: await readOne(point, signal)};
  };

  const scaleOf = async (point: RegisterPoint, signal?: AbortSignal): Promise<number> => {
    const scale = await readOne(point, signal);
    if (scale.quality === "good") return Number(scale.value);
    throw new GatewayError("fieldbus/value-range", `${point.name} gives no scale factor: ${scale.reason}.`, {
      point: point.name,
    });
  };

  return {read, write};
}

function readOnly(point: RegisterPoint, why: string): GatewayError {
  return new GatewayError("fieldbus/read-only", `${point.name} cannot be written: ${why}.`, {point: point.name});
}
