import type {UnixMs} from "../units.ts";

/** A decoded value. Integers past 2^53 are decimal strings. */
export type Value = number | string | boolean;

/** What came out of some registers or a data value: a value, or the reason why there is none. Never a zero for "no value". */
export type Decoded =
  | {readonly quality: "good"; readonly value: Value; readonly reason: null}
  | {
      readonly quality: "bad";
      readonly value: null;
      readonly reason: string;
      /** The device says on purpose that it has no such value; nothing is wrong with it. */
      readonly isOnPurpose: boolean;
    };

/** A decoded value of a point, with its time. */
export type Sample = Decoded & {
  readonly point: string;
  /** The server's source time with OPC UA, the time of the answer with Modbus. */
  readonly sourceTimeMs: UnixMs;
};

export function good(value: Value): Decoded {
  return {quality: "good", value, reason: null};
}

export function bad(reason: string): Decoded {
  return {quality: "bad", value: null, reason, isOnPurpose: false};
}

/** No value, because the device marks it so. */
export function notAvailable(reason: string): Decoded {
  return {quality: "bad", value: null, reason, isOnPurpose: true};
}

/** `decoded` as the value of a point at a time. */
export function sampleOf(point: string, decoded: Decoded, sourceTimeMs: UnixMs): Sample {
  return {...decoded, point, sourceTimeMs};
}

/** The float32 written with as few digits as tell it apart from its neighbours: 230.1, not 230.10000610351562. */
export function shortestFloat32(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** `raw * factor` without the dust of binary fractions: 2305 * 0.1 is 230.5. */
export function scaleBy(raw: number, factor: number): number {
  if (factor === 1) return raw;
  return Number((raw * factor).toPrecision(15));
}
