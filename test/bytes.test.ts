import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {
  compareBytes,
  concatBytes,
  equalBytes,
  fromBase64,
  fromHex,
  fromUtf8,
  isHex,
  toBase64,
  toHex,
  utf8,
} from "../src/bytes.ts";
import {codeOf} from "./support/errors.ts";

const bytes = fc.uint8Array({maxLength: 200});

describe("hex", () => {
  test.each([
    [[], "0x"],
    [[0], "0x00"],
    [[1, 0xab, 0xff], "0x01abff"],
  ])("%j is %s", (values, text) => {
    expect(toHex(Uint8Array.from(values))).toBe(text);
    expect([...fromHex(text)]).toEqual(values);
  });

  test("is read in either case", () => {
    expect(fromHex("0xABcd")).toEqual(Uint8Array.of(0xab, 0xcd));
  });

  test.each(["", "ab", "0x0", "0xg0", "0x 0", " 0x00", "0x00\n", "0x-1"])("%j is refused", (text) => {
    expect(codeOf(() => fromHex(text))).toBe("bytes/not-hex");
  });

  test("of another length than asked for is refused", () => {
    expect(codeOf(() => fromHex("0x0102", 1))).toBe("bytes/length");
    expect(codeOf(() => fromHex("0x0102", 3))).toBe("bytes/length");
    expect(fromHex("0x0102", 2)).toHaveLength(2);
  });

  test("a long text is shortened in the error", () => {
    expect(() => fromHex("x".repeat(10_000))).toThrow(/^.{80,160}$/);
  });

  test.each([
    ["0x00", 1, true],
    ["0x", 0, true],
    ["0x00", 2, false],
    ["0xAB", 1, false],
    ["00", 1, false],
    ["0x0", undefined, false],
    [0, undefined, false],
    [null, undefined, false],
  ])("isHex(%j, %j) is %s", (value, length, verdict) => {
    expect(isHex(value, length)).toBe(verdict);
  });

  test("what is written reads as what it was", () => {
    fc.assert(fc.property(bytes, (value) => expect(fromHex(toHex(value), value.length)).toEqual(value)));
  });
});

describe("base64", () => {
  // RFC 4648 section 10.
  test.each([
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
  ])("%j is %s", (text, encoded) => {
    expect(toBase64(utf8(text))).toBe(encoded);
    expect(fromUtf8(fromBase64(encoded))).toBe(text);
  });

  test.each(["Zg", "Zg=", "Zh==", "Z g==", "Zg==\n", "Zg==Zg==", "-_-_", "*"])("%j is refused", (text) => {
    expect(codeOf(() => fromBase64(text))).toBe("bytes/not-base64");
  });

  test("what is written reads as what it was", () => {
    fc.assert(fc.property(bytes, (value) => expect(fromBase64(toBase64(value))).toEqual(value)));
  });
});

describe("order", () => {
  test.each([
    [[], [], 0],
    [[1], [1], 0],
    [[], [0], -1],
    [[1], [1, 0], -1],
    [[2], [1, 9], 1],
    [[0xff], [0x7f], 1],
  ])("%j against %j", (a, b, sign) => {
    expect(Math.sign(compareBytes(Uint8Array.from(a), Uint8Array.from(b)))).toBe(sign);
    expect(equalBytes(Uint8Array.from(a), Uint8Array.from(b))).toBe(sign === 0);
  });

  test("is that of the hex text", () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [textA, textB] = [toHex(a), toHex(b)];
        expect(Math.sign(compareBytes(a, b))).toBe(textA < textB ? -1 : textA > textB ? 1 : 0);
      }),
    );
  });
});

test("joined bytes stand one after the other and are a copy", () => {
  const part = Uint8Array.of(1, 2);
  const joined = concatBytes(part, new Uint8Array(0), Uint8Array.of(3));
  part.fill(9);
  expect(joined).toEqual(Uint8Array.of(1, 2, 3));
  expect(concatBytes()).toEqual(new Uint8Array(0));
});

test("text in UTF-8 keeps every character, a byte order mark too, and other bytes are refused", () => {
  expect([...utf8("°€")]).toEqual([0xc2, 0xb0, 0xe2, 0x82, 0xac]);
  expect(fromUtf8(utf8("\uFEFFtext"))).toBe("\uFEFFtext");
  expect(() => fromUtf8(Uint8Array.of(0xff))).toThrow(expect.objectContaining({name: "TypeError"}));
});
