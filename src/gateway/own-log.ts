// Log of the gateway's own events: logins are not machines, but who may do what is worth a proof.

import type {Audit} from "../audit/index.ts";
import {GATEWAY_MACHINE} from "../client/index.ts";
import {sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import type {AlarmDependencies} from "./alarms.ts";
import {type AccessEvent, GATEWAY_ACTOR, type RecordAccess} from "./auth/record.ts";

export function recorderOf(audit: Pick<Audit, "append">): RecordAccess {
  return async (events, by) => {
    await audit.append(
      events.map((event) => ({machine: GATEWAY_MACHINE, ...event})),
      by,
    );
  };
}

/** Raised and ended alarms are events of the gateway itself; who takes note of one stands there by name. */
export function alarmRecorderOf(audit: Pick<Audit, "append">): AlarmDependencies["record"] {
  return async ({what, alarm}, {by, skipped}) => {
    const {id, severity, source, sentence} = alarm;
    const body = {severity, source, sentence, ...(skipped > 0 ? {skipped} : {})};
    await audit.append([{machine: GATEWAY_MACHINE, type: `alarm-${what}`, subject: id, body}], by ?? GATEWAY_ACTOR);
  };
}

interface OwnLogOptions {
  /** Of start and stop. */
  readonly facts: Readonly<Record<string, string>>;
  /** What has happened while no entry could be written yet. */
  readonly before?: readonly AccessEvent[];
  readonly log: Log;
}

/**
 * The gateway's own start and stop belong into its trail, and so do the times in which the trail took no entry: an auditor sees when
 * nobody was watching.
 */
export function recordingItself(
  audit: Pick<Audit, "append" | "onResumed">,
  {facts, before = [], log}: OwnLogOptions,
): Service {
  let end: () => void = () => undefined;
  const record = (...events: readonly AccessEvent[]) =>
    recorderOf(audit)(events, GATEWAY_ACTOR).catch((error: unknown) => {
      // A full disk must not keep the gateway down: what it has can still be read and proven.
      const types = events.map(({type}) => type);
      log.error({types, error: sentenceOf(error)}, "the gateway could not record itself");
    });
  return createService({
    start: async () => {
      end = audit.onResumed(({from, because}) => void record({type: "audit-resumed", body: {from, because}}));
      await record({type: "gateway-started", body: facts}, ...before);
    },
    stop: async () => {
      end();
      await record({type: "gateway-stopped", body: facts});
    },
  });
}
