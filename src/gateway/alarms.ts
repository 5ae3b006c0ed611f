// The alarms of the gateway: asks every part what is not as it should be, keeps the answer over a restart, and tells pages, MQTT and the
// audit trail what changed.

import {z} from "zod";
import type {Alarm, AlarmCondition, AlarmEvent} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import {type ActiveAlarms, ALARMS_MAX, acknowledgeAlarm, advanceAlarms, listAlarms} from "./alarm-rules.ts";
import {openJsonFile} from "./auth/json-file.ts";
import type {Actor} from "./auth/record.ts";

/** A part that notices things. `name` is the first part of the ids of what it notices. */
export interface AlarmSource {
  readonly name: string;
  /** What does not hold any more is left out. An error means that nobody knows. */
  conditions(): Promise<readonly AlarmCondition[]>;
}

export interface Alarms extends Service {
  list(): readonly Alarm[];
  /** Errors: `gateway/not-found` when it is not active. */
  acknowledge(id: string, by: Actor): Promise<Alarm>;
  /** Asks all parts now. */
  look(): Promise<void>;
  /** Calls back after each change; returns what ends that. */
  onEvent(listener: (event: AlarmEvent) => void): () => void;
}

export interface AlarmDependencies {
  readonly clock: Clock;
  readonly log: Log;
  readonly sources: readonly AlarmSource[];
  /** Writes an event to the gateway's own audit log. `by`: who did it, else the gateway. */
  readonly record: (event: AlarmEvent, more: {readonly by: Actor | null; readonly skipped: number}) => Promise<void>;
}

const EVERY_MS = 5_000;
/** Entries that alarms write to the audit trail in an hour; the next one says how many were left out. */
const RECORDS_PER_HOUR = 120;
const HOUR_MS = 3_600_000;

const alarmSchema = z.object({
  id: z.string(),
  severity: z.enum(["alarm", "warning"]),
  source: z.object({kind: z.enum(["machine", "device", "part"]), name: z.string()}),
  sentence: z.string(),
  remedy: z.string(),
  since: z.string(),
  acknowledged: z.object({by: z.string(), at: z.string()}).nullable(),
});
const fileSchema = z.strictObject({version: z.literal(1), alarms: z.array(alarmSchema).max(ALARMS_MAX)});

/** `file`: where active alarms lie, so that a restart neither raises them again nor forgets who took note. */
export function createAlarms(file: string, {clock, log, sources, record}: AlarmDependencies): Alarms {
  const stored = openJsonFile(file, fileSchema, {version: 1, alarms: []});
  const listeners = new Set<(event: AlarmEvent) => void>();
  let active: ActiveAlarms = new Map();
  let recorded = {sinceMs: 0, count: 0, skipped: 0};
  let stopping = new AbortController();
  let looping: Promise<void> | null = null;

  const recordBounded = async (event: AlarmEvent, by: Actor | null) => {
    const nowMs = clock.monotonicMs();
    if (nowMs - recorded.sinceMs > HOUR_MS) recorded = {sinceMs: nowMs, count: 0, skipped: recorded.skipped};
    if (recorded.count >= RECORDS_PER_HOUR) {
      recorded.skipped++;
      return;
    }
    recorded.count++;
    const {skipped} = recorded;
    try {
      await record(event, {by, skipped});
      recorded.skipped -= skipped;
    } catch (error) {
      // The audit trail may be the very part that is in trouble.
      log.warn({alarm: event.alarm.id, reason: sentenceOf(error)}, "an alarm is not in the audit trail");
    }
  };

  const tell = async (events: readonly AlarmEvent[], by: Actor | null = null) => {
    if (events.length === 0) return;
    try {
      stored.write({version: 1, alarms: [...listAlarms(active)]});
    } catch (error) {
      log.warn({reason: sentenceOf(error)}, "active alarms are not kept for the next start");
    }
    for (const event of events) {
      const {id, severity, sentence} = event.alarm;
      if (event.what === "raised") log.warn({id, severity, sentence}, "alarm raised");
      for (const listener of listeners) listener(event);
      await recordBounded(event, by);
    }
  };

  const look = async () => {
    const conditions: AlarmCondition[] = [];
    const silent: string[] = [];
    for (const source of sources) {
      try {
        conditions.push(...(await source.conditions()));
      } catch (error) {
        silent.push(source.name);
        log.debug({source: source.name, reason: sentenceOf(error)}, "a part does not say how it is");
      }
    }
    const advance = advanceAlarms(active, {conditions, silent, nowMs: clock.now()});
    active = advance.active;
    if (advance.dropped > 0) log.warn({dropped: advance.dropped}, "more alarms than are kept");
    await tell(advance.events);
  };

  const loop = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      await look();
      await clock.sleep(EVERY_MS, signal).catch(() => undefined);
    }
  };

  return {
    ...createService({
      start: async () => {
        stopping = new AbortController();
        const seenMs = clock.now();
        active = new Map(stored.read().alarms.map((alarm) => [alarm.id, {alarm, seenMs}]));
        looping = loop(stopping.signal);
      },
      stop: async () => {
        stopping.abort(new GatewayError("gateway/unavailable", "The gateway is stopping."));
        await looping;
      },
    }),
    list: () => listAlarms(active),
    acknowledge: async (id, by) => {
      const outcome = acknowledgeAlarm(active, {id, by: by.actor, nowMs: clock.now()});
      if (outcome === null) throw new GatewayError("gateway/not-found", `There is no active alarm ${id}.`, {id});
      active = outcome.active;
      if (outcome.event !== null) await tell([outcome.event], by);
      return outcome.alarm;
    },
    look,
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
