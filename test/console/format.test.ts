import {describe, expect, test} from "@jest/globals";
import {age, bytes, exactFigure, liveFigure, readingText, shortId, utcTime} from "../../src/console/format.ts";

const plain = (text: string) => text.replaceAll(/[\u202f\u00a0]/g, " ");

describe("a live figure has three significant digits and never loses digits before the point", () => {
  test.each([
    [0, "en", "0"],
    [0.01234, "en", "0.0123"],
    [49.987, "en", "50"],
    [230.48, "en", "230"],
    [230.48, "de", "230"],
    [1408.3, "en", "1,408"],
    [-1408.3, "de", "-1.408"],
    [8258453.2, "en", "8,258,453"],
    [Number.NaN, "en", "–"],
  ] as const)("%d in %s", (value, locale, text) => expect(liveFigure(value, locale)).toBe(text));
});

test("an exact figure keeps what came", () => {
  expect(exactFigure(230.4812345, "en")).toBe("230.4812345");
  expect(exactFigure(230.5, "de")).toBe("230,5");
});

describe("a value without a number is a word", () => {
  test.each([
    [null, {}, "–"],
    [true, {}, "on"],
    [6, {values: {"6": "Execute"}}, "Execute"],
    ["SN-1", {}, "SN-1"],
    [230.48, {isExact: true}, "230.48"],
  ] as const)("%p", (value, options, text) => expect(readingText(value, "en", options)).toBe(text));
});

describe("an age in the coarsest unit that says enough", () => {
  test.each([
    [-5, "0 s"],
    [12_400, "12 s"],
    [61_000, "1 min"],
    [3 * 3_600_000, "3 h"],
    [49 * 3_600_000, "2 days"],
  ] as const)("%d ms", (ms, text) => expect(plain(age(ms, "en"))).toBe(text));
});

test("bytes are decimal, as disks are sold", () => {
  expect(plain(bytes(999, "en"))).toBe("999 B");
  expect(plain(bytes(1_234_567, "en"))).toBe("1.23 MB");
});

test("a time for an auditor is UTC to the millisecond", () => {
  expect(utcTime("2026-01-31T12:00:00.123Z")).toBe("2026-01-31 12:00:00.123 UTC");
});

test("an id is shown by its beginning", () => {
  expect(shortId(`0x${"ab".repeat(32)}`)).toBe("0xabababab…");
  expect(shortId("short")).toBe("short");
});
