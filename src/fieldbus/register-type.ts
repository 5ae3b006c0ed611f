// How values lie in 16-bit registers. A register is big-endian on the wire (Modbus application protocol 1.1b3, section 4.2); which of
// several registers comes first is each maker's own choice, and some swap the bytes of a register as well.

/** Types of a value in holding or input registers. `acc*` are SunSpec accumulators: 0 says "not accumulated". */
export const REGISTER_TYPES = [
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float32",
  "float64",
  "acc32",
  "acc64",
  "enum16",
  "bitfield16",
  "bitfield32",
  "sunssf",
  "string",
] as const;

export type RegisterType = (typeof REGISTER_TYPES)[number];

/** Type of a point: a register type, or `bool` for coils and discrete inputs. */
export type PointType = RegisterType | "bool";

/** `big` = ABCD, `little` = CDAB, `big-swapped` = BADC, `little-swapped` = DCBA. */
export const WORD_ORDERS = ["big", "little", "big-swapped", "little-swapped"] as const;

export type WordOrder = (typeof WORD_ORDERS)[number];

const REGISTERS: Readonly<Record<Exclude<PointType, "string">, number>> = {
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  int64: 4,
  uint64: 4,
  float32: 2,
  float64: 4,
  acc32: 2,
  acc64: 4,
  enum16: 1,
  bitfield16: 1,
  bitfield32: 2,
  sunssf: 1,
  bool: 1,
};

/** Registers (bits for `bool`) that a value takes; `length` is that of a string. */
export function registersOf(type: PointType, length = 1): number {
  return type === "string" ? length : REGISTERS[type];
}

/** Whether the type's raw value is a whole number. */
export function isInteger(type: RegisterType): boolean {
  return type !== "float32" && type !== "float64" && type !== "string";
}

/** Whether the type's raw value has a sign. */
export function isSigned(type: RegisterType): boolean {
  return type === "int16" || type === "int32" || type === "int64" || type === "sunssf";
}

/** Bytes of the value, most significant first, from registers as they came. The inverse of `bytesToRegisters`. */
export function registersToBytes(registers: readonly number[], order: WordOrder): Uint8Array {
  const bytes = new Uint8Array(registers.length * 2);
  const words = isLittle(order) ? registers.toReversed() : registers;
  words.forEach((word, index) => {
    bytes[index * 2] = isSwapped(order) ? word & 0xff : word >> 8;
    bytes[index * 2 + 1] = isSwapped(order) ? word >> 8 : word & 0xff;
  });
  return bytes;
}

/** Registers as the device wants them, from the value's bytes, most significant first. */
export function bytesToRegisters(bytes: Uint8Array, order: WordOrder): number[] {
  const words = Array.from({length: bytes.length / 2}, (_, index) => {
    const high = bytes[index * 2]!;
    const low = bytes[index * 2 + 1]!;
    return isSwapped(order) ? (low << 8) | high : (high << 8) | low;
  });
  return isLittle(order) ? words.toReversed() : words;
}

function isLittle(order: WordOrder): boolean {
  return order === "little" || order === "little-swapped";
}

function isSwapped(order: WordOrder): boolean {
  return order === "big-swapped" || order === "little-swapped";
}
