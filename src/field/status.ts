import type {DeviceStatus, FaultCode} from "../client/index.ts";

/** A fault in words, with what to do where that is known. */
export interface LinkFaultFacts {
  readonly faultCode: FaultCode;
  readonly reason: string;
  readonly remedy: string | null;
}

/** What is known of a link, as values. */
export interface LinkFacts {
  /** Age of the last good value; null when there has been none. */
  readonly lastGoodMs: number | null;
  /** Age past which a good value is stale. */
  readonly staleAfterMs: number;
  /** What ended the last try; null when it went well or there has been none. */
  readonly fault: LinkFaultFacts | null;
  readonly points: number;
  /** Points that answer, but without a value; those of them where something is wrong; the reason of the first one. */
  readonly withoutValue: {readonly count: number; readonly faulty: number; readonly first: string | null};
}

export type Verdict = Pick<DeviceStatus, "state" | "faultCode" | "reason" | "remedy">;

/** When nothing better is known. */
const UNKNOWN_REMEDY = "Check the device and the way to it; the gateway keeps asking.";

/**
 * State of a device. The age of the last good value decides, not the socket: fresh values are "connected" whatever the socket says, and
 * an open socket without values is not.
 */
export function statusOf(link: LinkFacts): Verdict {
  const {lastGoodMs, staleAfterMs, fault, points, withoutValue} = link;
  if (lastGoodMs !== null && lastGoodMs <= staleAfterMs) {
    if (withoutValue.faulty === 0) return {state: "connected", faultCode: null, reason: null, remedy: null};
    const reason = `${withoutValue.faulty} of ${points} points give no value; the first one: ${withoutValue.first}.`;
    const remedy = "Check that the profile or the points fit this model and its firmware, or leave these points out.";
    return {state: "connected", faultCode: "some-values", reason, remedy};
  }
  if (fault !== null) return {state: "fault", ...fault, remedy: fault.remedy ?? UNKNOWN_REMEDY};
  if (points > 0 && withoutValue.count === points) {
    return {
      state: "fault",
      faultCode: "no-values",
      reason: `The device answers, but no point gives a value; the first one: ${withoutValue.first}.`,
      remedy: "Look at the device's own display; when it is well, check that the profile or the points fit this model.",
    };
  }
  if (lastGoodMs === null) return {state: "connecting", faultCode: null, reason: null, remedy: null};
  return {
    state: "stale",
    faultCode: "stale",
    reason: "No new value has come for longer than three periods.",
    remedy: "Check the device; the gateway keeps asking.",
  };
}
