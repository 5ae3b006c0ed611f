import type {PointType, WordOrder} from "./register-type.ts";

/** Modbus tables: holding registers (FC 3, 6, 16), input registers (FC 4), coils (FC 1, 5), discrete inputs (FC 2). */
export const TABLES = ["holding", "input", "coil", "discrete"] as const;

export type Table = (typeof TABLES)[number];

export type Access = "read" | "write" | "read-write";

/** One value of a Modbus device, with everything resolved: absolute address, word order, words that mean "no value". */
export interface RegisterPoint {
  readonly name: string;
  readonly table: Table;
  /** 0-based address on the wire. */
  readonly address: number;
  readonly type: PointType;
  /** Registers, or bits in a bit table, that the value takes. */
  readonly count: number;
  readonly wordOrder: WordOrder;
  /** Physical value = raw value * factor (* 10^scale factor point). */
  readonly factor: number;
  /** Name of the `sunssf` point that scales this one; null when none does. */
  readonly scaleFactor: string | null;
  /** Points of one block are read in one request when it fits: a value and its scale factor belong together. */
  readonly block: string | null;
  readonly unit: string | null;
  readonly access: Access;
  readonly description: string | null;
  /** Raw values, as unsigned integers, that say "no value". */
  readonly notAvailable: readonly bigint[];
  /** Words for the numbers of an enumeration. */
  readonly values: Readonly<Record<string, string>> | null;
}

/** One value of an OPC UA server. */
export interface NodePoint {
  readonly name: string;
  /** OPC 10000-6 text, with `ns=` or `nsu=`. */
  readonly nodeId: string;
  readonly unit: string | null;
  readonly access: Access;
  readonly description: string | null;
  readonly values: Readonly<Record<string, string>> | null;
}

/** A method of an OPC UA server by name. */
export interface NodeMethod {
  readonly name: string;
  readonly objectId: string;
  readonly methodId: string;
  readonly description: string | null;
}

/** A register that tells whether the right device answers, checked after each connect. */
export interface Identification {
  readonly table: Table;
  readonly address: number;
  readonly type: PointType;
  readonly value: number;
  /** What the match means, in words: "a SunSpec map starts here". */
  readonly meaning: string;
}

/** What a Modbus device can stand. */
export interface RegisterConstraints {
  /** Registers in one read; 1..125 (Modbus application protocol, section 6.3). */
  readonly maxRegisters: number;
  /** Bits in one read; 1..2,000. */
  readonly maxBits: number;
  /** Registers nobody asked for that one request may read across. 0 = only neighbours are merged. */
  readonly maxGap: number;
  /** The device answers only an even number of registers. */
  readonly evenCounts: boolean;
  /** Function codes the device knows; null = all usual ones. */
  readonly functionCodes: readonly number[] | null;
  /** Silence before each request, ms. */
  readonly requestDelayMs: number;
  /** Silence after the connection opens, ms. */
  readonly connectDelayMs: number;
}

/** The public limits of the protocol, for a device nothing is known of. */
export const DEFAULT_CONSTRAINTS: RegisterConstraints = {
  maxRegisters: 125,
  maxBits: 2_000,
  maxGap: 16,
  evenCounts: false,
  functionCodes: null,
  requestDelayMs: 0,
  connectDelayMs: 0,
};
