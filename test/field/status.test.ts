import {describe, expect, test} from "@jest/globals";
import {createManualClock} from "../../src/clock.ts";
import {type LinkFacts, statusOf} from "../../src/field/status.ts";
import {createValueTable} from "../../src/field/value-table.ts";
import type {Sample} from "../../src/fieldbus/index.ts";

const fault = {faultCode: "refused", reason: "the connection is refused", remedy: "Check the port."} as const;
const none = {count: 0, faulty: 0, first: null};
const link = (facts: Partial<LinkFacts>): LinkFacts => ({
  lastGoodMs: null,
  staleAfterMs: 4_000,
  fault: null,
  points: 3,
  withoutValue: none,
  ...facts,
});

describe("the age of the last good value decides the state, not the socket", () => {
  test.each<[string, Partial<LinkFacts>, string, RegExp | null]>([
    ["nothing has come yet", {}, "connecting", null],
    ["a fresh value", {lastGoodMs: 1_000}, "connected", null],
    ["a fresh value, though the last try failed", {lastGoodMs: 3_900, fault}, "connected", null],
    ["a value just at the limit", {lastGoodMs: 4_000}, "connected", null],
    ["an old value and no reason why", {lastGoodMs: 4_001}, "stale", /three periods/],
    ["an old value and a fault", {lastGoodMs: 4_001, fault}, "fault", /refused/],
    ["never a value and a fault", {fault}, "fault", /refused/],
    [
      "some points without a value",
      {lastGoodMs: 1, withoutValue: {count: 2, faulty: 1, first: "p, NaN"}},
      "connected",
      /1 of 3/,
    ],
    [
      "points that the device does not have on purpose",
      {lastGoodMs: 1, withoutValue: {count: 2, faulty: 0, first: "p"}},
      "connected",
      null,
    ],
    [
      "every point without a value",
      {withoutValue: {count: 3, faulty: 0, first: "p, NaN"}},
      "fault",
      /no point gives a value/,
    ],
  ])("%s", (_, facts, state, reason) => {
    const verdict = statusOf(link(facts));
    expect(verdict.state).toBe(state);
    if (reason === null) expect(verdict.reason).toBeNull();
    else expect(verdict.reason).toMatch(reason);
  });
  test("a fault comes with what to do", () => {
    expect(statusOf(link({fault})).remedy).toBe("Check the port.");
  });
});

describe("a value grows old", () => {
  const good = (value: number, sourceTimeMs: number): Sample => ({
    point: "p",
    quality: "good",
    value,
    reason: null,
    sourceTimeMs,
  });
  const setUp = () => {
    const clock = createManualClock(Date.UTC(2026, 0, 1));
    return {clock, table: createValueTable({device: "d", staleAfterMs: 3_500, unitOf: () => "V"}, clock)};
  };
  test("before it was read it is bad, with the reason", () => {
    expect(setUp().table.reading("p", "no answer")).toMatchObject({
      value: null,
      quality: "bad",
      reason: "no answer",
      unit: "V",
    });
  });
  test("it is good, then stale; its time stays that of its source", async () => {
    const {clock, table} = setUp();
    table.put(good(230, Date.UTC(2025, 11, 31)));
    expect(table.reading("p", "")).toMatchObject({value: 230, quality: "good", sourceTime: "2025-12-31T00:00:00.000Z"});
    await clock.advance(3_500);
    expect(table.reading("p", "")).toMatchObject({quality: "good"});
    await clock.advance(1);
    expect(table.reading("p", "")).toMatchObject({
      value: 230,
      quality: "stale",
      reason: "no new value for more than 3.5 s",
    });
    expect(table.lastGoodMs()).toBe(3_501);
  });
  test("a clock that jumps makes nothing stale", () => {
    const {clock, table} = setUp();
    table.put(good(230, clock.now()));
    clock.jump(86_400_000);
    expect(table.reading("p", "")).toMatchObject({quality: "good"});
  });
  test("word that nothing changed keeps good values good, and makes no bad one good", async () => {
    const {clock, table} = setUp();
    table.put(good(230, clock.now()));
    table.put({point: "q", quality: "bad", value: null, reason: "NaN", isOnPurpose: true, sourceTimeMs: clock.now()});
    await clock.advance(3_000);
    table.confirm();
    await clock.advance(3_000);
    expect(table.reading("p", "")).toMatchObject({quality: "good"});
    expect(table.reading("q", "")).toMatchObject({quality: "bad", value: null});
    expect(table.withoutValue()).toEqual({count: 1, faulty: 0, first: "q, NaN"});
  });
});
