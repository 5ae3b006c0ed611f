import {describe, expect, test} from "@jest/globals";
import {CHANGES_MAX, createChangeRing} from "../../../src/field/history/change-ring.ts";
import {createEventLog, EVENTS_MAX} from "../../../src/field/history/event-log.ts";

describe("the changes of a state", () => {
  const texts = (ring: ReturnType<typeof createChangeRing>, from = 0, to = 1e9) =>
    ring.changes(from, to).map(({value}) => value);
  test("the same value again is no change", () => {
    const ring = createChangeRing();
    for (const [at, value] of ["Idle", "Idle", "Execute", null, null, "Idle"].entries()) ring.note(at, value);
    expect(texts(ring)).toEqual(["Idle", "Execute", null, "Idle"]);
  });
  test("a span begins with what held then, and ends at its end", () => {
    const ring = createChangeRing();
    for (const at of [10, 20, 30, 40]) ring.note(at, String(at));
    expect(texts(ring, 25, 35)).toEqual(["20", "30"]);
    expect(texts(ring, 5, 15)).toEqual(["10"]);
  });
  test("a clock put back leaves the times in order", () => {
    const ring = createChangeRing();
    for (const [at, value] of [
      [10, "a"],
      [20, "b"],
      [15, "c"],
    ] as const)
      ring.note(at, value);
    expect(ring.changes(0, 99).map(({timeMs}) => timeMs)).toEqual([10, 15, 20]);
  });
  test("the bound drops the oldest, and a long text is cut", () => {
    const ring = createChangeRing();
    for (let at = 0; at < CHANGES_MAX + 5; at++) ring.note(at, `${at}`);
    ring.note(1e6, "x".repeat(100));
    const kept = ring.changes(0, 1e9);
    expect(kept).toHaveLength(CHANGES_MAX);
    expect(kept[0]!.timeMs).toBe(6);
    expect(kept.at(-1)!.value).toHaveLength(64);
    expect(ring.takeChanged()).toHaveLength(CHANGES_MAX);
  });
  test("what was kept is there, and the same value goes on", () => {
    const ring = createChangeRing();
    ring.put({timeMs: 5, value: "on"});
    ring.note(9, "on");
    expect(ring.changes(0, 99)).toEqual([{timeMs: 5, value: "on"}]);
    expect(ring.takeChanged()).toEqual([]);
  });
});

describe("the events of a device", () => {
  const status = (state: "connected" | "fault", faultCode: "refused" | "no-answer" | null = null) =>
    ({id: "m", state, faultCode, reason: null, remedy: null}) as const;
  test("a change of state or of fault is one, the newest first; another sentence alone is none", () => {
    const log = createEventLog();
    log.note(status("connected"), 1_000);
    log.note(status("fault", "refused"), 2_000);
    log.note({...status("fault", "refused"), reason: "in other words"}, 3_000);
    log.note(status("fault", "no-answer"), 4_000);
    expect(log.of("m").map(({faultCode, time}) => [faultCode, time])).toEqual([
      ["no-answer", "1970-01-01T00:00:04.000Z"],
      ["refused", "1970-01-01T00:00:02.000Z"],
      [null, "1970-01-01T00:00:01.000Z"],
    ]);
  });
  test("are bounded, also those that wait to be written", () => {
    const log = createEventLog();
    for (let at = 0; at < 3 * EVENTS_MAX; at++) log.note(status(at % 2 === 0 ? "fault" : "connected"), at);
    expect(log.of("m")).toHaveLength(EVENTS_MAX);
    expect(log.takeChanged()).toHaveLength(EVENTS_MAX);
    log.forget("m");
    expect(log.of("m")).toEqual([]);
  });
});
