import {concatBytes, utf8} from "../bytes.ts";
import {assert} from "../errors.ts";

/** Part of a key: bytes as they are, or what `u32`, `u64` and `text` make. */
export type KeyPart = Uint8Array;

/** Keys of one table: the table's number (one byte), then the parts. Numbers are listed once per module and never used again. */
export interface Table {
  readonly number: number;
  /** Key of an entry; without parts the prefix of the whole table. Parts from the left are a prefix of longer keys. */
  key(...parts: readonly KeyPart[]): Uint8Array;
  /** The bytes of a key after the table's number. */
  rest(key: Uint8Array): Uint8Array;
}

/** A table by its number, 0..255. */
export function table(number: number): Table {
  assert(Number.isInteger(number) && number >= 0 && number <= 255, "a table number is one byte");
  const prefix = Uint8Array.of(number);
  return {
    number,
    key: (...parts) => concatBytes(prefix, ...parts),
    rest: (key) => {
      assert(key[0] === number, "the key is of this table");
      return key.subarray(1);
    },
  };
}

/** Four bytes, big-endian, so that byte order is number order. `value`: 0..2^32 - 1. */
export function u32(value: number): Uint8Array {
  assert(Number.isInteger(value) && value >= 0 && value < 2 ** 32, "a key's number has 32 bits");
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** Eight bytes, big-endian. `value`: 0..2^53 - 1. */
export function u64(value: number): Uint8Array {
  assert(Number.isSafeInteger(value) && value >= 0, "a key's number is a safe integer");
  return concatBytes(u32(Math.floor(value / 2 ** 32)), u32(value >>> 0));
}

/** UTF-8 and a zero byte, so that no text is the beginning of another's key. The text has no zero character. */
export function text(value: string): Uint8Array {
  assert(!value.includes("\0"), "a key's text has no zero character");
  return utf8(`${value}\0`);
}

/** Number of four big-endian bytes at `offset`. */
export function readU32(bytes: Uint8Array, offset = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset);
}

/** Number of eight big-endian bytes at `offset`; it was made by `u64`. */
export function readU64(bytes: Uint8Array, offset = 0): number {
  return readU32(bytes, offset) * 2 ** 32 + readU32(bytes, offset + 4);
}
