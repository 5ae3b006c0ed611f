import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import {decodeBit, decodeRegisters} from "./decode.ts";
import type {ModbusUnit, Range} from "./modbus-client.ts";
import {exceptionOf, isRefusedRange, rangeText} from "./modbus-error.ts";
import type {Identification, RegisterPoint} from "./point.ts";
import {forgetAbsent, type Learned, learnFromRefusal, NOTHING_LEARNED, planReads} from "./read-planner.ts";
import {bad, type Decoded, type Sample, sampleOf} from "./reading.ts";
import type {RegisterMap} from "./register-map.ts";

/** Samples of one go over the points; `error` is what ended it early, null when every point was asked for. */
export interface ReadOutcome {
  readonly samples: readonly Sample[];
  readonly error: GatewayError | null;
}

/** Reads the points of a device: identified first, by plan, and with what refusals have taught. */
export interface ModbusReader {
  /** Errors thrown: `fieldbus/not-found` for a name. */
  pointOf(name: string): RegisterPoint;
  /** All points when null. Errors thrown: `fieldbus/not-found` for a name, the signal's reason. */
  read(names: readonly string[] | null, signal?: AbortSignal): Promise<ReadOutcome>;
}

/** Registers or bits as they came. */
export type Raw = {readonly registers: readonly number[]} | {readonly bits: readonly boolean[]};

/** What came for a point, or why nothing did. */
type Found = {readonly atMs: number} & ({readonly raw: Raw} | {readonly reason: string});

export function createModbusReader(unit: ModbusUnit, map: RegisterMap, clock: Clock): ModbusReader {
  const byName = new Map(map.points.map((point) => [point.name, point]));
  const {constraints} = map;
  let learned: Learned = NOTHING_LEARNED;
  let isIdentified = map.identify.length === 0;

  const pointOf = (name: string): RegisterPoint => {
    const point = byName.get(name);
    if (point === undefined) throw new GatewayError("fieldbus/not-found", `There is no point ${name}.`, {point: name});
    return point;
  };

  /** Reads by plan; a refused range is asked for again in smaller parts, in the same go. */
  const readPlanned = async (wanted: readonly RegisterPoint[], signal?: AbortSignal): Promise<ReadOutcome> => {
    const found = new Map<string, Found>();
    const pending = planReads(wanted, constraints, learned);
    let failure: GatewayError | null = null;
    for (let read = pending.shift(); read !== undefined; read = pending.shift()) {
      try {
        const raw = await readRaw(unit, read, signal);
        for (const point of read.points) found.set(point.name, {raw: cut(raw, point, read.address), atMs: clock.now()});
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        if (isRefusedRange(error)) {
          learned = learnFromRefusal(learned, read, constraints);
          pending.unshift(...planReads(read.points, constraints, learned));
        } else if (exceptionOf(error) !== null || error.code === "fieldbus/bad-answer") {
          for (const point of read.points) found.set(point.name, {reason: error.message, atMs: clock.now()});
          failure = error;
        } else {
          failure = error;
          isIdentified = map.identify.length === 0;
          learned = forgetAbsent(learned);
          break;
        }
      }
    }
    const known = {all: found, learned, now: clock.now(), pointOf};
    const samples = wanted.flatMap((point) => sampleFrom(point, known) ?? []);
    return {samples, error: failure};
  };

  /** Tells the right device from a wrong one; throws `fieldbus/wrong-device`. */
  const identify = async (signal?: AbortSignal) => {
    const points = map.identify.map((entry, index) => identificationPoint(entry, `identify ${index}`));
    const {samples, error} = await readPlanned(points, signal);
    map.identify.forEach((entry, index) => {
      const sample = samples.find((candidate) => candidate.point === points[index]!.name);
      if (sample !== undefined && sample.value !== entry.value) throw wrongDevice(entry, points[index]!, sample);
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

  return {pointOf, read};
}

/** One range as it comes. */
export async function readRaw(unit: ModbusUnit, range: Range, signal?: AbortSignal): Promise<Raw> {
  return range.table === "coil" || range.table === "discrete"
    ? {bits: await unit.readBits(range, signal)}
    : {registers: await unit.readRegisters(range, signal)};
}

/** Sample of a point from what came for it and for its scale factor; null when it was not asked for. */
function sampleFrom(
  point: RegisterPoint,
  of: {
    readonly all: ReadonlyMap<string, Found>;
    readonly learned: Learned;
    readonly now: number;
    pointOf(name: string): RegisterPoint;
  },
): Sample | null {
  const {all, learned, now, pointOf} = of;
  if (learned.absent.has(point.name)) {
    const where = rangeText(point.table, point.address, point.count);
    return sampleOf(point.name, bad(`the device has no ${where}`), now);
  }
  const found = all.get(point.name);
  if (found === undefined) return null;
  if ("reason" in found) return sampleOf(point.name, bad(found.reason), found.atMs);
  const scale = point.scaleFactor === null ? null : scaleFrom(pointOf(point.scaleFactor), all);
  return sampleOf(point.name, decodeRaw(point, found.raw, scale), found.atMs);
}

function scaleFrom(point: RegisterPoint, all: ReadonlyMap<string, Found>): Decoded {
  const found = all.get(point.name);
  if (found === undefined || "reason" in found) return bad("it could not be read");
  return decodeRaw(point, found.raw, null);
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

function wrongDevice(entry: Identification, point: RegisterPoint, sample: Sample): GatewayError {
  const where = rangeText(entry.table, entry.address, point.count);
  const found = sample.quality === "good" ? `holds ${sample.value}` : `gives no value (${sample.reason})`;
  return new GatewayError(
    "fieldbus/wrong-device",
    `This is not the device of the profile: ${where} ${found}, expected ${entry.value}: ${entry.meaning}.`,
    {where, expected: entry.value},
  );
}
