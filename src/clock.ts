import type {UnixMs} from "./units.ts";

/** What is known about the wall clock. `source` names who says so: "ntp", "rtc", "manual", "none". */
export interface ClockState {
  readonly isSynchronised: boolean;
  readonly source: string;
  /** Bound of the error, in ms; null = unknown. */
  readonly uncertaintyMs: number | null;
}

/** Time as a service depends on it. The system clock in processes, a manual clock in tests. */
export interface Clock {
  /** Wall clock, ms since 1970 UTC. May jump. */
  now(): UnixMs;
  /** Milliseconds that never go back; the zero is arbitrary. */
  monotonicMs(): number;
  state(): ClockState;
  /** Resolves after `ms` of monotonic time; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of this machine. `readState` tells whether it is synchronised (asked on every call, so let it cache). */
export function createSystemClock(readState: () => ClockState = unknownState): Clock {
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    state: readState,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        }, ms);
        signal?.addEventListener("abort", onAbort, {once: true});
      }),
  };
}

/** A clock that moves only when told. `advance` wakes sleepers in order of their time and lets their work run between them. */
export interface ManualClock extends Clock {
  advance(ms: number): Promise<void>;
  /** Moves the wall clock alone, as an operator or a bad time server would. */
  jump(ms: number): void;
  setState(state: ClockState): void;
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

export function createManualClock(startMs: UnixMs = Date.UTC(2026, 0, 1)): ManualClock {
  let monotonic = 0;
  let offset = startMs;
  let state: ClockState = {isSynchronised: true, source: "manual", uncertaintyMs: 0};
  let sleepers: Sleeper[] = [];

  return {
    now: () => monotonic + offset,
    monotonicMs: () => monotonic,
    state: () => state,
    setState: (next) => {
      state = next;
    },
    jump: (ms) => {
      offset += ms;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper: Sleeper = {atMs: monotonic + ms, wake: () => resolve()};
        sleepers.push(sleeper);
        signal?.addEventListener(
          "abort",
          () => {
            sleepers = sleepers.filter((other) => other !== sleeper);
            reject(signal.reason);
          },
          {once: true},
        );
      }),
    advance: async (ms) => {
      const end = monotonic + ms;
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = sleepers.filter((sleeper) => sleeper.atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        monotonic = Math.max(monotonic, next.atMs);
        sleepers = sleepers.filter((sleeper) => sleeper !== next);
        next.wake();
      }
      monotonic = end;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function unknownState(): ClockState {
  return {isSynchronised: false, source: "none", uncertaintyMs: null};
}
