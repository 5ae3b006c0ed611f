import {describe, expect, test} from "@jest/globals";
import {createRequestQueue} from "../../src/fieldbus/request-queue.ts";
import {
  afterAnswer,
  afterMiss,
  HEALTHY,
  isResting,
  patienceMs,
  type UnitHealth,
} from "../../src/fieldbus/unit-health.ts";

const error = new Error("silent");
const missed = (times: number, from: UnitHealth = HEALTHY, quietMs = 0) =>
  Array.from({length: times}).reduce<UnitHealth>((unit) => afterMiss(unit, {error, now: 1_000, quietMs}), from);

describe("a unit that stays silent", () => {
  test.each([
    [1, false],
    [2, false],
    [3, true],
    [9, true],
  ])("after %d time-outs: rests %s", (times, rests) => {
    expect(isResting(missed(times), 1_001)).toBe(rests);
  });
  test("rests for 4 s, then is asked again", () => {
    const unit = missed(3);
    expect([isResting(unit, 4_999), isResting(unit, 5_000)]).toEqual([true, false]);
  });
  test("is well after one answer", () => {
    expect(afterAnswer(missed(5), 20)).toEqual({...HEALTHY, answerMs: 20});
  });
  test("on RTU is left alone while a late answer may come, at most 1 s", () => {
    expect(isResting(missed(1, HEALTHY, 200), 1_199)).toBe(true);
    expect(isResting(missed(1, HEALTHY, 200), 1_200)).toBe(false);
    expect(missed(1, HEALTHY, 60_000).quietUntil).toBe(2_000);
  });
});

describe("the wait for an answer", () => {
  test.each([
    ["of a unit that answers", afterAnswer(HEALTHY, 30), 1_000, 1_000],
    ["of a unit that was silent twice", missed(2), 1_000, 1_000],
    ["of a probe to a fast unit", missed(3, afterAnswer(HEALTHY, 30)), 1_000, 250],
    ["of a probe to a slow unit", missed(3, afterAnswer(HEALTHY, 200)), 1_000, 800],
    ["of a probe to a unit that never answered", missed(3), 1_000, 250],
    ["of a probe is never longer than the time-out", missed(3, afterAnswer(HEALTHY, 900)), 1_000, 1_000],
  ])("%s", (_, unit, timeoutMs, expected) => {
    expect(patienceMs(unit, timeoutMs)).toBe(expected);
  });
});

describe("a queue", () => {
  const setUp = (max = 10) => {
    const done: string[] = [];
    const gates = new Map<string, () => void>();
    const queue = createRequestQueue<string>({max, full: () => new Error("full")}, async (request) => {
      await new Promise<void>((resolve) => gates.set(request, resolve));
      done.push(request);
      return request;
    });
    const add = (request: string, isUrgent = false, signal?: AbortSignal) => queue.add(request, {isUrgent, signal});
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    return {add, done, gates, turn, queue};
  };
  test("does one at a time, what is urgent first", async () => {
    const {add, done, gates, turn, queue} = setUp();
    const all = [add("a"), add("b"), add("c", true)];
    for (let i = 0; i < 3; i++) {
      await turn();
      expect(gates.size).toBe(1);
      for (const [name, open] of gates) {
        gates.delete(name);
        open();
      }
    }
    expect(await Promise.all(all)).toEqual(["a", "b", "c"]);
    expect(done[0]).toBe("c");
    await queue.idle();
  });
  test("refuses what is too much", async () => {
    const {add, gates, turn} = setUp(1);
    const first = add("a");
    await turn();
    const second = add("b");
    await expect(add("c")).rejects.toThrow("full");
    gates.get("a")?.();
    await turn();
    gates.get("b")?.();
    expect(await Promise.all([first, second])).toEqual(["a", "b"]);
  });
  test("never starts what was given up while it waited", async () => {
    const {add, done, gates, turn, queue} = setUp();
    const first = add("a");
    await turn();
    const controller = new AbortController();
    const second = add("b", false, controller.signal);
    controller.abort(new Error("enough"));
    await expect(second).rejects.toThrow("enough");
    gates.get("a")?.();
    await first;
    await queue.idle();
    expect(done).toEqual(["a"]);
  });
});
