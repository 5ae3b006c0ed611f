// Counting: how many hits, how they lie in time, what there is to filter by. Runs of entries are counted from their summaries where these
// say all that is asked; only what lies on an edge of the filter is read. Work is bounded.

import {setImmediate} from "node:timers/promises";
import type {
  AuditCount,
  AuditDensity,
  AuditDensityQuery,
  AuditFacets,
  AuditFilter,
  AuditKind,
} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import {anchorsBetween} from "./anchor-store.ts";
import {kindOf} from "./kinds.ts";
import type {Logs} from "./logs.ts";
import {type Outlook, type Plan, planOf} from "./search-filter.ts";
import {factsOf, type LeafFacts, type Summary, typeOf} from "./summary.ts";
import type {Span} from "./summary-tree.ts";

/** Entries that one answer reads. */
const READ_MAX = 100_000;
/** The same for a density: past it, what lies across buckets is shared out by time. */
const DENSITY_READ_MAX = 50_000;
const SPANS_PER_TURN = 64;
const BUCKETS = 200;
const BUCKETS_MAX = 1_000;
const ANCHORS_MAX = 500;
const FACETS_MAX = 200;
const MACHINE_FACETS_MAX = 1_000;

interface Visitor {
  /** Whether the span is dealt with as a whole; else its parts are visited. */
  onSpan(span: Span, outlook: Outlook): boolean;
  onHit(span: Span, facts: LeafFacts): void;
  /** A run that may not be read any more, because the bound is reached. Left out: the walk ends there. */
  onUnread?(span: Span): void;
}

/** A place between entries: the walk goes on with this log, at this entry. */
interface Position {
  readonly machine: string;
  readonly seq: number;
}

/** Visits everything that may be a hit, by machine and number. Returns where it ended because of the bound; null when it is through. */
async function visit(
  logs: Logs,
  plan: Plan,
  visitor: Visitor,
  {readMax, from}: {readMax: number; from: Position | null},
): Promise<Position | null> {
  let read = 0;
  let looked = 0;
  const walk = async (spans: readonly Span[]): Promise<Position | null> => {
    for (const span of spans) {
      const {log, start, end, level} = span;
      const firstSeq = log.firstSeq + start;
      const isBehind = from !== null && log.machine === from.machine && log.firstSeq + end <= from.seq;
      const isCut = from !== null && log.machine === from.machine && firstSeq < from.seq;
      if (isBehind) continue;
      const outlook = plan.outlookOf(span);
      if (outlook.kind === "none") continue;
      if (!isCut && visitor.onSpan(span, outlook)) continue;
      if (++looked % SPANS_PER_TURN === 0) await setImmediate();
      if (level > 0) {
        const ended = await walk(await logs.summaries.children(span));
        if (ended !== null) return ended;
        continue;
      }
      if (read >= readMax) {
        if (visitor.onUnread === undefined) return {machine: log.machine, seq: firstSeq};
        visitor.onUnread(span);
        continue;
      }
      read += end - start;
      for (const [index, stored] of await logs.summaries.entries(span, {hasBodies: plan.needsBody})) {
        if (isCut && log.firstSeq + index < from.seq) continue;
        if (!plan.isType(typeOf(stored.leaf))) continue;
        const facts = factsOf(stored.leaf);
        if (plan.isHit({log, index, stored}, facts)) visitor.onHit(span, facts);
      }
    }
    return null;
  };
  for (const log of plan.logs) {
    if (from !== null && log.machine < from.machine) continue;
    const ended = await walk(await logs.summaries.roots(log));
    if (ended !== null) return ended;
  }
  return null;
}

/** How many entries one answer may read. */
export interface TallyBound {
  readonly readMax?: number;
}

/** How many hits a filter has. Errors: `audit/invalid`, `audit/not-found`. */
export async function countEntries(
  logs: Logs,
  {cursor, ...filter}: AuditFilter & {readonly cursor?: string},
  {readMax = READ_MAX}: TallyBound = {},
): Promise<AuditCount> {
  const plan = planOf(logs, filter);
  let count = 0;
  const ended = await visit(
    logs,
    plan,
    {
      onSpan: ({summary}, outlook) => {
        const hits = hitsOf(plan, summary, outlook);
        count += hits ?? 0;
        return hits !== null;
      },
      onHit: () => count++,
    },
    {readMax, from: cursor === undefined ? null : decodePosition(cursor)},
  );
  return ended === null
    ? {count, isComplete: true}
    : {count, isComplete: false, cursor: `${ended.seq}~${ended.machine}`};
}

// Null when the summary does not say.
function hitsOf(plan: Plan, summary: Summary, outlook: Outlook): number | null {
  switch (outlook.kind) {
    case "all":
      return summary.entries;
    case "counted":
      return outlook.hits;
    case "typed":
      return [...summary.types!].reduce((sum, [type, count]) => sum + (plan.isType(type) ? count : 0), 0);
    case "none":
      return 0;
    case "some":
      return null;
  }
}

function decodePosition(cursor: string): Position {
  const match = /^(\d{1,16})~([A-Za-z0-9._-]{1,64})$/.exec(cursor);
  if (match === null)
    throw new GatewayError("audit/invalid", "cursor: one that an earlier count gave.", {field: "cursor"});
  return {seq: Number(match[1]), machine: match[2]!};
}

/** How the hits of a filter lie in time. Errors: `audit/invalid`, `audit/not-found`. */
export async function densityOf(
  logs: Logs,
  query: AuditDensityQuery,
  {readMax = DENSITY_READ_MAX}: TallyBound = {},
): Promise<AuditDensity> {
  const {buckets: wanted = BUCKETS, ...filter} = query;
  const plan = planOf(logs, filter);
  const parts = Math.min(Math.max(1, wanted), BUCKETS_MAX);
  const buckets = Array.from({length: parts}, () => emptyCounts());
  const range = await rangeOf(logs, plan);
  if (range === null) return {from: plan.from, to: plan.to, buckets, isExact: true, anchors: []};
  const [fromMs, toMs] = [Date.parse(range.from), Date.parse(range.to)];
  // The last millisecond belongs to the last part.
  const widthMs = (toMs - fromMs + 1) / parts;
  const partOf = (time: string) => Math.min(parts - 1, Math.max(0, Math.floor((Date.parse(time) - fromMs) / widthMs)));
  let isExact = true;

  const addAll = (summary: Summary, add: (kind: AuditKind, count: number) => void) => {
    for (const [type, count] of summary.types ?? []) if (plan.isType(type)) add(kindOf(type), count);
  };
  await visit(
    logs,
    plan,
    {
      onSpan: ({summary}, {kind}) => {
        if (summary.types === null || (kind !== "all" && kind !== "typed")) return false;
        const part = partOf(summary.from);
        if (part !== partOf(summary.to)) return false;
        addAll(summary, (of, count) => {
          buckets[part]![of] += count;
        });
        return true;
      },
      onHit: (_, {type, utc}) => {
        buckets[partOf(utc)]![kindOf(type)]++;
      },
      onUnread: ({summary}) => {
        isExact = false;
        const [first, last] = [Date.parse(summary.from), Date.parse(summary.to) + 1].map(
          (ms) => (ms - fromMs) / widthMs,
        );
        addAll(summary, (of, count) => shareOut(buckets, {first: first!, last: last!, of, count}));
      },
    },
    {readMax, from: null},
  );
  return {...range, buckets, isExact, anchors: await anchorsBetween(logs.store, range, ANCHORS_MAX)};
}

type KindCounts = Record<AuditKind, number>;

function emptyCounts(): KindCounts {
  return {critical: 0, alarm: 0, batch: 0, access: 0, other: 0};
}

// As if they were even in time; `first` and `last` count buckets. Whole entries, and none is lost.
function shareOut(
  parts: readonly KindCounts[],
  {first, last, of, count}: {first: number; last: number; of: AuditKind; count: number},
): void {
  const upTo = (part: number) => Math.round((count * (Math.min(Math.max(part, first), last) - first)) / (last - first));
  for (let part = Math.max(0, Math.floor(first)); part < Math.min(parts.length, Math.ceil(last)); part++)
    parts[part]![of] += upTo(part + 1) - upTo(part);
}

async function rangeOf(logs: Logs, plan: Plan): Promise<{from: string; to: string} | null> {
  let {from, to} = plan;
  if (from !== null && to !== null) return {from, to};
  for (const log of plan.logs) {
    for (const {summary} of await logs.summaries.roots(log)) {
      if (plan.from === null && (from === null || summary.from < from)) from = summary.from;
      if (plan.to === null && (to === null || summary.to > to)) to = summary.to;
    }
  }
  return from === null || to === null || from > to ? null : {from, to};
}

/** What there is to filter by among the hits of a filter. Errors: `audit/invalid`, `audit/not-found`. */
export async function facetsOf(logs: Logs, filter: AuditFilter): Promise<AuditFacets> {
  const plan = planOf(logs, filter);
  const machines = new Map<string, number>();
  const types = new Map<string, number>();
  const actors = new Map<string, number>();
  const add = (counts: Map<string, number>, name: string, count: number) =>
    counts.set(name, (counts.get(name) ?? 0) + count);
  const ended = await visit(
    logs,
    plan,
    {
      onSpan: ({summary, log}, {kind}) => {
        if (kind !== "all" || summary.types === null || summary.actors === null) return false;
        add(machines, log.machine, summary.entries);
        for (const [type, count] of summary.types) add(types, type, count);
        for (const [actor, count] of summary.actors) add(actors, actor, count);
        return true;
      },
      onHit: ({log}, {type, actor}) => {
        add(machines, log.machine, 1);
        add(types, type, 1);
        add(actors, actor, 1);
      },
    },
    {readMax: READ_MAX, from: null},
  );
  return {
    machines: mostFrequent(machines, MACHINE_FACETS_MAX),
    types: mostFrequent(types, FACETS_MAX).map((facet) => ({...facet, kind: kindOf(facet.name)})),
    actors: mostFrequent(actors, FACETS_MAX),
    isComplete: ended === null,
  };
}

function mostFrequent(counts: ReadonlyMap<string, number>, max: number) {
  return [...counts]
    .map(([name, count]) => ({name, count}))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
    .slice(0, max);
}
