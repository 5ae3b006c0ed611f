import {describe, expect, test} from "@jest/globals";
import * as fc from "fast-check";
import {type Anchor, type ClockReading, judgeClock, nextTimestamp} from "../../src/edge-node/trusted-clock.ts";

const S = 1_000;
const MIN = 60 * S;
const DAY = 86_400 * S;
const YEAR = 365 * DAY;
/** The time that is right in all cases, and the monotonic reading that goes with it. */
const NOW = Date.UTC(2026, 5, 1);
const UP = 100 * DAY;

interface Case {
  readonly name: string;
  readonly isSynchronised?: boolean;
  /** What the wall clock shows, relative to the right time. */
  readonly wall?: number;
  /** Age of the anchor; null = none. Its own wall time was right. */
  readonly anchorAge?: number | null;
  /** Age of the first reading after a step that showed as much as now; null = none. */
  readonly stepAge?: number | null;
  /** Age of the last milestone; null = none. */
  readonly milestoneAge?: number | null;
  /** Time signed relative to the right time, or "refused". */
  readonly signs: number | "refused";
}

const CASES: readonly Case[] = [
  // Starting, not synchronised.
  {name: "a fresh gateway without a time server runs", anchorAge: null, milestoneAge: null, signs: 0},
  {
    name: "a fresh gateway whose clock was never set waits",
    anchorAge: null,
    milestoneAge: null,
    wall: NOW * -1,
    signs: "refused",
  },
  {name: "a start a minute after the last milestone goes on", anchorAge: null, milestoneAge: MIN, signs: 0},
  {name: "a start 29 days after the last milestone goes on", anchorAge: null, milestoneAge: 29 * DAY, signs: 0},
  {name: "a start 31 days after the last milestone waits", anchorAge: null, milestoneAge: 31 * DAY, signs: "refused"},
  {
    name: "a start with a clock set to 2040 waits",
    anchorAge: null,
    milestoneAge: MIN,
    wall: 14 * YEAR,
    signs: "refused",
  },
  {name: "a start a second before the last milestone goes on", anchorAge: null, milestoneAge: -S, signs: 0},
  {name: "a start an hour before the last milestone waits", anchorAge: null, milestoneAge: -60 * MIN, signs: "refused"},
  {name: "a start in 2000 waits", anchorAge: null, milestoneAge: MIN, wall: -26 * YEAR, signs: "refused"},
  // Starting, synchronised.
  {
    name: "a time server explains a pause of a year",
    isSynchronised: true,
    anchorAge: null,
    milestoneAge: YEAR,
    signs: 0,
  },
  {
    name: "but not one of 14 years",
    isSynchronised: true,
    anchorAge: null,
    milestoneAge: MIN,
    wall: 14 * YEAR,
    signs: "refused",
  },
  {
    name: "a time server may set the clock before the last milestone",
    isSynchronised: true,
    anchorAge: null,
    milestoneAge: -DAY,
    signs: 0,
  },
  // Running, not synchronised.
  {name: "a steady clock is trusted", anchorAge: DAY, milestoneAge: MIN, signs: 0},
  {name: "half a minute ahead is the same clock", anchorAge: MIN, milestoneAge: MIN, wall: 29 * S, signs: 29 * S},
  {
    name: "a clock that drifts by a second in half an hour is the same clock",
    anchorAge: 50 * DAY,
    milestoneAge: MIN,
    wall: 40 * MIN,
    signs: 40 * MIN,
  },
  {name: "a clock set forward by a minute is refused", anchorAge: MIN, milestoneAge: MIN, wall: MIN, signs: "refused"},
  {
    name: "a clock set forward by years is refused",
    anchorAge: MIN,
    milestoneAge: MIN,
    wall: 14 * YEAR,
    signs: "refused",
  },
  {
    name: "a clock set back by an hour leaves the expected time",
    anchorAge: MIN,
    milestoneAge: MIN,
    wall: -60 * MIN,
    signs: 0,
  },
  {name: "a clock set back to 1970 leaves the expected time", anchorAge: MIN, milestoneAge: MIN, wall: -NOW, signs: 0},
  // Running, not synchronised, after a step that may have been a sleep.
  {
    name: "a machine that slept over night waits at first",
    anchorAge: MIN,
    milestoneAge: MIN,
    wall: DAY / 2,
    stepAge: 9 * MIN,
    signs: "refused",
  },
  {
    name: "and is trusted when its clock has kept pace for ten minutes",
    anchorAge: 11 * MIN,
    milestoneAge: MIN,
    wall: DAY / 2,
    stepAge: 10 * MIN,
    signs: DAY / 2,
  },
  {
    name: "not so after a step of four days",
    anchorAge: 11 * MIN,
    milestoneAge: MIN,
    wall: 4 * DAY,
    stepAge: 10 * MIN,
    signs: "refused",
  },
  {name: "nor of years", anchorAge: 11 * MIN, milestoneAge: MIN, wall: 14 * YEAR, stepAge: 10 * MIN, signs: "refused"},
  // Running, synchronised.
  {
    name: "a time server may set a clock right by a day",
    isSynchronised: true,
    anchorAge: MIN,
    milestoneAge: MIN,
    wall: DAY,
    signs: DAY,
  },
  {name: "or back", isSynchronised: true, anchorAge: MIN, milestoneAge: MIN, wall: -DAY, signs: -DAY},
  {
    name: "but not forward by years",
    isSynchronised: true,
    anchorAge: MIN,
    milestoneAge: MIN,
    wall: 14 * YEAR,
    signs: "refused",
  },
];

function readingOf({
  isSynchronised = false,
  wall = 0,
  anchorAge = null,
  stepAge = null,
  milestoneAge = null,
}: Case): ClockReading {
  return {
    wallMs: NOW + wall,
    monotonicMs: UP,
    isSynchronised,
    anchor: anchorAge === null ? null : {wallMs: NOW - anchorAge, monotonicMs: UP - anchorAge},
    afterStep: stepAge === null ? null : {wallMs: NOW + wall - stepAge, monotonicMs: UP - stepAge},
    lastMilestoneMs: milestoneAge === null ? null : NOW - milestoneAge,
  };
}

describe("a milestone's time", () => {
  test.each(CASES)("$name", (entry) => {
    const verdict = judgeClock(readingOf(entry));
    if (entry.signs === "refused") expect(verdict.state).toBe("refused");
    else expect(verdict).toMatchObject({state: "trusted", timeMs: NOW + entry.signs});
  });

  test("a refusal says what to do", () => {
    const verdict = judgeClock(readingOf({name: "", anchorAge: MIN, wall: YEAR, signs: "refused"}));
    expect(verdict).toMatchObject({because: expect.stringContaining("connect a time server, or confirm the time")});
  });

  test("many small steps do not add up: the anchor of an unsynchronised clock stays", () => {
    let anchor = {wallMs: NOW, monotonicMs: UP};
    let wallMs: number = NOW;
    let monotonicMs = UP;
    let afterStep: Anchor | null = null;
    let trusted = 0;
    for (let step = 0; step < 100; step++) {
      wallMs += 22 * S;
      monotonicMs += 2 * S;
      const verdict = judgeClock({wallMs, monotonicMs, isSynchronised: false, anchor, afterStep, lastMilestoneMs: NOW});
      if (verdict.state !== "trusted") {
        afterStep = verdict.afterStep;
        continue;
      }
      trusted++;
      anchor = {...verdict.anchor};
    }
    expect(trusted).toBe(1);
  });

  test("no reading without a time server signs a time past what has passed since the anchor", () =>
    fc.assert(
      fc.property(fc.integer({min: 0, max: 4e12}), fc.integer({min: 0, max: 1e10}), (wallMs, passed) => {
        const verdict = judgeClock({
          wallMs,
          monotonicMs: UP + passed,
          isSynchronised: false,
          anchor: {wallMs: NOW, monotonicMs: UP},
          afterStep: null,
          lastMilestoneMs: NOW,
        });
        if (verdict.state === "trusted") expect(verdict.timeMs).toBeLessThanOrEqual(NOW + passed * 1.001 + 30 * S);
      }),
    ));
});

describe("timestamps", () => {
  test.each([
    {name: "are the trusted time in whole seconds", timeMs: 5_999, last: null, gives: 5},
    {name: "grow by what has passed", timeMs: 9_000, last: 5, gives: 9},
    {name: "grow by a second at least", timeMs: 5_999, last: 5, gives: 6},
    {name: "never fall", timeMs: 1_000, last: 100, gives: 101},
  ])("$name", ({timeMs, last, gives}) => {
    expect(nextTimestamp(timeMs, last)).toBe(gives);
  });
});
