import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {bad, decodeRegisters, encodeRegisters, good, type Value, WORD_ORDERS} from "../../src/fieldbus/index.ts";
import {point} from "./support/points.ts";

const FLOAT_230_5 = [0x4366, 0x8000];

describe("a value is read from its registers", () => {
  // Bytes ABCD of 230.5 as float32: 43 66 80 00 (IEEE 754).
  test.each([
    ["big", [0x4366, 0x8000]],
    ["little", [0x8000, 0x4366]],
    ["big-swapped", [0x6643, 0x0080]],
    ["little-swapped", [0x0080, 0x6643]],
  ] as const)("float32, %s", (wordOrder, registers) => {
    expect(decodeRegisters(point({type: "float32", count: 2, wordOrder}), registers, null)).toEqual(good(230.5));
  });

  test.each<[string, Parameters<typeof point>[0], readonly number[], Value]>([
    ["int16, negative", {type: "int16"}, [0xfffe], -2],
    ["uint16, high bit", {type: "uint16"}, [0xfffe], 65_534],
    ["int32, negative", {type: "int32", count: 2}, [0xffff, 0xfffe], -2],
    ["uint32", {type: "uint32", count: 2}, [0x0001, 0x0000], 65_536],
    ["int64, negative", {type: "int64", count: 4}, [0xffff, 0xffff, 0xffff, 0xfffe], -2],
    ["uint64 past 2^53 is text", {type: "uint64", count: 4}, [0xffff, 0xffff, 0xffff, 0xffff], "18446744073709551615"],
    ["uint64 with a factor is a number", {type: "uint64", count: 4, factor: 0.001}, [0, 0, 0x0001, 0x86a0], 100],
    ["float64", {type: "float64", count: 4}, [0x3ff8, 0, 0, 0], 1.5],
    ["a factor leaves no dust: 2305 * 0.1", {type: "uint16", factor: 0.1}, [2305], 230.5],
    ["a float32 in few digits: 230.1", {type: "float32", count: 2}, [0x4366, 0x199a], 230.1],
    ["enum16", {type: "enum16"}, [4], 4],
    ["bitfield32", {type: "bitfield32", count: 2}, [0x8000, 0x0001], 2_147_483_649],
    ["string, padded with NUL", {type: "string", count: 3}, [0x5461, 0x6e00, 0x0000], "Tan"],
    ["string, padded with spaces", {type: "string", count: 2}, [0x5461, 0x6e20], "Tan"],
    ["string, bytes swapped", {type: "string", count: 2, wordOrder: "big-swapped"}, [0x6154, 0x6c6e], "Tanl"],
    ["sunssf, negative", {type: "sunssf"}, [0xfffe], -2],
  ])("%s", (_, fields, registers, value) => {
    expect(decodeRegisters(point(fields), registers, null)).toEqual(good(value));
  });

  test("SunSpec: value * 10^scale factor", () => {
    expect(decodeRegisters(point({type: "int16", scaleFactor: "W_SF"}), [5021], good(-1))).toEqual(good(502.1));
    expect(decodeRegisters(point({type: "int16", scaleFactor: "W_SF"}), [5021], good(2))).toEqual(good(502_100));
  });
});

describe("what is no value is bad with a reason, never a zero", () => {
  test.each<[string, Parameters<typeof point>[0], readonly number[], ReturnType<typeof bad> | null, RegExp]>([
    ["NaN", {type: "float32", count: 2}, [0x7fc0, 0], null, /NaN/],
    ["a swapped NaN word", {type: "float64", count: 4}, [0x7ff8, 0, 0, 0], null, /NaN/],
    ["infinity", {type: "float32", count: 2}, [0x7f80, 0], null, /infinite/],
    ["the maker's marker", {type: "int16", notAvailable: [0x8000n]}, [0x8000], null, /not available/],
    [
      "the marker of 32 bits, low word first",
      {type: "uint32", count: 2, wordOrder: "little", notAvailable: [0x80000000n]},
      [0, 0x8000],
      null,
      /not available/,
    ],
    ["an accumulator at 0", {type: "acc32", count: 2}, [0, 0], null, /not accumulate/],
    ["a scale factor that is not there", {type: "sunssf"}, [0x8000], null, /not available/],
    ["a scale factor of 57", {type: "sunssf"}, [57], null, /-10\.\.10/],
    ["an unknown scale factor", {type: "int16", scaleFactor: "sf"}, [1], bad("no answer"), /scale factor is unknown/],
    ["too few registers", {type: "uint32", count: 2}, [1], null, /1 of 2/],
    ["an empty text", {type: "string", count: 2}, [0, 0], null, /empty/],
  ])("%s", (_, fields, registers, scale, reason) => {
    const decoded = decodeRegisters(point(fields), registers, scale);
    expect(decoded).toMatchObject({quality: "bad", value: null});
    expect(decoded.reason).toMatch(reason);
  });
});

const words = fc.integer({min: 0, max: 65_535});
const order = fc.constantFrom(...WORD_ORDERS);

describe("what is written is what is read, in every word order", () => {
  const roundTrip = (fields: Parameters<typeof point>[0], value: Value) => {
    const at = point(fields);
    expect(decodeRegisters(at, encodeRegisters(at, value), null)).toEqual(good(value));
  };
  test.each([
    ["int16", 1, -32_768, 32_767],
    ["uint16", 1, 0, 65_535],
    ["enum16", 1, 0, 65_535],
    ["bitfield16", 1, 0, 65_535],
    ["int32", 2, -2_147_483_648, 2_147_483_647],
    ["uint32", 2, 0, 4_294_967_295],
    ["bitfield32", 2, 0, 4_294_967_295],
    ["acc32", 2, 1, 4_294_967_295],
    ["sunssf", 1, -10, 10],
  ] as const)("%s", (type, count, min, max) => {
    fc.assert(
      fc.property(fc.integer({min, max}), order, (value, wordOrder) => roundTrip({type, count, wordOrder}, value)),
    );
  });
  test.each([
    ["int64", -(2n ** 63n), 2n ** 63n - 1n],
    ["uint64", 0n, 2n ** 64n - 1n],
    ["acc64", 1n, 2n ** 64n - 1n],
  ] as const)("%s", (type, min, max) => {
    fc.assert(
      fc.property(fc.bigInt({min, max}), order, (raw, wordOrder) => {
        const value = Number.isSafeInteger(Number(raw)) ? Number(raw) : raw.toString();
        roundTrip({type, count: 4, wordOrder}, value);
      }),
    );
  });
  test("float32", () => {
    const floats = fc.float({noNaN: true, noDefaultInfinity: true});
    fc.assert(
      fc.property(floats, order, (value, wordOrder) => {
        const at = point({type: "float32", count: 2, wordOrder});
        const decoded = decodeRegisters(at, encodeRegisters(at, value), null);
        // Few digits, and yet the same float32.
        // A meter that reads minus zero reads zero.
        expect(Math.fround(Number(decoded.value))).toBe(value + 0);
      }),
    );
  });
  test("float64", () => {
    const doubles = fc.double({noNaN: true, noDefaultInfinity: true});
    fc.assert(
      fc.property(doubles, order, (value, wordOrder) => roundTrip({type: "float64", count: 4, wordOrder}, value)),
    );
  });
  test("string", () => {
    const texts = fc
      .string({unit: "grapheme-ascii", minLength: 1, maxLength: 16})
      .filter((text) => text.trimEnd() === text);
    fc.assert(fc.property(texts, order, (value, wordOrder) => roundTrip({type: "string", count: 8, wordOrder}, value)));
  });
  test("any registers decode to something, and never throw", () => {
    const type = fc.constantFrom("int16", "uint32", "int64", "float32", "float64", "string", "sunssf", "acc32");
    fc.assert(
      fc.property(type, fc.array(words, {maxLength: 5}), order, (kind, registers, wordOrder) => {
        const count = {int16: 1, uint32: 2, int64: 4, float32: 2, float64: 4, string: 2, sunssf: 1, acc32: 2}[kind]!;
        const decoded = decodeRegisters(point({type: kind as never, count, wordOrder}), registers, null);
        expect(decoded.quality === "bad" ? decoded.value === null : decoded.value !== null).toBe(true);
      }),
    );
  });
  test("a scaled set-point: every step of the register", () => {
    fc.assert(
      fc.property(fc.integer({min: -32_768, max: 32_767}), fc.constantFrom(0.1, 0.01, 0.001, 10), (raw, factor) => {
        const at = point({type: "int16", factor});
        const value = decodeRegisters(at, [raw & 0xffff], null).value as number;
        expect(encodeRegisters(at, value)).toEqual([raw & 0xffff]);
      }),
    );
  });
});

describe("a value that does not fit is refused", () => {
  test.each<[string, Parameters<typeof point>[0], Value, string]>([
    ["past the range", {type: "uint16"}, 65_536, "fieldbus/value-range"],
    ["below zero in an unsigned register", {type: "uint16"}, -1, "fieldbus/value-range"],
    ["past a float32", {type: "float32", count: 2}, 1e39, "fieldbus/value-range"],
    ["between two steps", {type: "uint16", factor: 0.1}, 12.34, "fieldbus/value-step"],
    ["a fraction in a whole register", {type: "int16"}, 1.5, "fieldbus/value-step"],
    ["a text", {type: "uint16"}, "12", "fieldbus/value-type"],
    ["NaN", {type: "float32", count: 2}, Number.NaN, "fieldbus/value-type"],
    ["true", {type: "uint16"}, true, "fieldbus/value-type"],
    ["a number as a text", {type: "string", count: 2}, 5, "fieldbus/value-type"],
    ["a text too long", {type: "string", count: 1}, "abc", "fieldbus/value-range"],
    ["the marker for not available", {type: "uint16", notAvailable: [0xffffn]}, 65_535, "fieldbus/value-range"],
  ])("%s", (_, fields, value, code) => {
    expect(() => encodeRegisters(point(fields), value)).toThrow(expect.objectContaining({code}));
  });
  test("the scale factor counts: 502.1 W with a factor of -1 is 5021", () => {
    expect(encodeRegisters(point({type: "int16", scaleFactor: "sf"}), 502.1, -1)).toEqual([5021]);
    expect(FLOAT_230_5).toEqual(encodeRegisters(point({type: "float32", count: 2}), 230.5));
  });
});
