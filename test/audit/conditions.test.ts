import {describe, expect, test} from "@jest/globals";
import {type ConditionFacts, conditionsOf} from "../../src/audit/conditions.ts";
import {fullOn, growthOf} from "../../src/audit/storage-report.ts";
import type {MachineVerdict} from "../../src/client/index.ts";

const DAY_MS = 86_400_000;
const nowMs = Date.UTC(2026, 5, 1);
const well: MachineVerdict = {
  machine: "press-7",
  state: "verified",
  entries: 10,
  anchoredEntries: 10,
  lastAnchor: null,
  broken: null,
  lastEntryTime: null,
  checkedAt: null,
  unchecked: null,
};
const facts: ConditionFacts = {
  state: {isAccepting: true},
  verdicts: [well],
  late: [],
  overdue: [],
  erasureFailure: null,
  storage: {disk: {freeBytes: 500, totalBytes: 1_000, fullOn: null}},
  nowMs,
};
const disk = (freeBytes: number, days: number | null) => ({
  storage: {
    disk: {freeBytes, totalBytes: 1_000, fullOn: days === null ? null : new Date(nowMs + days * DAY_MS).toISOString()},
  },
});
const broken = {seq: 7, because: "Bytes.", differs: "changed", lastGoodAnchor: null, remedy: "Keep the disk."} as const;

describe("the audit trail raises", () => {
  test.each<[string, Partial<ConditionFacts>, readonly [string, string][]]>([
    ["nothing when it is well", {}, []],
    [
      "an alarm when nothing is accepted",
      {state: {isAccepting: false, because: "Full."}},
      [["audit/not-accepting", "alarm"]],
    ],
    ["an alarm for a broken log", {verdicts: [{...well, broken}]}, [["audit/broken/press-7", "alarm"]]],
    [
      "a warning for a log that was not checked for long",
      {verdicts: [{...well, unchecked: {why: "too-old", since: "2026-01-01T00:00:00.000Z", because: "Old."}}]},
      [["audit/unchecked/press-7", "warning"]],
    ],
    [
      "a warning for a log that never could be read",
      {verdicts: [{...well, unchecked: {why: "unreadable", since: null, because: "EIO."}}]},
      [["audit/unchecked/press-7", "warning"]],
    ],
    [
      "nothing for a log that was not checked yet",
      {verdicts: [{...well, unchecked: {why: "not-yet", since: null, because: "New."}}]},
      [],
    ],
    [
      "one warning for all logs that wait for an anchor",
      {
        late: [
          {machine: "a", since: "2026-05-31T00:00:00.000Z"},
          {machine: "b", since: "2026-05-31T00:00:00.000Z"},
        ],
      },
      [["audit/anchor-late", "warning"]],
    ],
    [
      "a warning for an overdue review",
      {overdue: [{machine: "press-7", due: "2026-05-01T00:00:00.000Z"}]},
      [["audit/review-overdue/press-7", "warning"]],
    ],
    [
      "an alarm for bodies that are erased and still there",
      {erasureFailure: "Bodies."},
      [["audit/erasure-unfinished", "alarm"]],
    ],
    ["a warning below a tenth of the disk", disk(99, null), [["audit/disk-nearly-full", "warning"]]],
    ["nothing at a tenth of the disk", disk(100, null), []],
    ["an alarm below three hundredths", disk(29, null), [["audit/disk-nearly-full", "alarm"]]],
    ["a warning when the disk is full within a month", disk(500, 29), [["audit/disk-nearly-full", "warning"]]],
    ["nothing when it is full later", disk(500, 31), []],
    ["an alarm when it is full within three days", disk(500, 2), [["audit/disk-nearly-full", "alarm"]]],
    ["nothing about a disk that is not known", {storage: null}, []],
  ])("%s", (_, change, wanted) => {
    const conditions = conditionsOf({...facts, ...change});
    expect(conditions.map(({id, severity}) => [id, severity])).toEqual(wanted);
    for (const {sentence, remedy} of conditions)
      expect([sentence, remedy].every((text) => /\.$/.test(text))).toBe(true);
  });
});

describe("growth", () => {
  test("is not told before there is a day to measure", () => {
    expect(growthOf({from: nowMs - 0.9 * DAY_MS, bytes: 1_000, nowMs})).toEqual({
      growthBytesPerDay: null,
      measuredDays: 0,
    });
    expect(growthOf({from: Number.POSITIVE_INFINITY, bytes: 0, nowMs})).toEqual({
      growthBytesPerDay: null,
      measuredDays: 0,
    });
  });

  test("is bytes over days, at most thirty", () => {
    expect(growthOf({from: nowMs - 4 * DAY_MS, bytes: 1_000, nowMs})).toEqual({
      growthBytesPerDay: 250,
      measuredDays: 4,
    });
    expect(growthOf({from: nowMs - 400 * DAY_MS, bytes: 3_000, nowMs})).toEqual({
      growthBytesPerDay: 100,
      measuredDays: 30,
    });
  });

  test("tells when the disk is full", () => {
    expect(fullOn({freeBytes: 1_000, growthBytesPerDay: 100, nowMs})).toBe("2026-06-11T00:00:00.000Z");
    expect(fullOn({freeBytes: 1_000, growthBytesPerDay: null, nowMs})).toBeNull();
    expect(fullOn({freeBytes: 1_000, growthBytesPerDay: 0, nowMs})).toBeNull();
    expect(fullOn({freeBytes: 1e15, growthBytesPerDay: 1, nowMs})).toBeNull();
  });
});
