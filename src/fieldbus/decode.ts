import type {RegisterPoint} from "./point.ts";
import {bad, type Decoded, good, notAvailable, scaleBy, shortestFloat32} from "./reading.ts";
import {isSigned, type RegisterType, registersToBytes} from "./register-type.ts";

/** Scale factors are powers of ten from -10 to 10 (SunSpec information model specification, section 4.3). */
const SCALE_MAX = 10;
const SCALE_NOT_IMPLEMENTED = 0x8000n;

/**
 * Value of a point from its registers. `scale` is the decoded scale factor point (null when the point has none). Everything that is not
 * a value - a marker of the maker, NaN, an infinity, an accumulator that does not accumulate - is `bad` with the reason.
 */
export function decodeRegisters(point: RegisterPoint, registers: readonly number[], scale: Decoded | null): Decoded {
  if (registers.length < point.count) {
    return bad(`the device sent ${registers.length} of ${point.count} registers`);
  }
  const bytes = registersToBytes(registers.slice(0, point.count), point.wordOrder);
  if (point.type === "string") return decodeString(registers.slice(0, point.count), point);
  if (point.type === "bool") return good(registers[0] !== 0);
  const raw = unsignedOf(bytes);
  if (point.notAvailable.includes(raw)) return notAvailable("the device marks this value as not available");
  if (point.type === "float32" || point.type === "float64") return decodeFloat(point, bytes, scale);
  if (point.type === "sunssf") return decodeScale(raw);
  if ((point.type === "acc32" || point.type === "acc64") && raw === 0n) {
    return notAvailable("the device does not accumulate this value");
  }
  return scaled(point, signedOf(raw, bytes.length, point.type), scale);
}

/** A bit of a coil or discrete-input table. */
export function decodeBit(bits: readonly boolean[]): Decoded {
  return bits[0] === undefined ? bad("the device sent no bit") : good(bits[0]);
}

function decodeFloat(point: RegisterPoint, bytes: Uint8Array, scale: Decoded | null): Decoded {
  const view = new DataView(bytes.buffer);
  const isShort = point.type === "float32";
  const raw = isShort ? view.getFloat32(0) : view.getFloat64(0);
  if (Number.isNaN(raw)) return notAvailable("the device sent NaN (not a number)");
  if (!Number.isFinite(raw)) return bad("the device sent an infinite number");
  if (scale?.quality === "bad") return unscaled(scale.reason, scale.isOnPurpose);
  const exponent = exponentOf(scale);
  return good(scaleBy(isShort ? shortestFloat32(raw) : raw, factorOf(point.factor, exponent)));
}

function decodeScale(raw: bigint): Decoded {
  if (raw === SCALE_NOT_IMPLEMENTED) return notAvailable("the device marks this scale factor as not available");
  const exponent = Number(BigInt.asIntN(16, raw));
  if (Math.abs(exponent) > SCALE_MAX) return bad(`the scale factor ${exponent} is outside -10..10`);
  return good(exponent);
}

function scaled(point: RegisterPoint, raw: bigint, scale: Decoded | null): Decoded {
  if (scale?.quality === "bad") return unscaled(scale.reason, scale.isOnPurpose);
  const exponent = exponentOf(scale);
  const factor = factorOf(point.factor, exponent);
  const number = Number(raw);
  if (factor === 1) return good(Number.isSafeInteger(number) ? number : raw.toString());
  return good(scaleBy(number, factor));
}

function exponentOf(scale: Decoded | null): number {
  return scale === null ? 0 : Number(scale.value);
}

function unscaled(reason: string, isOnPurpose: boolean): Decoded {
  const sentence = `its scale factor is unknown: ${reason}`;
  return isOnPurpose ? notAvailable(sentence) : bad(sentence);
}

function factorOf(factor: number, exponent: number): number {
  // Text, because 10 ** -3 is not always the double nearest to 0.001.
  return exponent === 0 ? factor : Number((factor * Number(`1e${exponent}`)).toPrecision(15));
}

function decodeString(registers: readonly number[], point: RegisterPoint): Decoded {
  // Words of a text stand in reading order; only the bytes in a register may be swapped.
  const isSwapped = point.wordOrder === "big-swapped" || point.wordOrder === "little-swapped";
  const bytes = registersToBytes(registers, isSwapped ? "big-swapped" : "big");
  const end = bytes.indexOf(0);
  const text = new TextDecoder("utf-8").decode(end < 0 ? bytes : bytes.subarray(0, end)).trimEnd();
  if (text === "") return notAvailable("the device sent an empty text");
  return good(text);
}

/** Bytes, most significant first, as an unsigned integer. */
export function unsignedOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

function signedOf(raw: bigint, size: number, type: RegisterType): bigint {
  return isSigned(type) ? BigInt.asIntN(size * 8, raw) : raw;
}
