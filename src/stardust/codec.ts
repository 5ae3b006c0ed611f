// TIP-21: integers are unsigned and little endian; a length stands before what has no fixed size. A reader never looks past the end,
// never allocates by a length it has not compared with what is left, and names the field in every error.

import {fromHex, type Hex, toHex, utf8} from "../bytes.ts";
import {GatewayError} from "../errors.ts";

/** Width of the length before a byte string. */
export type LengthPrefix = "u8" | "u16" | "u32";

/** Length bounds of a byte string, both inclusive. */
export interface LengthBounds {
  readonly min?: number;
  readonly max: number;
}

/**
 * Reads fields one after the other. `subject` begins the error codes: `<subject>/truncated` past the end, `<subject>/length` for a byte
 * string out of its bounds, `<subject>/trailing-bytes` from `end`.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #subject: string;
  #offset = 0;

  constructor(bytes: Uint8Array, subject: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#subject = subject;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(field: string): number {
    return this.#view.getUint8(this.#take(field, 1));
  }

  u16(field: string): number {
    return this.#view.getUint16(this.#take(field, 2), true);
  }

  u32(field: string): number {
    return this.#view.getUint32(this.#take(field, 4), true);
  }

  u64(field: string): bigint {
    return this.#view.getBigUint64(this.#take(field, 8), true);
  }

  /** `size` bytes, as a copy. */
  bytes(field: string, size: number): Uint8Array {
    const start = this.#take(field, size);
    return this.#bytes.slice(start, start + size);
  }

  /** `size` bytes as 0x-hex. */
  hex(field: string, size: number): Hex {
    const start = this.#take(field, size);
    return toHex(this.#bytes.subarray(start, start + size));
  }

  /** A byte string with its length before it. */
  sized(field: string, prefix: LengthPrefix, bounds: LengthBounds): Uint8Array {
    const size = this[prefix](`${field} length`);
    checkLength(this.#subject, field, size, bounds);
    return this.bytes(field, size);
  }

  /** A text in UTF-8 with its length in bytes before it. Errors: `<subject>/not-text`. */
  text(field: string, prefix: LengthPrefix, bounds: LengthBounds): string {
    const bytes = this.sized(field, prefix, bounds);
    try {
      return new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(bytes);
    } catch {
      throw new GatewayError(`${this.#subject}/not-text`, `The ${field} is not UTF-8.`, {field});
    }
  }

  /** Says that nothing may follow. */
  end(): void {
    if (this.left === 0) return;
    throw new GatewayError(
      `${this.#subject}/trailing-bytes`,
      `${this.left} bytes follow after the last field; cut them off.`,
      {bytes: this.left},
    );
  }

  #take(field: string, size: number): number {
    if (size > this.left) {
      throw new GatewayError(
        `${this.#subject}/truncated`,
        `The bytes end inside the ${field}: it takes ${size}, ${this.left} are left.`,
        {field, needed: size, left: this.left},
      );
    }
    const start = this.#offset;
    this.#offset += size;
    return start;
  }
}

/** Writes fields one after the other. A value that its field cannot hold gives `<subject>/range` or `<subject>/length`. */
export class Writer {
  readonly #subject: string;
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;

  constructor(subject: string) {
    this.#subject = subject;
  }

  u8(field: string, value: number): this {
    this.#checkNumber(field, value, 0xff);
    const start = this.#grow(1);
    this.#view.setUint8(start, value);
    return this;
  }

  u16(field: string, value: number): this {
    this.#checkNumber(field, value, 0xffff);
    const start = this.#grow(2);
    this.#view.setUint16(start, value, true);
    return this;
  }

  u32(field: string, value: number): this {
    this.#checkNumber(field, value, 0xffff_ffff);
    const start = this.#grow(4);
    this.#view.setUint32(start, value, true);
    return this;
  }

  u64(field: string, value: bigint): this {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn) this.#refuse(field, value, "18446744073709551615");
    const start = this.#grow(8);
    this.#view.setBigUint64(start, value, true);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    const start = this.#grow(bytes.length);
    this.#bytes.set(bytes, start);
    return this;
  }

  /** 0x-hex of exactly `size` bytes. Errors: `<subject>/not-hex`. */
  hex(field: string, text: Hex, size: number): this {
    let bytes: Uint8Array;
    try {
      bytes = fromHex(text, size);
    } catch (error) {
      throw new GatewayError(
        `${this.#subject}/not-hex`,
        `The ${field} is not 0x-hex of ${size} bytes.`,
        {field},
        {
          cause: error,
        },
      );
    }
    return this.bytes(bytes);
  }

  /** A byte string with its length before it. */
  sized(field: string, prefix: LengthPrefix, bytes: Uint8Array, bounds: LengthBounds): this {
    checkLength(this.#subject, field, bytes.length, bounds);
    return this[prefix](`${field} length`, bytes.length).bytes(bytes);
  }

  /** A text in UTF-8 with its length in bytes before it. */
  text(field: string, prefix: LengthPrefix, text: string, bounds: LengthBounds): this {
    return this.sized(field, prefix, utf8(text), bounds);
  }

  /** What was written so far. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  // Makes room and says where it begins. Call it before naming `#bytes` or `#view`: it may replace them.
  #grow(size: number): number {
    const start = this.#size;
    this.#size += size;
    if (this.#size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#size, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return start;
  }

  #checkNumber(field: string, value: number, max: number): void {
    if (!Number.isInteger(value) || value < 0 || value > max) this.#refuse(field, value, String(max));
  }

  #refuse(field: string, value: number | bigint, max: string): never {
    throw new GatewayError(`${this.#subject}/range`, `The ${field} is ${value}; it must be from 0 to ${max}.`, {
      field,
      value: String(value),
    });
  }
}

function checkLength(subject: string, field: string, size: number, bounds: LengthBounds): void {
  const min = bounds.min ?? 0;
  if (size >= min && size <= bounds.max) return;
  throw new GatewayError(
    `${subject}/length`,
    `The ${field} has ${size} bytes; it must have from ${min} to ${bounds.max}.`,
    {field, size},
  );
}
