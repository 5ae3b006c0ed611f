// A filter as questions: may a run of entries have a hit, are all of it hits, is this entry one.

import {fromUtf8} from "../bytes.ts";
import type {AuditFilter, AuditKind, ReviewState} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import {parseBody} from "./entry.ts";
import {AUDIT_KINDS, kindOf} from "./kinds.ts";
import type {Logs} from "./logs.ts";
import type {MachineLog} from "./machine-log.ts";
import type {StoredEntry} from "./records.ts";
import {stateOf} from "./review-rules.ts";
import type {Counts, LeafFacts} from "./summary.ts";
import type {Span} from "./summary-tree.ts";

export interface Plan {
  /** Logs to look at, by machine and segment. */
  readonly logs: readonly MachineLog[];
  /** Bounds of `time.utc`; null = none. */
  readonly from: string | null;
  readonly to: string | null;
  /** Whether a hit depends on what is in the body. */
  readonly needsBody: boolean;
  isType(type: string): boolean;
  /** What a run can be said to hold, from its summary alone. */
  outlookOf(span: Span): Outlook;
  /** Whether an entry is a hit; asks for the body only when everything else holds. */
  isHit(
    entry: {readonly log: MachineLog; readonly index: number; readonly stored: StoredEntry},
    facts: LeafFacts,
  ): boolean;
}

/**
 * `none`: no hit. `some`: it must be looked at. `typed`: the hits are the entries of the filter's types and nothing else matters; with
 * `all` every entry is one. `counted`: that many hits, of whatever type.
 */
export type Outlook =
  | {readonly kind: "none" | "some" | "typed" | "all"}
  | {readonly kind: "counted"; readonly hits: number};

const MACHINES_MAX = 256;
const TEXT_MAX = 256;
const STATES = ["verified", "waiting"] as const;
const REVIEWS = ["open", "reviewed", "question", "handed-over"] as const;

/** Errors: `audit/invalid` with the field, `audit/not-found` for a machine without a log. */
export function planOf(logs: Logs, filter: AuditFilter): Plan {
  checkFilter(filter);
  const {actor, subject, value, text, state, review} = filter;
  const [from, to] = [timeOf("from", filter.from), timeOf("to", filter.to)];
  const types = filter.types === undefined ? null : new Set(filter.types);
  const kinds = filter.kinds === undefined ? null : new Set(filter.kinds);
  const isType = (type: string) => (types === null || types.has(type)) && (kinds === null || kinds.has(kindOf(type)));
  const isActor = partOf(actor);
  const isSubject = partOf(subject);
  const needsBody = value !== undefined || text !== undefined;
  const isText = partOf(text);
  const hasTypes = types !== null || kinds !== null;

  const outlookOf = (span: Span): Outlook => {
    const {summary, log} = span;
    if ((from !== null && summary.to < from) || (to !== null && summary.from > to)) return {kind: "none"};
    const first = log.firstSeq + span.start;
    const last = log.firstSeq + span.end - 1;
    const reviewed = review === undefined ? null : logs.marks.reviewOf(log.machine, [first, last]);
    if (reviewed !== null && reviewed !== review) return {kind: "none"};
    const anchored = state === undefined ? null : anchoredOf(log, span);
    if (anchored !== null && anchored !== state) return {kind: "none"};
    const ofTypes = hasTypes ? countIn(summary.types, isType) : summary.entries;
    const ofActors = isActor === null ? summary.entries : countIn(summary.actors, isActor);
    const ofSubjects = isSubject === null ? summary.entries : countIn(summary.subjects, isSubject);
    if (ofTypes === 0 || ofActors === 0 || ofSubjects === 0) return {kind: "none"};
    const isWhole =
      span.isExact &&
      !needsBody &&
      (from === null || summary.from >= from) &&
      (to === null || summary.to <= to) &&
      (review === undefined || reviewed !== null) &&
      (state === undefined || anchored !== null);
    if (!isWhole) return {kind: "some"};
    const partial = [ofTypes, ofActors, ofSubjects].filter((count) => count !== summary.entries);
    if (partial.length === 0) return {kind: "all"};
    if (partial.length > 1 || partial[0] === null) return {kind: "some"};
    return ofTypes === partial[0] && ofTypes !== summary.entries
      ? {kind: "typed"}
      : {kind: "counted", hits: partial[0] as number};
  };

  return {
    logs: logsOf(logs, filter.machines),
    from,
    to,
    needsBody,
    isType,
    outlookOf,
    isHit: ({log, index, stored}, facts) => {
      if (hasTypes && !isType(facts.type)) return false;
      if ((from !== null && facts.utc < from) || (to !== null && facts.utc > to)) return false;
      if (isActor !== null && !isActor(facts.actor)) return false;
      if (isSubject !== null && !isSubject(facts.subject ?? "")) return false;
      if (state !== undefined && (index < (log.confirmed?.size ?? 0) ? "verified" : "waiting") !== state) return false;
      if (review !== undefined && stateOf(logs.marks.of(log.machine).reviews.at(log.firstSeq + index)) !== review)
        return false;
      if (value !== undefined && !hasValue(stored.body, value.toLowerCase())) return false;
      return (
        isText === null ||
        isText(facts.type) ||
        isText(facts.actor) ||
        isText(facts.subject ?? "") ||
        hasText(stored, isText)
      );
    },
  };
}

function logsOf(logs: Logs, machines: readonly string[] | undefined): readonly MachineLog[] {
  const names = machines === undefined ? logs.machines() : [...new Set(machines)].sort();
  return names.flatMap((machine) => {
    const segments = logs.segments(machine);
    if (segments.length === 0)
      throw new GatewayError("audit/not-found", `There is no log of the machine ${machine}.`, {machine});
    return segments;
  });
}

function anchoredOf(log: MachineLog, {start, end}: Span): "verified" | "waiting" | null {
  const size = log.confirmed?.size ?? 0;
  return end <= size ? "verified" : start >= size ? "waiting" : null;
}

// Null when the names are not known.
function countIn(counts: Counts, isWanted: (name: string) => boolean): number | null {
  if (counts === null) return null;
  let sum = 0;
  for (const [name, count] of counts) if (isWanted(name)) sum += count;
  return sum;
}

function partOf(part: string | undefined): ((text: string) => boolean) | null {
  if (part === undefined) return null;
  const wanted = part.toLowerCase();
  return (text) => text.toLowerCase().includes(wanted);
}

function hasText({leaf, body}: StoredEntry, isText: (text: string) => boolean): boolean {
  if (body !== null && isText(fromUtf8(body))) return true;
  const reason = /"reasonCode":"([^"]*)"/.exec(fromUtf8(leaf))?.[1];
  return reason !== undefined && isText(reason);
}

function hasValue(body: Uint8Array | null, part: string): boolean {
  if (body === null) return false;
  // Most bodies do not have it anywhere, and need no parser for that.
  const spelled = JSON.stringify(part).slice(1, -1);
  return fromUtf8(body).toLowerCase().includes(spelled) && isAmong(parseBody(body), part);
}

// Values at any depth; names of fields are none.
function isAmong(value: unknown, part: string): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some((inner) => isAmong(inner, part));
  return value !== null && String(value).toLowerCase().includes(part);
}

function timeOf(field: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) throw invalid(field, "an RFC 3339 time such as 2026-01-31T12:00:00Z");
  return new Date(ms).toISOString();
}

/** Checks a filter from outside. Errors: `audit/invalid` with the field. */
export function checkFilter(filter: AuditFilter): void {
  const {machines, types, kinds, state, review} = filter;
  for (const [field, list] of Object.entries({machines, types, kinds}))
    if (list !== undefined && (list.length === 0 || list.length > MACHINES_MAX))
      throw invalid(field, `1 to ${MACHINES_MAX} names`);
  const kind = kinds?.find((name) => !AUDIT_KINDS.includes(name as AuditKind));
  if (kind !== undefined) throw invalid("kind", `any of ${AUDIT_KINDS.join(", ")}`);
  if (state !== undefined && !STATES.includes(state)) throw invalid("state", `one of ${STATES.join(", ")}`);
  if (review !== undefined && !REVIEWS.includes(review as ReviewState))
    throw invalid("review", `one of ${REVIEWS.join(", ")}`);
  for (const field of ["actor", "subject", "value", "text"] as const) {
    const part = filter[field];
    if (part !== undefined && (part.length === 0 || part.length > TEXT_MAX))
      throw invalid(field, `1 to ${TEXT_MAX} characters`);
  }
  const [from, to] = [timeOf("from", filter.from), timeOf("to", filter.to)];
  if (from !== null && to !== null && from > to) throw invalid("from", "not after to");
}

function invalid(field: string, rule: string): GatewayError {
  return new GatewayError("audit/invalid", `${field}: ${rule}.`, {field});
}
