import type {Clock} from "../../clock.ts";

const FAILURES_MAX = 5;
const WINDOW_MS = 60_000;
const KEYS_MAX = 10_000;

/** Slows down guessing: after five failures of one address and user within a minute, the next try waits. */
export interface LoginLimit {
  /** Seconds to wait before the next try; 0 = go on. */
  waitSeconds(key: string): number;
  fail(key: string): void;
  succeed(key: string): void;
}

export function createLoginLimit(clock: Clock): LoginLimit {
  const failures = new Map<string, {count: number; sinceMs: number}>();
  const current = (key: string) => {
    const entry = failures.get(key);
    return entry !== undefined && clock.monotonicMs() - entry.sinceMs < WINDOW_MS ? entry : null;
  };
  return {
    waitSeconds: (key) => {
      const entry = current(key);
      if (entry === null || entry.count < FAILURES_MAX) return 0;
      return Math.ceil((WINDOW_MS - (clock.monotonicMs() - entry.sinceMs)) / 1000);
    },
    fail: (key) => {
      const entry = current(key) ?? {count: 0, sinceMs: clock.monotonicMs()};
      failures.delete(key);
      failures.set(key, {...entry, count: entry.count + 1});
      if (failures.size > KEYS_MAX) failures.delete(failures.keys().next().value!);
    },
    succeed: (key) => {
      failures.delete(key);
    },
  };
}
