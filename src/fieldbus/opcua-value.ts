import type {DataType, DataValue, Variant} from "node-opcua";
import {GatewayError} from "../errors.ts";
import {bad, type Decoded, good, shortestFloat32, type Value} from "./reading.ts";

// Built-in types of OPC 10000-6, table 1. The numbers are part of the wire format.
const BOOLEAN = 1;
const SBYTE = 2;
const BYTE = 3;
const INT16 = 4;
const UINT16 = 5;
const INT32 = 6;
const UINT32 = 7;
const INT64 = 8;
const UINT64 = 9;
const FLOAT = 10;
const DOUBLE = 11;
const STRING = 12;
const DATE_TIME = 13;
const GUID = 14;
const BYTE_STRING = 15;
const LOCALIZED_TEXT = 21;

const INTEGER_BITS: Readonly<Record<number, {readonly bits: number; readonly isSigned: boolean}>> = {
  [SBYTE]: {bits: 8, isSigned: true},
  [BYTE]: {bits: 8, isSigned: false},
  [INT16]: {bits: 16, isSigned: true},
  [UINT16]: {bits: 16, isSigned: false},
  [INT32]: {bits: 32, isSigned: true},
  [UINT32]: {bits: 32, isSigned: false},
  [INT64]: {bits: 64, isSigned: true},
  [UINT64]: {bits: 64, isSigned: false},
};

/**
 * Value of a data value. A status that is not good, no value at all, NaN and structures are `bad` with the reason; an array is its JSON
 * text; a date is RFC 3339; a 64-bit integer past 2^53 is a decimal string.
 */
export function decodeDataValue(dataValue: DataValue): Decoded {
  const status = dataValue.statusCode;
  if (status.isGoodish() === false) return bad(`the server says ${status.name}`);
  const variant = dataValue.value as Variant | null | undefined;
  if (variant === null || variant === undefined || variant.value === null || variant.value === undefined) {
    return bad("the server sent no value");
  }
  // VariantArrayType.Scalar is 0.
  if (variant.arrayType !== 0) return decodeArray(variant);
  return decodeScalar(variant.dataType, variant.value);
}

/** Source time in ms; the server's own when the source gives none; null when neither does. */
export function sourceTimeOf(dataValue: DataValue): number | null {
  return (dataValue.sourceTimestamp ?? dataValue.serverTimestamp)?.getTime() ?? null;
}

/** A value as node-opcua wants it in a variant of a built-in type. Errors: `fieldbus/value-type`, `fieldbus/value-range`. */
export function encodeValue(name: string, dataType: DataType, value: unknown): unknown {
  const integer = INTEGER_BITS[dataType];
  if (integer !== undefined) return encodeInteger(name, integer, value, dataType === INT64 || dataType === UINT64);
  switch (dataType as number) {
    case BOOLEAN:
      if (typeof value === "boolean") return value;
      throw wrongType(name, "true or false");
    case FLOAT:
    case DOUBLE:
      if (typeof value === "number" && Number.isFinite(value)) return value;
      throw wrongType(name, "a finite number");
    case STRING:
      if (typeof value === "string") return value;
      throw wrongType(name, "a text");
    case LOCALIZED_TEXT:
      if (typeof value === "string") return {text: value};
      throw wrongType(name, "a text");
    case DATE_TIME: {
      const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
      if (Number.isNaN(time)) throw wrongType(name, "a date such as 2026-01-31T12:00:00Z");
      return new Date(time);
    }
    default:
      throw new GatewayError("fieldbus/value-type", `${name} has a type that cannot be written from here.`, {name});
  }
}

/** What a value of a built-in type reads as after it was written: a Float keeps fewer digits. */
export function expectedAfterWrite(dataType: DataType, value: Value): Value {
  if ((dataType as number) === FLOAT && typeof value === "number") return shortestFloat32(Math.fround(value));
  if ((dataType as number) === DATE_TIME && typeof value === "string") return new Date(value).toISOString();
  if ((dataType === INT64 || dataType === UINT64) && typeof value === "string") return fromBigInt(BigInt(value));
  return value;
}

function decodeScalar(dataType: number, value: unknown): Decoded {
  switch (dataType) {
    case BOOLEAN:
      return good(value === true);
    case FLOAT:
    case DOUBLE: {
      const number = Number(value);
      if (Number.isNaN(number)) return bad("the server sent NaN (not a number)");
      if (!Number.isFinite(number)) return bad("the server sent an infinite number");
      return good(dataType === FLOAT ? shortestFloat32(number) : number);
    }
    case INT64:
    case UINT64:
      return good(fromBigInt(bigIntOf(value as readonly [number, number], dataType === INT64)));
    case STRING:
    case GUID:
      return good(String(value));
    case DATE_TIME:
      return good((value as Date).toISOString());
    case BYTE_STRING:
      return good(`0x${Buffer.from(value as Uint8Array).toString("hex")}`);
    case LOCALIZED_TEXT:
      return good((value as {text?: string | null}).text ?? "");
    default:
      return dataType in INTEGER_BITS
        ? good(Number(value))
        : bad("the server sent a structure, which is no single value");
  }
}

function decodeArray(variant: Variant): Decoded {
  const items = Array.from(variant.value as ArrayLike<unknown>, (item) => decodeScalar(variant.dataType, item));
  const faulty = items.find((item) => item.quality === "bad");
  return faulty ?? good(JSON.stringify(items.map((item) => item.value)));
}

/** node-opcua keeps 64 bits as two words, the high one first. */
function bigIntOf([high, low]: readonly [number, number], isSigned: boolean): bigint {
  const raw = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return isSigned ? BigInt.asIntN(64, raw) : raw;
}

function fromBigInt(value: bigint): Value {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function encodeInteger(
  name: string,
  {bits, isSigned}: {bits: number; isSigned: boolean},
  value: unknown,
  isLong: boolean,
): unknown {
  const isText = typeof value === "string" && /^-?[0-9]{1,20}$/.test(value) && isLong;
  if (!isText && (typeof value !== "number" || !Number.isInteger(value))) throw wrongType(name, "a whole number");
  const integer = BigInt(value as number | string);
  const lowest = isSigned ? -(1n << BigInt(bits - 1)) : 0n;
  const highest = isSigned ? (1n << BigInt(bits - 1)) - 1n : (1n << BigInt(bits)) - 1n;
  if (integer < lowest || integer > highest) {
    throw new GatewayError("fieldbus/value-range", `${name}: ${integer} is outside ${lowest} to ${highest}.`, {name});
  }
  if (!isLong) return Number(integer);
  const raw = BigInt.asUintN(64, integer);
  return [Number(raw >> 32n), Number(raw & 0xffffffffn)];
}

function wrongType(name: string, wanted: string): GatewayError {
  return new GatewayError("fieldbus/value-type", `${name} takes ${wanted}.`, {name});
}
