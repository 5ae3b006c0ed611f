// Does everything check? The verdict over all machines, and where the eye goes first. Pure.

import type {MachineVerdict} from "../../../client/index.ts";

/** The worst that is so, first. `entries`: of all machines. */
export type Headline =
  | {readonly kind: "empty"}
  | {readonly kind: "broken"; readonly machine: string; readonly seq: number; readonly others: number}
  /** `since`: the oldest of them; null: never. */
  | {
      readonly kind: "unchecked";
      readonly machine: string;
      readonly machines: number;
      readonly since: string | null;
    }
  | {readonly kind: "waiting"; readonly machines: number; readonly entries: number; readonly waiting: number}
  | {readonly kind: "verified"; readonly entries: number; readonly lastAnchor: string | null};

export function headlineOf(verdicts: readonly MachineVerdict[]): Headline {
  const entries = verdicts.reduce((sum, verdict) => sum + verdict.entries, 0);
  if (entries === 0) return {kind: "empty"};
  const broken = verdicts.filter((verdict) => verdict.broken !== null);
  if (broken.length > 0) {
    const [first] = broken;
    return {kind: "broken", machine: first!.machine, seq: first!.broken!.seq, others: broken.length - 1};
  }
  const unchecked = verdicts.filter(isUnchecked);
  if (unchecked.length > 0) {
    const times = unchecked.map((verdict) => verdict.unchecked!.since);
    return {
      kind: "unchecked",
      machine: unchecked[0]!.machine,
      machines: unchecked.length,
      since: times.includes(null) ? null : (times.toSorted()[0] ?? null),
    };
  }
  const waiting = verdicts.filter(({state}) => state === "waiting");
  if (waiting.length > 0)
    return {
      kind: "waiting",
      machines: waiting.length,
      entries,
      waiting: waiting.reduce((sum, verdict) => sum + verdict.entries - verdict.anchoredEntries, 0),
    };
  const anchors = verdicts.flatMap(({lastAnchor}) => (lastAnchor === null ? [] : [lastAnchor.time]));
  return {kind: "verified", entries, lastAnchor: anchors.toSorted().at(-1) ?? null};
}

/** Whether a check is overdue or failed. One that has not come yet, such as of a new machine, comes by itself and is no concern. */
export function isUnchecked({unchecked}: MachineVerdict): boolean {
  return unchecked !== null && unchecked.why !== "not-yet";
}

/** Verdicts as they are listed: broken, not checked, waiting, the others; by name within each. */
export function inOrderOfConcern(verdicts: readonly MachineVerdict[]): readonly MachineVerdict[] {
  const rank = (verdict: MachineVerdict) =>
    verdict.broken !== null ? 0 : isUnchecked(verdict) ? 1 : verdict.state === "waiting" ? 2 : 3;
  // Waiting for an anchor is how every machine is for a while after each entry: it moves nothing in the list.
  const place = (verdict: MachineVerdict) => Math.min(rank(verdict), 2);
  return verdicts.toSorted((a, b) => place(a) - place(b) || (a.machine < b.machine ? -1 : 1));
}
