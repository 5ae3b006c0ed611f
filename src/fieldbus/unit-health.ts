// How one unit of a bus behaves, as a value. A unit that stays silent must not stop its neighbours: after a few time-outs it rests, and
// the probe after each rest waits only a little longer than the unit used to need.

/** Time-outs in a row after which a unit rests. */
const MISSES_BEFORE_REST = 3;
const REST_MS = 4_000;
const PROBE_MIN_MS = 250;
/** Longest wait for the late answer of an RTU unit to pass. */
const QUIET_MAX_MS = 1_000;
/** Weight of the newest answer in the smoothed time. */
const SMOOTHING = 0.2;

export interface UnitHealth {
  /** Time-outs in a row. */
  readonly misses: number;
  /** Why the last request failed; what requests are told while the unit rests. */
  readonly lastError: unknown;
  /** Monotonic times, ms. */
  readonly restUntil: number;
  /** RTU frames bear no number: until then a late answer may still come. */
  readonly quietUntil: number;
  /** Smoothed time of an answer, ms; null before the first. */
  readonly answerMs: number | null;
}

export const HEALTHY: UnitHealth = {misses: 0, lastError: null, restUntil: 0, quietUntil: 0, answerMs: null};

/** After an answer; `tookMs` is null for an exception, whose time says nothing. */
export function afterAnswer(unit: UnitHealth, tookMs: number | null): UnitHealth {
  const {answerMs} = unit;
  const smoothed =
    tookMs === null ? answerMs : answerMs === null ? tookMs : answerMs * (1 - SMOOTHING) + tookMs * SMOOTHING;
  return {...HEALTHY, answerMs: smoothed};
}

/** After silence, or an answer that was none. `quietMs` is the time in which a late answer could pass for the next one; 0 = it cannot. */
export function afterMiss(
  unit: UnitHealth,
  miss: {readonly error: unknown; readonly now: number; readonly quietMs: number},
): UnitHealth {
  const misses = unit.misses + 1;
  return {
    ...unit,
    misses,
    lastError: miss.error,
    restUntil: misses >= MISSES_BEFORE_REST ? miss.now + REST_MS : unit.restUntil,
    quietUntil: miss.now + Math.min(miss.quietMs, QUIET_MAX_MS),
  };
}

/** Whether requests to the unit fail at once, so that its neighbours have the line. */
export function isResting(unit: UnitHealth, now: number): boolean {
  return now < unit.restUntil || now < unit.quietUntil;
}

/** How long to wait for the unit's next answer. */
export function patienceMs(unit: UnitHealth, timeoutMs: number): number {
  if (unit.misses < MISSES_BEFORE_REST) return timeoutMs;
  return Math.min(timeoutMs, Math.max(PROBE_MIN_MS, Math.ceil(4 * (unit.answerMs ?? 0))));
}
