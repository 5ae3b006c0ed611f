import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import {decodeBit, decodeRegisters} from "./decode.ts";
import {encodeBit, encodeRegisters} from "./encode.ts";
import type {ModbusUnit} from "./modbus-client.ts";
import {exceptionOf, isRefusedRange, rangeText} from "./modbus-error.ts";
import type {Identification, RegisterPoint} from "./point.ts";
import {
  forgetAbsent,
  type Learned,
  learnFromRefusal,
  NOTHING_LEARNED,
  type PlannedRead,
  planReads,
} from "./read-planner.ts";
import {bad, type Decoded, type Sample, sampleOf, type Value} from "./reading.ts";
import type {RegisterMap} from "./register-map.ts";

/** Samples of one go over the points; `error` is what ended it early, null when every point was asked for. */
export interface ReadOutcome {
  readonly samples: readonly Sample[];
  readonly error: GatewayError | null;
}

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

type Raw = {readonly registers: readonly number[]} | {readonly bits: readonly boolean[]};

export function createModbusDevice(unit: ModbusUnit, map: RegisterMap, clock: Clock): ModbusDevice {
  const byName = new Map(map.points.map((point) => [point.name, point]));
  const {constraints} = map;
  let learned: Learned = NOTHING_LEARNED;
  let isIdentified = map.identify.length === 0;

  const pointOf = (name: string): RegisterPoint => {
    const point = byName.get(name);
    if (point === undefined) throw new GatewayError("fieldbus/not-found", `There is no point ${name}.`, {point: name});
    return point;
  };

  const fetchRaw = async (
    read: Pick<PlannedRead, "table" | "address" | "count">,
    signal?: AbortSignal,
  ): Promise<Raw> =>
    read.table === "coil" || read.table === "discrete"
      ? {bits: await unit.readBits(read, signal)}
      : {registers: await unit.readRegisters(read, signal)};

  /** Reads by plan; a refused range is asked for again in smaller parts, in the same go. */
  const readPlanned = async (wanted: readonly RegisterPoint[], signal?: AbortSignal): Promise<ReadOutcome> => {
    const raws = new Map<string, {raw: Raw; atMs: number} | {reason: string; atMs: number}>();
    const pending = planReads(wanted, constraints, learned);
    let failure: GatewayError | null = null;
    for (let read = pending.shift(); read !== undefined; read = pending.shift()) {
      try {
        const raw = await fetchRaw(read, signal);
        for (const point of read.points) raws.set(point.name, {raw: cut(raw, point, read.address), atMs: clock.now()});
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        if (isRefusedRange(error)) {
          learned = learnFromRefusal(learned, read, constraints);
          pending.unshift(...planReads(read.points, constraints, learned));
        } else if (exceptionOf(error) !== null || error.code === "fieldbus/bad-answer") {
          for (const point of read.points) raws.set(point.name, {reason: error.message, atMs: clock.now()});
          failure = error;
        } else {
          failure = error;
          isIdentified = map.identify.length === 0;
          learned = forgetAbsent(learned);
          break;
        }
      }
    }
    return {samples: decodeAll(wanted, raws), error: failure};
  };

  const decodeAll = (
    wanted: readonly RegisterPoint[],
    raws: ReadonlyMap<string, {raw: Raw; atMs: number} | {reason: string; atMs: number}>,
  ): Sample[] =>
    wanted.flatMap((point) => {
      const found = raws.get(point.name);
      if (learned.absent.has(point.name)) {
        const where = rangeText(point.table, point.address, point.count);
        return [sampleOf(point.name, bad(`the device has no ${where}`), clock.now())];
      }
      if (found === undefined) return [];
      if ("reason" in found) return [sampleOf(point.name, bad(found.reason), found.atMs)];
      const scalePoint = point.scaleFactor === null ? null : pointOf(point.scaleFactor);
      const scaleFound = scalePoint === null ? null : raws.get(scalePoint.name);
      const scale =
        scalePoint === null
          ? null
          : scaleFound === undefined || scaleFound === null || "reason" in scaleFound
            ? bad("it could not be read")
            : decodeRaw(scalePoint, scaleFound.raw, null);
      return [sampleOf(point.name, decodeRaw(point, found.raw, scale), found.atMs)];
    });

  /** Tells the right device from a wrong one; throws `fieldbus/wrong-device`. */
  const identify = async (signal?: AbortSignal) => {
    const points = map.identify.map((entry, index) => identificationPoint(entry, `identify ${index}`));
    const {samples, error} = await readPlanned(points, signal);
    map.identify.forEach((entry, index) => {
      const sample = samples.find((candidate) => candidate.point === points[index]!.name);
      if (sample === undefined) return;
      if (sample.quality === "good" && sample.value === entry.value) return;
      const where = rangeText(entry.table, entry.address, points[index]!.count);
      const found = sample.quality === "good" ? `holds ${sample.value}` : `gives no value (${sample.reason})`;
      throw new GatewayError(
        "fieldbus/wrong-device",
        `This is not the device of the profile: ${where} ${found}, expected ${entry.value}: ${entry.meaning}.`,
        {where, expected: entry.value},
      );
    });
    if (error !== null) throw error;
    isIdentified = true;
  };

  const read = async (names: readonly string[] | null, signal?: AbortSignal): Promise<ReadOutcome> => {
    const asked = names === null ? map.points : names.map(pointOf);
    const scales = asked.flatMap((point) => (point.scaleFactor === null ? [] : [pointOf(point.scaleFactor)]));
    const wanted = [...new Set([...asked, ...scales])];
    if (!isIdentified) {
      try {
        await identify(signal);
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        if (error.code !== "fieldbus/wrong-device") return {samples: [], error};
        learned = forgetAbsent(learned);
        const reason = error.message;
        return {samples: asked.map((point) => sampleOf(point.name, bad(reason), clock.now())), error};
      }
    }
    const outcome = await readPlanned(wanted, signal);
    const askedNames = new Set(asked.map((point) => point.name));
    return {...outcome, samples: outcome.samples.filter((sample) => askedNames.has(sample.point))};
  };

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
    const raw = await fetchRaw({table: point.table, address: point.address, count: evenly(point.count)}, signal);
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

function decodeRaw(point: RegisterPoint, raw: Raw, scale: Decoded | null): Decoded {
  return "bits" in raw ? decodeBit(raw.bits) : decodeRegisters(point, raw.registers, scale);
}

/** The part of an answer that starts at `start` which belongs to the point. */
function cut(raw: Raw, point: RegisterPoint, start: number): Raw {
  const from = point.address - start;
  return "bits" in raw
    ? {bits: raw.bits.slice(from, from + point.count)}
    : {registers: raw.registers.slice(from, from + point.count)};
}

function identificationPoint(entry: Identification, name: string): RegisterPoint {
  return {
    name,
    table: entry.table,
    address: entry.address,
    type: entry.type,
    count: entry.type === "uint32" ? 2 : 1,
    wordOrder: "big",
    factor: 1,
    scaleFactor: null,
    block: null,
    unit: null,
    access: "read",
    description: null,
    notAvailable: [],
    values: null,
  };
}

function readOnly(point: RegisterPoint, why: string): GatewayError {
  return new GatewayError("fieldbus/read-only", `${point.name} cannot be written: ${why}.`, {point: point.name});
}
