// What the audit page shows, and the address that says so: filters, range of time, and the entry that is open. Pure.

import type {AuditFilter, AuditKind, ReviewState} from "../../../client/index.ts";

/** In the order in which a reader wants them; the same as the gateway's. */
export const KINDS: readonly AuditKind[] = ["critical", "alarm", "batch", "access", "other"];
export const REVIEW_STATES: readonly ReviewState[] = ["open", "question", "handed-over", "reviewed"];
const ANCHOR_STATES = ["verified", "waiting"] as const;

/** Ranges that move with the time of now, and the one that begins where the last review ended. */
export const PRESETS = ["today", "7d", "30d", "since-review"] as const;
export type Preset = (typeof PRESETS)[number];

export interface View {
  /** Empty: all machines. */
  readonly machines: readonly string[];
  /** Null: not chosen yet, so the page chooses. Empty: all kinds. */
  readonly kinds: readonly AuditKind[] | null;
  readonly types: readonly string[];
  /** Parts of texts; empty: does not matter. */
  readonly actor: string;
  readonly subject: string;
  readonly value: string;
  readonly text: string;
  readonly review: ReviewState | null;
  readonly state: (typeof ANCHOR_STATES)[number] | null;
  /** A preset leaves `from` and `to` null. */
  readonly preset: Preset | null;
  readonly from: string | null;
  readonly to: string | null;
  /** The entry in the sheet. */
  readonly open: {readonly machine: string; readonly seq: number} | null;
}

export const EMPTY_VIEW: View = {
  machines: [],
  kinds: null,
  types: [],
  actor: "",
  subject: "",
  value: "",
  text: "",
  review: null,
  state: null,
  preset: null,
  from: null,
  to: null,
  open: null,
};

const ALL = "all";
const TEXT_MAX = 256;

/** What an address shows. What it spells wrongly does not matter. `path`: its parts, "audit" first. */
export function viewOf(path: readonly string[], query: URLSearchParams): View {
  const [, machine, number] = path;
  const seq = number !== undefined && /^\d{1,15}$/.test(number) ? Number(number) : null;
  const open = machine !== undefined && seq !== null ? {machine, seq} : null;
  const named = listOf(query, "machine");
  const preset = oneOf(query, "time", PRESETS);
  const kind = query.get("kind");
  return {
    machines: open === null && machine !== undefined ? [machine] : named,
    kinds: kind === null ? null : kind === ALL ? [] : KINDS.filter((known) => kind.split(",").includes(known)),
    types: listOf(query, "type"),
    actor: textOf(query, "actor"),
    subject: textOf(query, "subject"),
    value: textOf(query, "value"),
    text: textOf(query, "text"),
    review: oneOf(query, "review", REVIEW_STATES),
    state: oneOf(query, "state", ANCHOR_STATES),
    preset,
    from: preset === null ? timeOf(query, "from") : null,
    to: preset === null ? timeOf(query, "to") : null,
    open,
  };
}

/** The address of a view: one spelling for each. One machine alone is a part of the path, unless an entry is open there. */
export function addressOf(view: View): string {
  const {machines, kinds, types, open, preset} = view;
  const isInPath = open === null && machines.length === 1;
  const parts = open !== null ? [open.machine, String(open.seq)] : isInPath ? machines : [];
  const query = new URLSearchParams();
  const put = (name: string, value: string | null) => {
    if (value !== null && value !== "") query.set(name, value);
  };
  put("machine", isInPath ? null : machines.join(","));
  put("kind", kinds === null ? null : kinds.length === 0 ? ALL : kinds.join(","));
  put("type", types.join(","));
  for (const name of ["actor", "subject", "value", "text", "review", "state"] as const) put(name, view[name]);
  put("time", preset);
  put("from", view.from);
  put("to", view.to);
  const path = ["audit", ...parts].map(encodeURIComponent).join("/");
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return `/${path}${text === "" ? "" : `?${text}`}`;
}

/** A range of time. Null: open at that end. */
export interface Range {
  readonly from: string | null;
  readonly to: string | null;
}

/**
 * The range of a view. `now`: milliseconds. `lastReview`: RFC 3339, null when nothing was ever reviewed; then all of it is since then. Days are
 * those of this browser's time zone.
 */
export function rangeOf(
  {preset, from, to}: Pick<View, "preset" | "from" | "to">,
  {now, lastReview}: {now: number; lastReview: string | null},
): Range {
  switch (preset) {
    case null:
      return {from, to};
    case "today":
      return {from: startOfDay(now, 0), to: null};
    case "7d":
      return {from: startOfDay(now, 6), to: null};
    case "30d":
      return {from: startOfDay(now, 29), to: null};
    case "since-review":
      return {from: lastReview, to: null};
  }
}

/** The filter as the gateway takes it. */
export function filterOf(view: View, {from, to}: Range): AuditFilter {
  const {machines, kinds, types, actor, subject, value, text, review, state} = view;
  return {
    ...(machines.length > 0 ? {machines} : {}),
    ...(kinds !== null && kinds.length > 0 && kinds.length < KINDS.length ? {kinds} : {}),
    ...(types.length > 0 ? {types} : {}),
    ...(actor === "" ? {} : {actor}),
    ...(subject === "" ? {} : {subject}),
    ...(value === "" ? {} : {value}),
    ...(text === "" ? {} : {text}),
    ...(review === null ? {} : {review}),
    ...(state === null ? {} : {state}),
    ...(from === null ? {} : {from}),
    ...(to === null ? {} : {to}),
  };
}

/** A saved filter as a view. Nothing is left to the page to choose. */
export function viewOfFilter({machines, kinds, types, ...rest}: AuditFilter): View {
  return {...EMPTY_VIEW, ...rest, machines: machines ?? [], kinds: kinds ?? [], types: types ?? []};
}

/** The query of a filter, for `GET /entries` and what stands beside it; begins with `?`, or is empty. */
export function queryOf(filter: AuditFilter, more: Readonly<Record<string, string | number | undefined>> = {}): string {
  const {machines, kinds, types, ...rest} = filter;
  const given = Object.entries({
    machine: machines?.join(","),
    kind: kinds?.join(","),
    type: types?.join(","),
    ...rest,
    ...more,
  }).filter(([, value]) => value !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/** How many filters are set, apart from the kinds. */
export function filtersSet(view: View): number {
  const {machines, types, preset, from, to, actor, subject, value, text, review, state} = view;
  const isSet = [
    machines.length > 0,
    types.length > 0,
    preset !== null || from !== null || to !== null,
    ...[actor, subject, value, text].map((part) => part !== ""),
    review !== null,
    state !== null,
  ];
  return isSet.filter(Boolean).length;
}

/** For an input of the type `datetime-local`: the instant in this browser's zone, to the minute; empty for null. */
export function toLocalInput(utc: string | null): string {
  if (utc === null) return "";
  const date = new Date(utc);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** What such an input says as RFC 3339 UTC; null when it is empty. `end`: the last millisecond of that minute. */
export function fromLocalInput(text: string, edge: "start" | "end"): string | null {
  const at = Date.parse(text);
  if (Number.isNaN(at)) return null;
  return new Date(edge === "start" ? at : at + 59_999).toISOString();
}

function startOfDay(now: number, daysBefore: number): string {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - daysBefore).toISOString();
}

function listOf(query: URLSearchParams, name: string): readonly string[] {
  const names = (query.get(name) ?? "").split(",").filter((part) => part !== "");
  return [...new Set(names)];
}

function textOf(query: URLSearchParams, name: string): string {
  return (query.get(name) ?? "").slice(0, TEXT_MAX);
}

function oneOf<Word extends string>(query: URLSearchParams, name: string, words: readonly Word[]): Word | null {
  const word = query.get(name);
  return words.find((known) => known === word) ?? null;
}

function timeOf(query: URLSearchParams, name: string): string | null {
  const at = Date.parse(query.get(name) ?? "");
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
