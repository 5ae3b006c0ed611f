import {describe, expect, test} from "@jest/globals";
import {alignSeries, csvOf, type PlotSeries} from "../../src/console/parts/plot-data.ts";

const course = (label: string, times: number[], mean: (number | null)[]): PlotSeries & {times: number[]} => ({
  ...{label, unit: "W", times, mean},
  min: mean.map((value) => (value === null ? null : value - 1)),
  max: mean.map((value) => (value === null ? null : value + 1)),
});

describe("courses on one time axis", () => {
  test("stand over the union of their times, with gaps where one has nothing", () => {
    const {times, series} = alignSeries([course("a", [60, 120], [1, 2]), course("b", [120, 180], [null, 5])]);
    expect(times).toEqual([60, 120, 180]);
    expect(series.map(({mean}) => mean)).toEqual([
      [1, 2, null],
      [null, null, 5],
    ]);
    expect(series[1]!.max).toEqual([null, null, 6]);
  });
  test("are none without a course", () => expect(alignSeries([])).toEqual({times: [], series: []}));
});

describe("a course as CSV", () => {
  test("has UTC times, a unit in each heading, and empty cells for gaps", () => {
    const {times, series} = alignSeries([course("power", [0, 60], [1.5, null])]);
    expect(csvOf(times, series)).toBe(
      "\ufefftime,power mean (W),power min (W),power max (W)\r\n1970-01-01T00:00:00.000Z,1.5,0.5,2.5\r\n1970-01-01T00:01:00.000Z,,,\r\n",
    );
  });
  test.each([
    ["=1+1", "'=1+1 mean (W)"],
    ['a "b", c', '"a ""b"", c mean (W)"'],
  ])("a name like %s is no formula and no second cell", (label, heading) => {
    expect(csvOf([], [course(label, [], [])]).split("\r\n")[0]).toContain(heading);
  });
});
