import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {columnsOf, gridOf} from "../../../src/field/history/columns.ts";
import type {MinuteRow} from "../../../src/field/history/minute-ring.ts";

const row = (minute: number, value: number | null, count = 1): MinuteRow => ({
  minute,
  min: value,
  mean: value,
  max: value,
  last: value,
  count: value === null ? 0 : count,
  quality: value === null ? "bad" : "good",
});

describe("rows become columns", () => {
  test("minute by minute when there is room", () => {
    const grid = gridOf(100, 102, 10);
    expect(grid).toEqual({step: 1, first: 100, count: 3});
    expect(columnsOf([row(100, 1), row(101, 2), row(102, 3)], grid)).toEqual({
      times: [6_000, 6_060, 6_120],
      min: [1, 2, 3],
      mean: [1, 2, 3],
      max: [1, 2, 3],
      last: [1, 2, 3],
      count: [1, 1, 1],
      quality: ["good", "good", "good"],
    });
  });
  test("merged by least and greatest, the mean by the number of values, the last by time", () => {
    const grid = gridOf(100, 105, 3);
    expect(grid).toEqual({step: 2, first: 100, count: 3});
    const columns = columnsOf([row(100, 1, 3), row(101, 5, 1), row(104, 7)], grid);
    expect(columns).toMatchObject({min: [1, null, 7], mean: [2, null, 7], max: [5, null, 7], last: [5, null, 7]});
    expect(columns).toMatchObject({count: [4, 0, 1], times: [6_000, 6_120, 6_240]});
  });
  test("a gap is one row of nulls, however long, and nothing before the first value or after the last", () => {
    const columns = columnsOf([row(10, 1), row(50, 2)], gridOf(0, 99, 100));
    expect(columns).toMatchObject({times: [600, 660, 3_000], mean: [1, null, 2], quality: ["good", null, "good"]});
  });
  test("a minute without a value is a gap that says why, and merged it worsens the quality", () => {
    expect(columnsOf([row(0, null)], gridOf(0, 9, 10))).toMatchObject({mean: [null], quality: ["bad"], count: [0]});
    expect(columnsOf([row(0, 5), row(1, null)], gridOf(0, 3, 2))).toMatchObject({mean: [5], quality: ["bad"]});
    expect(columnsOf([row(0, null), row(1, 5)], gridOf(0, 3, 2))).toMatchObject({mean: [5], quality: ["bad"]});
  });

  const rows = fc
    .uniqueArray(fc.integer({min: 0, max: 1_600}), {maxLength: 200})
    .chain((minutes) =>
      fc
        .array(fc.option(fc.integer({min: -1_000, max: 1_000})), {minLength: minutes.length, maxLength: minutes.length})
        .map((values) => minutes.sort((a, b) => a - b).map((minute, index) => row(minute, values[index]!))),
    );
  test("never more rows than asked for, times grow, least and greatest and the number of values stay", () => {
    fc.assert(
      fc.property(rows, fc.integer({min: 2, max: 400}), fc.integer({min: 0, max: 100}), (given, most, from) => {
        const grid = gridOf(from, 1_600, most);
        const columns = columnsOf(given, grid);
        const inside = given.filter(({minute}) => minute >= grid.first);
        const numbers = (list: readonly (number | null)[]) => list.filter((value) => value !== null);
        expect(columns.times.length).toBeLessThanOrEqual(most);
        expect(columns.times).toEqual([...new Set(columns.times)].sort((a, b) => a - b));
        for (const column of Object.values(columns)) expect(column).toHaveLength(columns.times.length);
        expect(Math.min(...numbers(columns.min))).toBe(Math.min(...numbers(inside.map(({min}) => min))));
        expect(Math.max(...numbers(columns.max))).toBe(Math.max(...numbers(inside.map(({max}) => max))));
        const total = inside.reduce((sum, {count}) => sum + count, 0);
        expect(columns.count.reduce((sum, count) => sum + count, 0)).toBe(total);
      }),
    );
  });
});
