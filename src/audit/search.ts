// Search over the logs of all machines, in the order in which the gateway wrote: by its own time, then machine, then number. Summaries and
// entries wait in one heap by the latest that each may hold; what comes out first is opened when it is a run of entries, and handed over
// when it is a hit. So no run is opened before its turn, the order is exact even where the clock was set back, and a cursor is the place of
// the last hit alone.

import {setImmediate} from "node:timers/promises";
import type {AuditFilter, AuditSearchItem, AuditSearchQuery, Page} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import {createHeap} from "./heap.ts";
import type {Logs} from "./logs.ts";
import {type MachineLog, readStored} from "./machine-log.ts";
import type {StoredEntry} from "./records.ts";
import {type Plan, planOf} from "./search-filter.ts";
import {presentItem} from "./search-item.ts";
import {factsOf, typeOf} from "./summary.ts";
import type {Span} from "./summary-tree.ts";

const PAGE_SIZE = 100;
const PAGE_SIZE_MAX = 1_000;
/** Entries that one page reads, and runs that it looks at; a page that ends earlier has a cursor and fewer items. */
const LOOKED_AT_MAX = 50_000;
/** Bytes of entries that wait in the heap; past it they are read again when their turn comes. */
const HELD_BYTES_MAX = 32 * 2 ** 20;
const SPANS_PER_TURN = 256;
/** Runs opened at a time, besides the one whose turn it is. */
const OPEN_MAX = 7;

/** Place of an entry in the order of all machines. `time`: RFC 3339, the gateway's own. */
interface Place {
  readonly time: string;
  readonly machine: string;
  readonly seq: number;
}

type Order = "newest" | "oldest";

/** A run to be opened, by the first place it may have; or a hit. */
type Waiting =
  | {readonly place: Place; readonly span: Span}
  | {readonly place: Place; readonly log: MachineLog; readonly stored: StoredEntry | null; readonly bytes: number};

/** What a walk may do, and where it stands. */
interface Walk {
  /** The next hit; null at the end, "paused" when its work is used up. */
  next(): Promise<AuditSearchItem | null | "paused">;
  /** Everything up to here was handed over or is none. */
  reached(): string | null;
}

/**
 * The hits of a filter, newest first, over all machines it names. Memory is bounded however many there are: take as many as wanted and
 * return. Entries that are appended meanwhile are not seen. Errors: `audit/invalid` with the field, `audit/not-found` for a machine.
 */
export async function* searchEntries(
  logs: Logs,
  filter: AuditFilter,
  {order = "newest"}: {readonly order?: Order} = {},
): AsyncGenerator<AuditSearchItem> {
  const walk = await beginWalk(logs, planOf(logs, filter), {order, after: null, budget: Number.POSITIVE_INFINITY});
  for (let item = await walk.next(); item !== null && item !== "paused"; item = await walk.next()) yield item;
}

/** One page of a search. Errors: `audit/invalid` with the field, `audit/not-found` for a machine. */
export async function searchPage(
  logs: Logs,
  query: AuditSearchQuery,
  {lookedAtMax = LOOKED_AT_MAX}: {readonly lookedAtMax?: number} = {},
): Promise<Page<AuditSearchItem>> {
  const {order = "newest", pageSize = PAGE_SIZE, cursor, ...filter} = query;
  const after = cursor === undefined ? null : decodeCursor(cursor, order);
  const walk = await beginWalk(logs, planOf(logs, filter), {order, after, budget: lookedAtMax});
  const items: AuditSearchItem[] = [];
  const limit = Math.min(pageSize, PAGE_SIZE_MAX);
  while (items.length < limit) {
    const item = await walk.next();
    if (item === null) return {items};
    if (item === "paused") break;
    items.push(item);
  }
  const reached = walk.reached();
  return reached === null ? {items} : {items, cursor: reached};
}

async function beginWalk(
  logs: Logs,
  plan: Plan,
  {order, after, budget}: {order: Order; after: Place | null; budget: number},
): Promise<Walk> {
  const isBefore =
    order === "newest" ? (a: Place, b: Place) => compare(a, b) > 0 : (a: Place, b: Place) => compare(a, b) < 0;
  // A run stands before every entry of its own time, so that it is opened before one of them is handed over.
  const heap = createHeap<Waiting>((a, b) => isBefore(a.place, b.place));
  let held = 0;
  let left = budget;
  let opened = 0;
  let looked = 0;
  // However little the budget, each page comes further than the one before.
  let hasRead = false;
  let last: Place | null = after;

  const offer = (spans: readonly Span[]) => {
    for (const span of spans) {
      const {summary} = span;
      left--;
      // Runs that lie wholly before the cursor.
      if (after !== null && (order === "newest" ? summary.writtenFrom > after.time : summary.writtenTo < after.time))
        continue;
      if (plan.outlookOf(span).kind === "none") continue;
      heap.push({place: edgeOf(order === "newest" ? summary.writtenTo : summary.writtenFrom, order), span});
    }
  };

  const open = async (span: Span) => {
    if (span.level > 0) return offer(await logs.summaries.children(span));
    const {log} = span;
    const looked = await logs.summaries.entries(span, {hasBodies: plan.needsBody});
    left -= looked.length;
    hasRead = true;
    const hits: {index: number; place: Place; stored: StoredEntry}[] = [];
    for (const [index, stored] of looked) {
      if (!plan.isType(typeOf(stored.leaf))) continue;
      const facts = factsOf(stored.leaf);
      const place = {time: facts.written, machine: log.machine, seq: log.firstSeq + index};
      if (after !== null && !isBefore(after, place)) continue;
      if (plan.isHit({log, index, stored}, facts)) hits.push({index, place, stored});
    }
    if (hits.length === 0) return;
    const entries = plan.needsBody ? looked : await logs.summaries.entries(span, {hasBodies: true});
    // The views keep all of the bundle's bytes, so a hit counts with its share of them.
    const size = entries.reduce((sum, [, {leaf, body}]) => sum + leaf.length + (body?.length ?? 0), 0);
    const isHeld = held + size <= HELD_BYTES_MAX;
    const bytes = isHeld ? Math.ceil(size / hits.length) : 0;
    for (const {index, place} of hits) {
      held += bytes;
      heap.push({place, log, stored: isHeld ? entries[index - span.start]![1] : null, bytes});
    }
  };

  // A walk that opens many runs waits for the disk most of the time, so it opens the next ones along, more with every step.
  const takeNext = (): Span[] => {
    const spans: Span[] = [];
    for (let next = heap.peek(); next !== undefined && "span" in next; next = heap.peek()) {
      if (spans.length >= Math.min(OPEN_MAX, opened)) break;
      heap.pop();
      spans.push(next.span);
    }
    return spans;
  };

  for (const log of plan.logs) {
    offer(await logs.summaries.roots(log));
    if (++looked % SPANS_PER_TURN === 0) await setImmediate();
  }
  return {
    next: async () => {
      for (let first = heap.peek(); first !== undefined; first = heap.peek()) {
        if (left <= 0 && hasRead && "span" in first && (after === null || isBefore(after, first.place)))
          return "paused";
        heap.pop();
        if ("span" in first) {
          await Promise.all([first.span, ...takeNext()].map(open));
          opened++;
          // Summaries are looked up without waiting; others must get their turn.
          if (++looked % SPANS_PER_TURN === 0) await setImmediate();
          continue;
        }
        const {log, place} = first;
        held -= first.bytes;
        last = place;
        const stored = first.stored ?? (await readStored(log, place.seq - log.firstSeq, logs));
        return presentItem(logs, log, stored);
      }
      return null;
    },
    reached: () => {
      const first = heap.peek();
      if (first === undefined) return null;
      // Nothing before what comes next is left; a run's own place stands before all of its entries.
      return encodeCursor("span" in first || last === null ? first.place : last, order);
    },
  };
}

function compare(a: Place, b: Place): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  if (a.machine !== b.machine) return a.machine < b.machine ? -1 : 1;
  return a.seq - b.seq;
}

// "~" comes after, and "" before, every name of a machine.
function edgeOf(time: string, order: Order): Place {
  return order === "newest" ? {time, machine: "~", seq: Number.MAX_SAFE_INTEGER} : {time, machine: "", seq: -1};
}

function encodeCursor({time, machine, seq}: Place, order: Order): string {
  return Buffer.from(`${order} ${time} ${seq} ${machine}`).toString("base64url");
}

function decodeCursor(cursor: string, order: Order): Place {
  const text = Buffer.from(cursor, "base64url").toString();
  const match =
    /^(newest|oldest) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (-1|\d{1,16}) ([A-Za-z0-9._-]{0,64}|~)$/.exec(text);
  if (match === null || match[1] !== order)
    throw new GatewayError("audit/invalid", "cursor: one that an earlier page of the same order gave.", {
      field: "cursor",
    });
  return {time: match[2]!, seq: Number(match[3]), machine: match[4]!};
}
