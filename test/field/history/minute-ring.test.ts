import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import type {Quality} from "../../../src/client/index.ts";
import {createMinuteRing, HOURS, RING_BYTES} from "../../../src/field/history/minute-ring.ts";

const DAY = 1_440;
const START = 29_000_000;

describe("a minute", () => {
  test.each<[string, [number | null, Quality][], object]>([
    ["one value", [[230.1, "good"]], {min: 230.1, mean: 230.1, max: 230.1, last: 230.1, count: 1, quality: "good"}],
    [
      "several values",
      [
        [229.9, "good"],
        [230.5, "good"],
        [230.2, "good"],
      ],
      {min: 229.9, mean: 230.2, max: 230.5, last: 230.2, count: 3, quality: "good"},
    ],
    [
      "tries without a value are no zeros",
      [
        [5, "good"],
        [null, "bad"],
      ],
      {min: 5, mean: 5, max: 5, last: 5, count: 1, quality: "bad"},
    ],
    ["no value at all", [[null, "stale"]], {min: null, mean: null, max: null, last: null, count: 0, quality: "stale"}],
    [
      "the worst quality stays",
      [
        [null, "bad"],
        [5, "good"],
        [null, "stale"],
      ],
      {min: 5, count: 1, quality: "bad"},
    ],
    [
      "a counter of many digits keeps its small steps",
      [
        [987_654_321.25, "good"],
        [987_654_321.5, "good"],
      ],
      {min: 987_654_321.25, max: 987_654_321.5, last: 987_654_321.5},
    ],
  ])("%s", (_, notes, row) => {
    const ring = createMinuteRing();
    for (const [value, quality] of notes) ring.note(START, value, quality);
    expect(ring.rows(START, START)).toEqual([expect.objectContaining({minute: START, ...row})]);
  });
  test("that nobody asked in is not there", () => {
    const ring = createMinuteRing();
    ring.note(START, 1, "good");
    ring.note(START + 5, 2, "good");
    expect(ring.rows(START, START + 9).map(({minute}) => minute)).toEqual([START, START + 5]);
  });
});

describe("the ring", () => {
  test("holds a day whole and not more than its blocks", () => {
    const ring = createMinuteRing();
    for (let minute = START; minute < START + 3 * DAY; minute++) ring.note(minute, minute % 7, "good");
    const end = START + 3 * DAY;
    expect(ring.rows(end - DAY, end)).toHaveLength(DAY);
    expect(ring.rows(0, end).length).toBeLessThanOrEqual(HOURS * 60);
    expect(RING_BYTES).toBe(36_000);
  });
  test("a clock put back merges into the minutes it lives again and drops nothing", () => {
    const ring = createMinuteRing();
    ring.note(START + 10, 5, "good");
    ring.note(START + 11, 6, "good");
    ring.note(START + 10, 1, "good");
    expect(ring.rows(START, START + 20)).toMatchObject([
      {minute: START + 10, min: 1, mean: 3, max: 5, last: 1, count: 2},
      {minute: START + 11, min: 6, max: 6},
    ]);
  });
  test("a moment of a wrong year costs at most the hour whose place it takes", () => {
    const ring = createMinuteRing();
    for (let minute = START; minute < START + DAY; minute++) ring.note(minute, 1, "good");
    ring.note(3, 1, "good");
    expect(ring.rows(START, START + DAY).length).toBeGreaterThanOrEqual(DAY - 60);
  });
  test("what changed is taken once, the running minute later; what could not be kept is taken again", () => {
    const ring = createMinuteRing();
    ring.note(START, 1, "good");
    ring.note(START + 1, 2, "good");
    const taken = ring.takeChanged(START + 1);
    expect(taken.map(({minute}) => minute)).toEqual([START]);
    expect(ring.takeChanged(START + 1)).toEqual([]);
    ring.markChanged(taken);
    expect(ring.takeChanged(null).map(({minute}) => minute)).toEqual([START, START + 1]);
  });
  test("a row that was kept is the same row, and goes on where it was", () => {
    const ring = createMinuteRing();
    for (const value of [1, 4, 2]) ring.note(START, value, "good");
    const again = createMinuteRing();
    for (const row of ring.takeChanged(null)) again.put(row);
    expect(again.rows(START, START)).toEqual(ring.rows(START, START));
    expect(again.takeChanged(null)).toEqual([]);
    again.note(START, 9, "good");
    expect(again.rows(START, START)).toMatchObject([{min: 1, mean: 4, max: 9, last: 9, count: 4}]);
  });

  const step = fc.record({
    // Forwards mostly, backwards and by days now and then.
    jump: fc.oneof(
      {weight: 8, arbitrary: fc.integer({min: 0, max: 3})},
      {weight: 1, arbitrary: fc.integer({min: -90, max: -1})},
      {weight: 1, arbitrary: fc.integer({min: -5_000, max: 5_000})},
    ),
    value: fc.option(fc.double({min: -1e6, max: 1e6, noNaN: true})),
    quality: fc.constantFrom<Quality>("good", "stale", "bad"),
  });
  test("whatever the clock does, minutes grow, means lie between least and greatest, and no value is invented", () => {
    fc.assert(
      fc.property(fc.array(step, {maxLength: 300}), (steps) => {
        const ring = createMinuteRing();
        let minute = START;
        let noted = 0;
        let least = Number.POSITIVE_INFINITY;
        let greatest = Number.NEGATIVE_INFINITY;
        for (const {jump, value, quality} of steps) {
          minute += jump;
          ring.note(minute, value, quality);
          if (value === null) continue;
          noted += 1;
          least = Math.min(least, value);
          greatest = Math.max(greatest, value);
        }
        const rows = ring.rows(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
        expect(rows.length).toBeLessThanOrEqual(HOURS * 60);
        expect(rows.reduce((sum, {count}) => sum + count, 0)).toBeLessThanOrEqual(noted);
        rows.forEach((row, index) => {
          if (index > 0) expect(row.minute).toBeGreaterThan(rows[index - 1]!.minute);
          const {min, mean, max, last, count} = row;
          expect(min === null).toBe(count === 0);
          if (min === null || mean === null || max === null || last === null) return;
          expect(min <= mean && mean <= max && min <= last && last <= max).toBe(true);
          // A float32 distance is off by 2^-24 of itself at most.
          expect(min).toBeGreaterThanOrEqual(least - 1);
          expect(max).toBeLessThanOrEqual(greatest + 1);
        });
      }),
    );
  });
});
