// A register bank made from a device's register map: the device as its profile describes it, seen from the other side.

import {assert} from "../errors.ts";
import {decodeRegisters} from "./decode.ts";
import {encodeRegisters} from "./encode.ts";
import type {ModbusRefusal, RegisterBank} from "./modbus-answer.ts";
import type {RegisterPoint, Table} from "./point.ts";
import {good, type Value} from "./reading.ts";
import type {RegisterMap} from "./register-map.ts";
import {bytesToRegisters} from "./register-type.ts";

export interface ProfileBankOptions {
  readonly map: RegisterMap;
  /** Value of a point now, in its unit; null = the device has none, and says so with its marker for "not available". */
  valueOf(name: string): Value | null;
  /** Holding registers that no point covers (markers, model ids, pads), by address. */
  readonly fixed?: ReadonlyMap<number, number>;
  /** What lies between the points: zeros up to the last one, or exception 2. */
  readonly holes: "zero" | "refuse";
  /** Takes a written value, or refuses it; absent = nothing can be written. */
  write?(name: string, value: Value): ModbusRefusal | null;
}

const ILLEGAL_ADDRESS = {exception: 2} as const;
const ILLEGAL_VALUE = {exception: 3} as const;
const NAN_FLOAT32 = 0x7fc00000n;
const NAN_FLOAT64 = 0x7ff8n << 48n;
const SCALE_NOT_IMPLEMENTED = 0x8000;

/**
 * Serves every point of `map`, encoded with its type, word order, factor and scale factor, within the device's limits (registers per
 * read, even counts, function codes: exceptions 3 and 1). Values are rounded to the register's step.
 */
export function createProfileBank(options: ProfileBankOptions): RegisterBank {
  const {map, holes, fixed = new Map<number, number>()} = options;
  const {constraints} = map;
  const registers = (table: Table) => {
    const points = map.points.filter((point) => point.table === table);
    const extra = table === "holding" ? fixed : new Map<number, number>();
    if (points.length === 0 && extra.size === 0) return undefined;
    const cells = indexCells(points);
    const end = Math.max(
      ...points.map((point) => point.address + point.count),
      ...[...extra.keys()].map((at) => at + 1),
    );
    return (address: number, count: number): readonly number[] | ModbusRefusal => {
      if (constraints.evenCounts && count % 2 === 1) return ILLEGAL_VALUE;
      if (address + count > end) return ILLEGAL_ADDRESS;
      const words: number[] = [];
      const encoded = new Map<RegisterPoint, readonly number[]>();
      for (let at = address; at < address + count; at++) {
        const point = cells.get(at);
        if (point !== undefined) {
          if (!encoded.has(point)) encoded.set(point, encodePoint(point, options));
          words.push(encoded.get(point)![at - point.address]!);
          continue;
        }
        const word = extra.get(at) ?? (holes === "zero" ? 0 : null);
        if (word === null) return ILLEGAL_ADDRESS;
        words.push(word);
      }
      return words;
    };
  };
  const bits = (table: Table) => {
    const cells = indexCells(map.points.filter((point) => point.table === table));
    if (cells.size === 0) return undefined;
    return (address: number, count: number): readonly boolean[] | ModbusRefusal => {
      const states: boolean[] = [];
      for (let at = address; at < address + count; at++) {
        const point = cells.get(at);
        if (point === undefined && holes === "refuse") return ILLEGAL_ADDRESS;
        states.push(point !== undefined && options.valueOf(point.name) === true);
      }
      return states;
    };
  };
  const [readHolding, readInput] = [registers("holding"), registers("input")];
  const [readCoils, readDiscrete] = [bits("coil"), bits("discrete")];
  return {
    ...(constraints.functionCodes === null ? {} : {functionCodes: constraints.functionCodes}),
    maxRegistersPerRead: constraints.maxRegisters,
    ...(readHolding && {readHolding}),
    ...(readInput && {readInput}),
    ...(readCoils && {readCoils}),
    ...(readDiscrete && {readDiscrete}),
    ...(options.write && {
      writeHolding: (address, values) => writePoints(options, "holding", address, values),
      writeCoils: (address, values) =>
        writePoints(
          options,
          "coil",
          address,
          values.map((value) => (value ? 1 : 0)),
        ),
    }),
  };
}

/** Address to the point that covers it. */
function indexCells(points: readonly RegisterPoint[]): ReadonlyMap<number, RegisterPoint> {
  const cells = new Map<number, RegisterPoint>();
  for (const point of points) {
    for (let at = point.address; at < point.address + point.count; at++) cells.set(at, point);
  }
  return cells;
}

function encodePoint(point: RegisterPoint, options: ProfileBankOptions): readonly number[] {
  const value = options.valueOf(point.name);
  if (value === null) return notAvailable(point);
  const exponent = exponentOf(point, options);
  if (typeof value !== "number" || point.type === "float32" || point.type === "float64") {
    return encodeRegisters(point, value, exponent);
  }
  const step = point.factor * Number(`1e${exponent}`);
  return encodeRegisters(point, Math.round(value / step) * step, exponent);
}

function exponentOf(point: RegisterPoint, options: ProfileBankOptions): number {
  if (point.scaleFactor === null) return 0;
  const exponent = options.valueOf(point.scaleFactor);
  assert(typeof exponent === "number", `the scale factor of ${point.name} has a value`);
  return exponent;
}

function notAvailable(point: RegisterPoint): readonly number[] {
  const marker = point.notAvailable[0];
  if (marker !== undefined) return bytesToRegisters(bytesOf(marker, point.count * 2), point.wordOrder);
  switch (point.type) {
    case "float32":
      return bytesToRegisters(bytesOf(NAN_FLOAT32, 4), point.wordOrder);
    case "float64":
      return bytesToRegisters(bytesOf(NAN_FLOAT64, 8), point.wordOrder);
    case "string":
    case "acc32":
    case "acc64":
      return new Array<number>(point.count).fill(0);
    case "sunssf":
      return [SCALE_NOT_IMPLEMENTED];
    default:
      assert(false, `${point.name} has a value, for its profile knows no marker for "not available"`);
  }
}

function bytesOf(value: bigint, size: number): Uint8Array {
  return Uint8Array.from({length: size}, (_, index) => Number((value >> BigInt(8 * (size - 1 - index))) & 0xffn));
}

/** Writes whole points only. The first refusal ends it; what was taken before it stays, as in a device that works through a block. */
function writePoints(
  options: ProfileBankOptions,
  table: Table,
  address: number,
  words: readonly number[],
): ModbusRefusal | null {
  let at = 0;
  while (at < words.length) {
    const point = options.map.points.find(
      (candidate) => candidate.table === table && candidate.address === address + at && candidate.access !== "read",
    );
    if (point === undefined || at + point.count > words.length) return ILLEGAL_ADDRESS;
    const scale = point.scaleFactor === null ? null : good(exponentOf(point, options));
    const decoded = decodeRegisters(point, words.slice(at, at + point.count), scale);
    if (decoded.quality === "bad") return ILLEGAL_VALUE;
    const refusal = options.write!(point.name, decoded.value);
    if (refusal !== null) return refusal;
    at += point.count;
  }
  return null;
}
