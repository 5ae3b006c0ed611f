// The active alarms as a list that events keep up, and what the window's title says of them. Pure.

import type {Alarm, AlarmEvent} from "../client/index.ts";

/** The list after an event, in the gateway's order: alarms before warnings, oldest first. */
export function withEvent(alarms: readonly Alarm[], {what, alarm}: AlarmEvent): readonly Alarm[] {
  const others = alarms.filter(({id}) => id !== alarm.id);
  return what === "ended" ? others : [...others, alarm].sort(inOrder);
}

/** Those that nobody took note of: what the bell counts. */
export function unnoticed(alarms: readonly Alarm[]): readonly Alarm[] {
  return alarms.filter(({acknowledged}) => acknowledged === null);
}

/** What the browser's tab says. */
export function titleOf(site: string | null, alarms: readonly Alarm[]): string {
  const title = site === null ? "Tanglegate" : `${site} · Tanglegate`;
  const shown = unnoticed(alarms).length;
  return shown === 0 ? title : `(${shown}) ${title}`;
}

function inOrder(a: Alarm, b: Alarm): number {
  const bySeverity = Number(a.severity === "warning") - Number(b.severity === "warning");
  if (bySeverity !== 0) return bySeverity;
  if (a.since !== b.since) return a.since < b.since ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
