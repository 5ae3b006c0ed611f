// When may a coordinator sign a time?
//
// A milestone's timestamp is what timelocks and expirations are judged by, and what an auditor takes as "existed at". One milestone
// signed in 2040 would expire every conditional output for ever and could never be taken back, because timestamps only grow. So the
// coordinator signs nothing while it does not trust the clock; but a factory without any time server must run too, and a clock that
// was set back must not stop it for ever.
//
// Two clocks are read. The wall clock may be set by anybody. The monotonic clock cannot be set, but its zero means nothing, so it only
// says how long ago something was. An anchor joins them: the last reading that was trusted in this process. From it,
// `expected = anchor.wall + monotonic time since the anchor`. The rules, first match wins:
//
//   synchronised   A time server vouches for the wall clock: trusted, also when it steps (a board without a battery wakes up in 1970 and
//                  is set right a minute later; a laptop sleeps for a weekend). But a server can lie, so a step past the anchor by more
//                  than 31 days, or past the last milestone by more than 400 days at start, waits for a person.
//   running,       Wall clock within 30 s (and 1 in 1000, for an oscillator's drift) of what is expected: trusted. The anchor stays, so that
//                  many small steps cannot add up to a large one.
//   not synced     Further ahead: refused. It was set forward, or the machine slept, and the two look alike from here. It ends when it is
//                  set back, when the clock is synchronised, or when an operator confirms the time. A step of up to 3 days, as by a
//                  laptop over a weekend, also ends when the wall clock has kept pace for ten minutes after it: time for whoever
//                  set it wrongly to notice.
//                  Further behind: it was set back. The time since the anchor is as good as it was, so the expected time is signed and
//                  the anchor stays: a clock set back never stops the network.
//   starting,      There is no anchor. With no milestone yet the clock must be past the year this was written in. With one, the first reading
//   not synced     must not be before the last milestone (a board whose battery is dead: signing "last + 1 s" would date evidence
//                  back) and not more than 30 days after it. Outside, it waits: for the clock to be set, for a time server, or for a
//                  person. It is asked again each time, so a clock that is set right needs nobody.
//   confirmed      An operator's word makes the present reading an anchor, whatever the rules above said.
//
// Whatever time is trusted, a timestamp is at least the last one plus 1 s (TIP-29). Refusing costs proofs that come later; signing wrongly cannot be
// mended. That is why ahead and behind are not treated alike.

import type {UnixMs, UnixSeconds} from "../units.ts";

/** How far a wall clock may stand from the expected time and still be the same clock, ms. */
export const STEP_TOLERANCE_MS = 30_000;
/** What may be added to that per ms since the anchor. */
export const DRIFT_TOLERANCE = 0.001;
/** Longest sleep of a machine that an unsynchronised clock explains by itself, ms, */
export const SLEEP_MAX_MS = 3 * 86_400_000;
/** and how long it must keep pace after it. */
export const SETTLE_MS = 600_000;
/** Largest step forward of a synchronised clock in a running process, ms: a machine that slept. */
export const SYNCHRONISED_STEP_MAX_MS = 31 * 86_400_000;
/** Longest time off that a synchronised clock explains by itself, ms. */
export const SYNCHRONISED_PAUSE_MAX_MS = 400 * 86_400_000;
/** Longest time off that an unsynchronised clock explains by itself, ms. */
export const PAUSE_MAX_MS = 30 * 86_400_000;
/** No milestone is older than this program: 2026-01-01 UTC. */
export const EARLIEST_TIME_MS = Date.UTC(2026, 0, 1);

/** A wall-clock time and the monotonic time at which it was read. */
export interface Anchor {
  readonly wallMs: UnixMs;
  readonly monotonicMs: number;
}

/** What a reading of the clock is judged by. `anchor`: last trusted reading of this process; null = none yet. */
export interface ClockReading extends Anchor {
  readonly isSynchronised: boolean;
  readonly anchor: Anchor | null;
  /** The first reading after a step forward that may have been a sleep; null = none. */
  readonly afterStep: Anchor | null;
  /** Timestamp of the last milestone, ms; null = there is none. */
  readonly lastMilestoneMs: UnixMs | null;
}

/** `anchor` and `afterStep` are those to keep for the next reading. */
export type ClockVerdict =
  | {readonly state: "trusted"; readonly timeMs: UnixMs; readonly anchor: Anchor}
  | {readonly state: "refused"; readonly because: string; readonly afterStep: Anchor | null};

/** Judges one reading by the rules above. */
export function judgeClock(reading: ClockReading): ClockVerdict {
  if (reading.wallMs < EARLIEST_TIME_MS && reading.anchor === null)
    return refused("The clock shows a time before 2026, so it was never set");
  return reading.anchor === null ? judgeStart(reading) : judgeRunning(reading, reading.anchor);
}

/** Timestamp of the next milestone: the trusted time, and at least 1 s after the last one (TIP-29). */
export function nextTimestamp(timeMs: UnixMs, last: UnixSeconds | null): UnixSeconds {
  const seconds = Math.floor(timeMs / 1000);
  return last === null ? seconds : Math.max(seconds, last + 1);
}

function judgeStart(reading: ClockReading): ClockVerdict {
  const {wallMs, lastMilestoneMs, isSynchronised} = reading;
  if (lastMilestoneMs === null) return trusted(reading);
  const pauseMs = wallMs - lastMilestoneMs;
  if (isSynchronised) {
    return pauseMs > SYNCHRONISED_PAUSE_MAX_MS
      ? refused(`The clock is ${inDays(pauseMs)} days after the last milestone`)
      : trusted(reading);
  }
  if (pauseMs < -STEP_TOLERANCE_MS)
    return refused("The clock is not synchronised and shows a time before the last milestone");
  if (pauseMs > PAUSE_MAX_MS)
    return refused(`The clock is not synchronised and is ${inDays(pauseMs)} days after the last milestone`);
  return trusted(reading);
}

function judgeRunning(reading: ClockReading, anchor: Anchor): ClockVerdict {
  const expectedMs = anchor.wallMs + (reading.monotonicMs - anchor.monotonicMs);
  const aheadMs = reading.wallMs - expectedMs;
  if (reading.isSynchronised) {
    return aheadMs > SYNCHRONISED_STEP_MAX_MS
      ? refused(`The clock was set forward by ${inDays(aheadMs)} days, though it is said to be synchronised`)
      : trusted(reading);
  }
  const toleranceMs = STEP_TOLERANCE_MS + DRIFT_TOLERANCE * (reading.monotonicMs - anchor.monotonicMs);
  if (aheadMs > toleranceMs) return judgeStep(reading, aheadMs);
  return {state: "trusted", timeMs: aheadMs < -toleranceMs ? expectedMs : reading.wallMs, anchor};
}

function judgeStep(reading: ClockReading, aheadMs: number): ClockVerdict {
  const {wallMs, monotonicMs} = reading;
  const because = `The clock was set forward by ${Math.round(aheadMs / 1000)} s and is not synchronised`;
  if (aheadMs > SLEEP_MAX_MS) return refused(because);
  const known = reading.afterStep;
  const hasKeptPace =
    known !== null && Math.abs(wallMs - known.wallMs - (monotonicMs - known.monotonicMs)) <= STEP_TOLERANCE_MS;
  const afterStep = hasKeptPace ? known : {wallMs, monotonicMs};
  return monotonicMs - afterStep.monotonicMs >= SETTLE_MS ? trusted(reading) : refused(because, afterStep);
}

function trusted({wallMs, monotonicMs}: Anchor): ClockVerdict {
  return {state: "trusted", timeMs: wallMs, anchor: {wallMs, monotonicMs}};
}

function refused(what: string, afterStep: Anchor | null = null): ClockVerdict {
  return {
    state: "refused",
    afterStep,
    because: `${what}; no milestone is issued. Set the clock, connect a time server, or confirm the time (POST /api/core/v2/control/clock/confirm).`,
  };
}

function inDays(ms: number): number {
  return Math.floor(ms / 86_400_000);
}
