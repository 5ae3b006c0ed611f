import {GatewayError} from "../errors.ts";
import type {RegisterPoint} from "./point.ts";
import type {Value} from "./reading.ts";
import {bytesToRegisters, isSigned} from "./register-type.ts";

// A set-point between two steps of a register is refused, not rounded; this part of a step is the dust of binary fractions.
const STEP_TOLERANCE = 1e-6;
const STEP_TOLERANCE_RELATIVE = 1e-12;

/**
 * Registers of a value to write. `exponent` is that of the scale factor point, 0 when there is none.
 * Errors: `fieldbus/value-type`, `fieldbus/value-range`, `fieldbus/value-step` (the value lies between two steps of the register).
 */
export function encodeRegisters(point: RegisterPoint, value: Value, exponent = 0): number[] {
  if (point.type === "string") return encodeString(point, value);
  if (point.type === "bool") return [encodeBit(point, value) ? 1 : 0];
  const bytes = new Uint8Array(point.count * 2);
  const view = new DataView(bytes.buffer);
  const factor = point.factor * Number(`1e${exponent}`);
  if (point.type === "float32" || point.type === "float64") {
    const raw = numberOf(point, value) / factor;
    if (point.type === "float32") {
      if (!Number.isFinite(Math.fround(raw))) throw outOfRange(point, value, "the range of a float32");
      view.setFloat32(0, raw);
    } else view.setFloat64(0, raw);
    return bytesToRegisters(bytes, point.wordOrder);
  }
  const raw = rawInteger(point, value, factor);
  const bits = point.count * 16;
  const [lowest, highest] = isSigned(point.type)
    ? [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n]
    : [0n, (1n << BigInt(bits)) - 1n];
  if (raw < lowest || raw > highest) {
    throw outOfRange(point, value, `${Number(lowest) * factor} to ${Number(highest) * factor}`);
  }
  const unsigned = BigInt.asUintN(bits, raw);
  if (point.notAvailable.includes(unsigned)) {
    throw outOfRange(point, value, 'the values: the device takes this one for "not available"');
  }
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number((unsigned >> BigInt(bits - 8 - 8 * i)) & 0xffn);
  return bytesToRegisters(bytes, point.wordOrder);
}

/** State of a coil to write. Errors: `fieldbus/value-type`. */
export function encodeBit(point: RegisterPoint, value: Value): boolean {
  if (value === true || value === 1) return true;
  if (value === false || value === 0) return false;
  throw wrongType(point, value, "true or false");
}

function rawInteger(point: RegisterPoint, value: Value, factor: number): bigint {
  // 64 bits do not fit a number: as text, as they are read.
  const isLong = point.count === 4 && factor === 1;
  if (isLong && typeof value === "string" && /^-?[0-9]{1,20}$/.test(value)) return BigInt(value);
  const steps = numberOf(point, value) / factor;
  const nearest = Math.round(steps);
  if (Math.abs(steps - nearest) > Math.max(STEP_TOLERANCE, Math.abs(steps) * STEP_TOLERANCE_RELATIVE)) {
    throw new GatewayError(
      "fieldbus/value-step",
      `${point.name} moves in steps of ${Number(factor.toPrecision(15))}; ${value} lies between two of them.`,
      {point: point.name, value: String(value)},
    );
  }
  return BigInt(nearest);
}

function encodeString(point: RegisterPoint, value: Value): number[] {
  if (typeof value !== "string") throw wrongType(point, value, "a text");
  const bytes = new Uint8Array(point.count * 2);
  const text = new TextEncoder().encode(value);
  if (text.length > bytes.length) throw outOfRange(point, value, `${bytes.length} bytes`);
  bytes.set(text);
  const isSwapped = point.wordOrder === "big-swapped" || point.wordOrder === "little-swapped";
  return bytesToRegisters(bytes, isSwapped ? "big-swapped" : "big");
}

function numberOf(point: RegisterPoint, value: Value): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw wrongType(point, value, "a finite number");
  return value;
}

function wrongType(point: RegisterPoint, value: Value, wanted: string): GatewayError {
  const given = typeof value === "string" ? "a text" : String(value);
  return new GatewayError("fieldbus/value-type", `${point.name} takes ${wanted}, not ${given}.`, {point: point.name});
}

function outOfRange(point: RegisterPoint, value: Value, range: string): GatewayError {
  return new GatewayError("fieldbus/value-range", `${point.name}: ${String(value).slice(0, 80)} is outside ${range}.`, {
    point: point.name,
  });
}
