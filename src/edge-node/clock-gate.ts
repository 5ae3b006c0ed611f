import type {Clock} from "../clock.ts";
import type {Log} from "../log.ts";
import type {UnixMs, UnixSeconds} from "../units.ts";
import type {NodeMetrics} from "./node-metrics.ts";
import {type Anchor, judgeClock} from "./trusted-clock.ts";

/** The coordinator's clock: it gives a time only when that may be signed. Remembers what trusted-clock.ts judges by. */
export interface ClockGate {
  /** Time to sign, ms; null when the clock is not trusted now. */
  read(lastMilestone: UnixSeconds | null): UnixMs | null;
  /** Why the last reading was refused; null when it was trusted. */
  readonly refusal: string | null;
  /** Makes the present reading a trusted one. */
  confirm(): void;
}

export function createClockGate({clock, log, metrics}: {clock: Clock; log: Log; metrics: NodeMetrics}): ClockGate {
  let anchor: Anchor | null = null;
  let afterStep: Anchor | null = null;
  let refusal: string | null = null;
  const present = (): Anchor => ({wallMs: clock.now(), monotonicMs: clock.monotonicMs()});

  return {
    read: (lastMilestone) => {
      const verdict = judgeClock({
        ...present(),
        isSynchronised: clock.state().isSynchronised,
        anchor,
        afterStep,
        lastMilestoneMs: lastMilestone === null ? null : lastMilestone * 1000,
      });
      metrics.clockRefused(verdict.state === "refused");
      if (verdict.state === "refused") {
        if (refusal === null) log.error({reason: verdict.because}, "no milestones are issued");
        refusal = verdict.because;
        afterStep = verdict.afterStep;
        return null;
      }
      if (refusal !== null) log.info({}, "the clock is trusted again; milestones are issued");
      refusal = null;
      afterStep = null;
      anchor = verdict.anchor;
      return verdict.timeMs;
    },
    get refusal() {
      return refusal;
    },
    confirm: () => {
      anchor = present();
      log.info({time: new Date(anchor.wallMs).toISOString()}, "the operator confirmed the time");
    },
  };
}
