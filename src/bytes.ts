import {GatewayError} from "./errors.ts";

/** Bytes as text: "0x" and two lower-case hex digits a byte. The form of every id above the codec. */
export type Hex = `0x${string}`;

const HEX_DIGITS = Array.from({length: 256}, (_, value) => value.toString(16).padStart(2, "0"));
const HEX_PATTERN = /^0x(?:[0-9a-f]{2})*$/;

/** Bytes to 0x-hex, lower case. */
export function toHex(bytes: Uint8Array): Hex {
  let text = "0x";
  for (const byte of bytes) text += HEX_DIGITS[byte];
  return text as Hex;
}

/** Whether `value` is 0x-hex in lower case; of exactly `length` bytes when given. */
export function isHex(value: unknown, length?: number): value is Hex {
  return (
    typeof value === "string" && HEX_PATTERN.test(value) && (length === undefined || value.length === 2 + 2 * length)
  );
}

/** 0x-hex (either case) to bytes. Throws `bytes/not-hex` for anything else, `bytes/length` when `length` is given and differs. */
export function fromHex(text: string, length?: number): Uint8Array {
  const lower = text.toLowerCase();
  if (!HEX_PATTERN.test(lower)) {
    throw new GatewayError(
      "bytes/not-hex",
      `"${text.slice(0, 80)}" is not hex with the prefix 0x and two digits a byte.`,
    );
  }
  const bytes = new Uint8Array(lower.length / 2 - 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(lower.slice(2 + 2 * i, 4 + 2 * i), 16);
  if (length !== undefined && bytes.length !== length) {
    throw new GatewayError("bytes/length", `Expected ${length} bytes of hex, got ${bytes.length}.`);
  }
  return bytes;
}

/** Joins byte strings. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Whether two byte strings are the same. Not constant time: never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** Lexicographic order of bytes: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Text of UTF-8 bytes. Throws TypeError when they are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(bytes);
}

/** Standard base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Standard base64 to bytes, canonical form only. Throws `bytes/not-base64`. */
export function fromBase64(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new GatewayError("bytes/not-base64", "The text is not base64.");
  }
  if (btoa(binary) !== text)
    throw new GatewayError("bytes/not-base64", "The text is not base64 in its canonical form.");
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
