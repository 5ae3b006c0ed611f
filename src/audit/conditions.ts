// What of the audit trail somebody must do something about. Pure: from the state of things to sentences.

import type {AlarmCondition, AuditStorage, MachineVerdict} from "../client/index.ts";
import type {AuditState} from "./audit.ts";

export interface ConditionFacts {
  readonly state: AuditState;
  readonly verdicts: readonly MachineVerdict[];
  /** Machines that have waited too long for an anchor, and since when. */
  readonly late: readonly {readonly machine: string; readonly since: string}[];
  readonly overdue: readonly {readonly machine: string; readonly due: string}[];
  readonly erasureFailure: string | null;
  /** Null when it is not known yet. */
  readonly storage: Pick<AuditStorage, "disk"> | null;
  readonly nowMs: number;
}

/** Share of the disk, and days until it is full, below which somebody hears of it. IEC 62443-3-3 SR 2.9. */
const DISK = {warning: {share: 0.1, days: 30}, alarm: {share: 0.03, days: 3}} as const;
const DAY_MS = 86_400_000;
const AUDIT = {kind: "part", name: "audit"} as const;

/** What a state alone says; null when entries are accepted. */
export function conditionOf(state: AuditState): AlarmCondition | null {
  if (state.isAccepting) return null;
  return {
    id: "audit/not-accepting",
    severity: "alarm",
    source: AUDIT,
    sentence: state.because,
    remedy:
      "If the disk is full, free space: recording goes on by itself soon after. Else look at the disk, then restart the gateway. " +
      "Machines run on; their events are not recorded meanwhile.",
  };
}

export function conditionsOf(facts: ConditionFacts): readonly AlarmCondition[] {
  const {state, verdicts, late, overdue, erasureFailure, storage, nowMs} = facts;
  const closed = conditionOf(state);
  const conditions: AlarmCondition[] = closed === null ? [] : [closed];
  for (const {machine, broken} of verdicts)
    if (broken !== null)
      conditions.push({
        id: `audit/broken/${machine}`,
        severity: "alarm",
        source: {kind: "machine", name: machine},
        sentence: `The log of ${machine} is broken at entry ${broken.seq}: ${broken.because}`,
        remedy: broken.remedy,
      });
  for (const {machine, unchecked, broken} of verdicts)
    if (broken === null && unchecked !== null && unchecked.why !== "not-yet")
      conditions.push({
        id: `audit/unchecked/${machine}`,
        severity: "warning",
        source: {kind: "machine", name: machine},
        sentence: `The log of ${machine} was ${unchecked.since === null ? "never checked" : `not checked since ${unchecked.since}`}. ${unchecked.because}`,
        remedy: "Ask for a check on the Audit page. If it fails again, look at the disk.",
      });
  if (late.length > 0)
    conditions.push({
      id: "audit/anchor-late",
      severity: "warning",
      source: AUDIT,
      sentence: `${late.length === 1 ? `The log of ${late[0]!.machine} waits` : `${late.length} logs wait`} for an anchor since ${late[0]!.since}.`,
      remedy:
        "See whether the node is healthy and a coordinator issues milestones. What was recorded is kept, and anchored later.",
    });
  for (const {machine, due} of overdue)
    conditions.push({
      id: `audit/review-overdue/${machine}`,
      severity: "warning",
      source: {kind: "machine", name: machine},
      sentence: `The review of ${machine} was due on ${due.slice(0, 10)}.`,
      remedy: "Review its critical entries on the Audit page.",
    });
  if (erasureFailure !== null)
    conditions.push({
      id: "audit/erasure-unfinished",
      severity: "alarm",
      source: AUDIT,
      sentence: erasureFailure,
      remedy: "Look at the disk, then restart the gateway: it goes on where it stopped.",
    });
  const disk = storage === null ? null : diskCondition(storage.disk, nowMs);
  if (disk !== null) conditions.push({...disk, source: AUDIT});
  return conditions;
}

function diskCondition(
  {freeBytes, totalBytes, fullOn}: AuditStorage["disk"],
  nowMs: number,
): Omit<AlarmCondition, "source"> | null {
  const days = fullOn === null ? Number.POSITIVE_INFINITY : (Date.parse(fullOn) - nowMs) / DAY_MS;
  const isPast = ({share, days: bound}: {share: number; days: number}) =>
    freeBytes < share * totalBytes || days < bound;
  if (!isPast(DISK.warning)) return null;
  const free = `${Math.round((100 * freeBytes) / totalBytes)} % of the disk is free`;
  const when = fullOn === null ? "" : `; at the present growth it is full on ${fullOn.slice(0, 10)}`;
  return {
    id: "audit/disk-nearly-full",
    severity: isPast(DISK.alarm) ? "alarm" : "warning",
    sentence: `${free}${when}.`,
    remedy:
      "Free space, move the data folder to a larger disk, or set audit.retention_days. A full disk ends the recording.",
  };
}
