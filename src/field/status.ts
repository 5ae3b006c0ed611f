import type {DeviceStatus} from "../client/index.ts";

/** What is known of a link, as values. */
export interface LinkFacts {
  /** Age of the last good value; null when there has been none. */
  readonly lastGoodMs: number | null;
  /** Age past which a good value is stale. */
  readonly staleAfterMs: number;
  /** What ended the last try; null when it went well or there has been none. */
  readonly fault: {readonly reason: string; readonly remedy: string | null} | null;
  readonly points: number;
  /** Points that answer, but without a value; those of them where something is wrong; the reason of the first one. */
  readonly withoutValue: {readonly count: number; readonly faulty: number; readonly first: string | null};
}

type Verdict = Pick<DeviceStatus, "state" | "reason" | "remedy">;

/**
 * State of a device. The age of the last good value decides, not the socket: fresh values are "connected" whatever the socket says, and
 * an open socket without values is not.
 */
export function statusOf(link: LinkFacts): Verdict {
  const {lastGoodMs, staleAfterMs, fault, points, withoutValue} = link;
  if (lastGoodMs !== null && lastGoodMs <= staleAfterMs) {
    if (withoutValue.faulty === 0) return {state: "connected", reason: null, remedy: null};
    const reason = `${withoutValue.faulty} of ${points} points give no value; the first one: ${withoutValue.first}.`;
    return {state: "connected", reason, remedy: null};
  }
  if (fault !== null) return {state: "fault", ...fault};
  if (points > 0 && withoutValue.count === points) {
    return {
      state: "fault",
      reason: `The device answers, but no point gives a value; the first one: ${withoutValue.first}.`,
      remedy: "Check that the profile or the points fit this model.",
    };
  }
  if (lastGoodMs === null) return {state: "connecting", reason: null, remedy: null};
  return {
    state: "stale",
    reason: "No new value has come for longer than three periods.",
    remedy: "Check the device; the gateway keeps asking.",
  };
}
