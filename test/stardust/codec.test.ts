import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {toHex} from "../../src/bytes.ts";
import {Reader, Writer} from "../../src/stardust/codec.ts";
import {codeOf} from "../support/errors.ts";

const reader = (...bytes: number[]) => new Reader(Uint8Array.from(bytes), "thing");

describe("reading", () => {
  test("integers are little endian", () => {
    const bytes = reader(1, 2, 1, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 1);
    expect([bytes.u8("a"), bytes.u16("b"), bytes.u32("c"), bytes.u64("d")]).toEqual([
      1,
      0x0102,
      0x01020304,
      0x0102030405060708n,
    ]);
    bytes.end();
  });

  test("a view into larger memory reads its own bytes alone", () => {
    const memory = Uint8Array.of(9, 9, 1, 2, 9);
    const view = new Reader(memory.subarray(2, 4), "thing");
    expect(view.hex("id", 2)).toBe("0x0102");
    expect(codeOf(() => view.u8("next"))).toBe("thing/truncated");
  });

  test("bytes are a copy: the reader's memory may change", () => {
    const memory = Uint8Array.of(1, 2);
    const copy = new Reader(memory, "thing").bytes("field", 2);
    memory.fill(0);
    expect(copy).toEqual(Uint8Array.of(1, 2));
  });

  const rejects: readonly (readonly [string, string, () => unknown])[] = [
    ["u8 past the end", "thing/truncated", () => reader().u8("f")],
    ["u16 past the end", "thing/truncated", () => reader(1).u16("f")],
    ["u32 past the end", "thing/truncated", () => reader(1, 2, 3).u32("f")],
    ["u64 past the end", "thing/truncated", () => reader(1, 2, 3, 4, 5, 6, 7).u64("f")],
    ["bytes past the end", "thing/truncated", () => reader(1).bytes("f", 2)],
    ["hex past the end", "thing/truncated", () => reader(1).hex("f", 2)],
    ["a length over its bound", "thing/length", () => reader(5).sized("f", "u8", {max: 4})],
    ["a length under its bound", "thing/length", () => reader(0).sized("f", "u8", {min: 1, max: 4})],
    ["a length past the end", "thing/truncated", () => reader(3, 1, 2).sized("f", "u8", {max: 4})],
    ["a length of 4 GB", "thing/truncated", () => reader(255, 255, 255, 255).sized("f", "u32", {max: 2 ** 32})],
    ["a text that is not UTF-8", "thing/not-text", () => reader(1, 0xff).text("f", "u8", {max: 9})],
    ["bytes that follow", "thing/trailing-bytes", () => reader(1).end()],
  ];
  test.each(rejects)("%s is refused", (_, code, call) => {
    expect(codeOf(call)).toBe(code);
  });

  test("an error names the field", () => {
    expect(() => reader(1).u32("target index")).toThrow("inside the target index");
  });
});

describe("writing", () => {
  test("it grows past its first memory with every kind of field", () => {
    fc.assert(
      fc.property(fc.integer({min: 240, max: 270}), (before) => {
        const bytes = new Writer("thing")
          .bytes(new Uint8Array(before))
          .u8("a", 1)
          .bytes(new Uint8Array(before))
          .u16("b", 0x0203)
          .bytes(new Uint8Array(3 * before))
          .u32("c", 0x04050607)
          .bytes(new Uint8Array(9 * before))
          .u64("d", 0x08090a0b0c0d0e0fn)
          .finish();
        const kept = toHex(bytes.filter((byte) => byte !== 0));
        expect(bytes).toHaveLength(14 * before + 15);
        expect(kept).toBe("0x0103020706050" + "40f0e0d0c0b0a0908");
      }),
    );
  });

  const rejects: readonly (readonly [string, string, () => unknown])[] = [
    ["256 in u8", "thing/range", () => new Writer("thing").u8("f", 256)],
    ["-1 in u16", "thing/range", () => new Writer("thing").u16("f", -1)],
    ["a fraction in u32", "thing/range", () => new Writer("thing").u32("f", 0.5)],
    ["not a number in u32", "thing/range", () => new Writer("thing").u32("f", Number.NaN)],
    ["2^64 in u64", "thing/range", () => new Writer("thing").u64("f", 2n ** 64n)],
    ["hex of another size", "thing/not-hex", () => new Writer("thing").hex("f", "0x0011", 1)],
    ["too many bytes", "thing/length", () => new Writer("thing").sized("f", "u8", new Uint8Array(5), {max: 4})],
  ];
  test.each(rejects)("%s is refused", (_, code, call) => {
    expect(codeOf(call)).toBe(code);
  });
});
