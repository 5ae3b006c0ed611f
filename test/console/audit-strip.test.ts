import {expect, test} from "@jest/globals";
import type {AuditKind} from "../../src/client/index.ts";
import {
  bucketAt,
  bucketSpan,
  chosenSpan,
  groupsOf,
  heightsOf,
  SPAN_MIN_MS,
  spanOf,
  ticksOf,
  timeAt,
  zoomed,
} from "../../src/console/pages/audit/strip.ts";
import {KINDS} from "../../src/console/pages/audit/view.ts";

const DAY_MS = 86_400_000;
const counts = (given: Partial<Record<AuditKind, number>>) => ({
  critical: 0,
  alarm: 0,
  batch: 0,
  access: 0,
  other: 0,
  ...given,
});

test("one entry alone has a range of a second, and no entry has none", () => {
  const at = "2026-11-25T10:00:00.000Z";
  expect(spanOf({from: at, to: at})).toEqual({from: Date.parse(at), to: Date.parse(at) + SPAN_MIN_MS});
  expect(spanOf({from: null, to: null})).toBeNull();
});

test("a point of the picture is a time within the range", () => {
  const range = {from: 1_000, to: 3_000};
  expect(timeAt(50, 100, range)).toBe(2_000);
  expect(timeAt(-5, 100, range)).toBe(1_000);
  expect(timeAt(500, 100, range)).toBe(3_000);
});

test("each time is in the bucket that spans it", () => {
  const range = {from: 0, to: 1_000};
  for (let time = 0; time < 1_000; time += 7) {
    const {from, to} = bucketSpan(bucketAt(time, 30, range), 30, range);
    expect(from <= time + 1e-9 && time < to + 1e-9).toBe(true);
  }
  expect(bucketAt(1_000, 30, range)).toBe(29);
});

test("a drag in either direction chooses the same, within the range, never less than a second", () => {
  const range = {from: 0, to: 100_000};
  expect(chosenSpan(70_000, 20_000, range)).toEqual({from: 20_000, to: 70_000});
  expect(chosenSpan(20_000, 70_000, range)).toEqual({from: 20_000, to: 70_000});
  expect(chosenSpan(-5, 200_000, range)).toEqual(range);
  expect(chosenSpan(100_000, 100_000, range)).toEqual({from: 99_000, to: 100_000});
});

test("a longer time has the same middle, unless it would end in the future", () => {
  expect(zoomed({from: 40, to: 60_040}, 3, 10 * DAY_MS)).toEqual({from: -59_960, to: 120_040});
  expect(zoomed({from: 0, to: 60_000}, 3, 70_000)).toEqual({from: -110_000, to: 70_000});
});

test("every kind that is there is seen beside thousands of another, and the highest bar fills the picture", () => {
  const bars = heightsOf(counts({critical: 1, other: 9_999}), {kinds: KINDS, most: 10_000, height: 80});
  expect(bars.map(({kind}) => kind)).toEqual(["critical", "other"]);
  expect(bars[0]!.height).toBeGreaterThanOrEqual(3);
  expect(bars.reduce((sum, {height}) => sum + height, 0)).toBeCloseTo(80);
  expect(heightsOf(counts({}), {kinds: KINDS, most: 10, height: 80})).toEqual([]);
  expect(heightsOf(counts({alarm: 4}), {kinds: ["critical"], most: 10, height: 80})).toEqual([]);
});

test.each([
  ["ten seconds", 10_000],
  ["an hour", 3_600_000],
  ["a day", DAY_MS],
  ["six weeks", 42 * DAY_MS],
  ["nine years", 9 * 365 * DAY_MS],
])("the axis over %s has a few round times", (_name, length) => {
  const from = new Date(2026, 10, 25, 10, 20, 3).getTime();
  const ticks = ticksOf({from, to: from + length}, 10);
  expect(ticks.length).toBeGreaterThan(0);
  expect(ticks.length).toBeLessThanOrEqual(11);
  for (const {at, isDay} of ticks) {
    expect(at >= from && at <= from + length).toBe(true);
    expect(isDay).toBe(new Date(at).getHours() + new Date(at).getMinutes() + new Date(at).getSeconds() === 0);
  }
});

test("the table takes buckets together, loses none and leaves out what is empty", () => {
  const buckets = Array.from({length: 100}, (_, i) => counts(i < 50 ? {critical: 1, other: i} : {}));
  const groups = groupsOf(buckets, 40);
  expect(groups.length).toBeLessThanOrEqual(40);
  expect(groups.reduce((sum, group) => sum + group.counts.critical, 0)).toBe(50);
  expect(groups.at(-1)!.first).toBeLessThan(50);
});
