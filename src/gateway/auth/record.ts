import {sentenceOf} from "../../errors.ts";
import type {Log} from "../../log.ts";

/** Who did it, as the entry names them. */
export interface Actor {
  readonly actor: string;
  readonly role: string;
}

/** The gateway itself, for what nobody did by name. */
export const GATEWAY_ACTOR: Actor = {actor: "process:gateway", role: "process"};

/**
 * A change of access, or a login. A change has the fields that say what it is about, then `old` and `new` (null: there was or is nothing)
 * and, when somebody gave one, `reason`. Names of people and addresses stand in the body alone: it can be erased, a subject cannot.
 */
export interface AccessEvent {
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Writes events to the gateway's own audit log; resolves when they are on disk. */
export type RecordAccess = (events: readonly AccessEvent[], by: Actor) => Promise<void>;

/** For what must not fail because it cannot be recorded: the log says so instead. */
export function recordOrLog(record: RecordAccess, log: Log): RecordAccess {
  return async (events, by) => {
    try {
      await record(events, by);
    } catch (error) {
      const types = events.map(({type}) => type);
      log.error({types, actor: by.actor, reason: sentenceOf(error)}, "a change of access is not in the audit trail");
    }
  };
}
