// Which alarms are active, as a rule: from the alarms before, the conditions that hold now, and the time. An alarm is raised at once and
// ends when its condition has not held for a while, so what flickers is one alarm and not a hundred.

import type {Alarm, AlarmCondition, AlarmEvent} from "../client/index.ts";

/** How long a condition must be gone before its alarm ends. */
export const HOLD_MS = 60_000;
export const ALARMS_MAX = 500;

export interface ActiveAlarm {
  readonly alarm: Alarm;
  /** When the condition last held. */
  readonly seenMs: number;
}

export type ActiveAlarms = ReadonlyMap<string, ActiveAlarm>;

/** What is known at one moment. */
export interface Observation {
  readonly conditions: readonly AlarmCondition[];
  /** First parts of ids (`audit`, `field`) that could not be asked: nobody knows whether theirs have ended. */
  readonly silent: readonly string[];
  readonly nowMs: number;
}

export interface Advance {
  readonly active: ActiveAlarms;
  readonly events: readonly AlarmEvent[];
  /** Conditions that found no room. */
  readonly dropped: number;
}

export function advanceAlarms(before: ActiveAlarms, {conditions, silent, nowMs}: Observation): Advance {
  const at = new Date(nowMs).toISOString();
  const active = new Map(before);
  const events: AlarmEvent[] = [];
  let dropped = 0;
  // The worst first, so that they find room.
  for (const condition of [...conditions].sort(bySeverity)) {
    const known = active.get(condition.id);
    if (known === undefined && active.size >= ALARMS_MAX) {
      dropped++;
      continue;
    }
    const alarm = known === undefined ? {...condition, since: at, acknowledged: null} : renew(known.alarm, condition);
    active.set(condition.id, {alarm, seenMs: nowMs});
    if (known === undefined) events.push({what: "raised", alarm, at});
    else if (known.alarm.severity !== alarm.severity) events.push({what: "changed", alarm, at});
  }
  for (const [id, {alarm, seenMs}] of active) {
    if (seenMs === nowMs) continue;
    if (silent.includes(id.split("/")[0]!)) active.set(id, {alarm, seenMs: nowMs});
    else if (nowMs - seenMs >= HOLD_MS) {
      active.delete(id);
      events.push({what: "ended", alarm, at});
    }
  }
  return {active, events, dropped};
}

// Whoever took note of a warning has not taken note of the alarm that it became.
function renew(alarm: Alarm, condition: AlarmCondition): Alarm {
  const hasRisen = alarm.severity === "warning" && condition.severity === "alarm";
  return {...condition, since: alarm.since, acknowledged: hasRisen ? null : alarm.acknowledged};
}

/** Takes note of an alarm; null when it is not active. An alarm that somebody took note of stays theirs. */
export function acknowledgeAlarm(
  before: ActiveAlarms,
  {id, by, nowMs}: {readonly id: string; readonly by: string; readonly nowMs: number},
): {readonly active: ActiveAlarms; readonly alarm: Alarm; readonly event: AlarmEvent | null} | null {
  const known = before.get(id);
  if (known === undefined) return null;
  if (known.alarm.acknowledged !== null) return {active: before, alarm: known.alarm, event: null};
  const at = new Date(nowMs).toISOString();
  const alarm = {...known.alarm, acknowledged: {by, at}};
  const active = new Map(before).set(id, {...known, alarm});
  return {active, alarm, event: {what: "acknowledged", alarm, at}};
}

/** Alarms before warnings, oldest first. */
export function listAlarms(active: ActiveAlarms): readonly Alarm[] {
  return [...active.values()]
    .map(({alarm}) => alarm)
    .sort((a, b) => bySeverity(a, b) || (a.since < b.since ? -1 : a.since > b.since ? 1 : a.id < b.id ? -1 : 1));
}

function bySeverity(a: AlarmCondition, b: AlarmCondition): number {
  return Number(a.severity === "warning") - Number(b.severity === "warning");
}
