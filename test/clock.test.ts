import {describe, expect, test} from "@jest/globals";
import {createManualClock, createSystemClock} from "../src/clock.ts";

describe("the manual clock", () => {
  test("stands still until it is told", () => {
    const clock = createManualClock(1_000);
    expect([clock.now(), clock.now(), clock.monotonicMs()]).toEqual([1_000, 1_000, 0]);
  });

  test("moves both times when it advances, the wall clock alone when it jumps", async () => {
    const clock = createManualClock(1_000);
    await clock.advance(50);
    expect([clock.now(), clock.monotonicMs()]).toEqual([1_050, 50]);
    clock.jump(-500);
    expect([clock.now(), clock.monotonicMs()]).toEqual([550, 50]);
  });

  test("wakes sleepers in order of their time, and those that their work makes on the way", async () => {
    const clock = createManualClock();
    const woken: string[] = [];
    const sleepThen = async (ms: number, name: string) => {
      await clock.sleep(ms);
      woken.push(`${name} ${clock.monotonicMs()}`);
    };
    const late = sleepThen(30, "late");
    const early = sleepThen(10, "early").then(() => sleepThen(5, "again"));
    await clock.advance(29);
    expect(woken).toEqual(["early 10", "again 15"]);
    await clock.advance(1);
    await Promise.all([late, early]);
    expect(woken).toEqual(["early 10", "again 15", "late 30"]);
  });

  test("wakes the earlier of two that are due together first, whoever slept first", async () => {
    const clock = createManualClock();
    const woken: number[] = [];
    for (const ms of [30, 10, 20]) void clock.sleep(ms).then(() => woken.push(clock.monotonicMs()));
    await clock.advance(40);
    expect(woken).toEqual([10, 20, 30]);
    expect(clock.monotonicMs()).toBe(40);
  });

  test("a jump wakes nobody", async () => {
    const clock = createManualClock();
    let isAwake = false;
    void clock.sleep(10).then(() => {
      isAwake = true;
    });
    clock.jump(1_000);
    await clock.advance(9);
    expect(isAwake).toBe(false);
    await clock.advance(1);
    expect(isAwake).toBe(true);
  });

  test("an aborted sleep rejects with the reason and is not woken later", async () => {
    const clock = createManualClock();
    const abort = new AbortController();
    const sleep = clock.sleep(10, abort.signal);
    abort.abort(new Error("enough"));
    await expect(sleep).rejects.toThrow("enough");
    await clock.advance(20);
    await expect(clock.sleep(10, abort.signal)).rejects.toThrow("enough");
  });

  test("says what it is told about its own state", () => {
    const clock = createManualClock();
    expect(clock.state()).toEqual({isSynchronised: true, source: "manual", uncertaintyMs: 0});
    clock.setState({isSynchronised: false, source: "none", uncertaintyMs: null});
    expect(clock.state().isSynchronised).toBe(false);
  });
});

describe("the system clock", () => {
  test("claims no synchronisation that nobody has told it", () => {
    expect(createSystemClock().state()).toEqual({isSynchronised: false, source: "none", uncertaintyMs: null});
    const state = {isSynchronised: true, source: "ntp", uncertaintyMs: 3};
    expect(createSystemClock(() => state).state()).toBe(state);
  });

  test("its monotonic time does not go back", () => {
    const clock = createSystemClock();
    const before = clock.monotonicMs();
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before);
  });

  test("a sleep ends, and one of an hour ends when it is aborted", async () => {
    const clock = createSystemClock();
    await clock.sleep(0);
    const abort = new AbortController();
    const sleep = clock.sleep(3_600_000, abort.signal);
    abort.abort(new Error("enough"));
    await expect(sleep).rejects.toThrow("enough");
    await expect(clock.sleep(3_600_000, abort.signal)).rejects.toThrow("enough");
  });
});
