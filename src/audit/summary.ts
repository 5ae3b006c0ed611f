// What a run of entries holds, so that a query can pass over runs that cannot have a hit, and count without reading. One for each bundle of
// 256 entries, and one for 256 of those, and so on. Outside the path of trust, and made again from the bundles when it is missing.

import {fromUtf8, utf8} from "../bytes.ts";
import {assert, GatewayError} from "../errors.ts";
import type {StoredEntry} from "./records.ts";

/** How often a name occurs; null when there are too many names to keep. */
export type Counts = ReadonlyMap<string, number> | null;

export interface Summary {
  readonly entries: number;
  /** Earliest and latest time of the entries, RFC 3339 in UTC: their order as texts is their order in time. */
  readonly from: string;
  readonly to: string;
  /** The same of the gateway's own time of writing. */
  readonly writtenFrom: string;
  readonly writtenTo: string;
  readonly types: Counts;
  readonly actors: Counts;
  /** An entry without a subject counts under "". */
  readonly subjects: Counts;
  readonly leafBytes: number;
  /** Salts and bodies as they are kept, without those that were erased. */
  readonly bodyBytes: number;
}

/** What a leaf says of itself, read without a parser. `actor` and `subject` are as in the leaf; `written` is the gateway's own time. */
export interface LeafFacts {
  readonly actor: string;
  readonly subject: string | null;
  readonly type: string;
  readonly utc: string;
  readonly written: string;
}

/** Names kept of one kind; subjects of parts and orders are many, and worth least. */
const NAMES_MAX = {types: 256, actors: 256, subjects: 64} as const;

// A leaf's canonical spelling begins with its actor and ends with subject, time and type, so these need no parser: a quote inside a text
// is always behind a backslash.
const ACTOR = /^\{"actorRef":("(?:[^"\\]|\\.)*")/;
const REST =
  /"subject":(null|"(?:[^"\\]|\\.)*"),"time":\{(?:"recorded":"([^"]{24})",)?"source":"(?:[^"\\]|\\.)*","synced":(?:true|false),"uncertaintyMs":[^",]+,"utc":"([^"]{24})"\},"type":"([a-z0-9._-]+)","v":1\}$/;

/** Errors: `audit/damaged` for bytes that are no leaf. */
export function factsOf(leaf: Uint8Array): LeafFacts {
  const text = Buffer.from(leaf.buffer, leaf.byteOffset, leaf.length).toString();
  const actor = ACTOR.exec(text)?.[1];
  const [, subject, recorded, utc, type] = REST.exec(text) ?? [];
  if (actor === undefined || subject === undefined || utc === undefined || type === undefined) throw damagedLeaf();
  return {
    actor: JSON.parse(actor) as string,
    subject: JSON.parse(subject) as string | null,
    type,
    utc,
    written: recorded ?? utc,
  };
}

// Longest type, and what stands around it.
const TYPE_END = 64 + 16;
const TYPE = /"type":"([a-z0-9._-]+)","v":1\}$/;

/** Type of a leaf, from its last bytes alone: a fifth of the work of `factsOf`. Errors: `audit/damaged`. */
export function typeOf(leaf: Uint8Array): string {
  const type = TYPE.exec(
    Buffer.from(leaf.buffer, leaf.byteOffset, leaf.length).toString("latin1", Math.max(0, leaf.length - TYPE_END)),
  )?.[1];
  if (type === undefined) throw damagedLeaf();
  return type;
}

function damagedLeaf(): GatewayError {
  return new GatewayError("audit/damaged", "A leaf is not in its canonical spelling; run a check.");
}

/** A summary that grows. */
export interface SummaryBuilder {
  readonly entries: number;
  addEntry(entry: StoredEntry, facts?: LeafFacts): void;
  addSummary(summary: Summary): void;
  /** As it is now. */
  build(): Summary;
}

export function createSummaryBuilder(): SummaryBuilder {
  const names = {
    types: new Map<string, number>() as Map<string, number> | null,
    actors: new Map<string, number>() as Map<string, number> | null,
    subjects: new Map<string, number>() as Map<string, number> | null,
  };
  const span = {from: "~", to: "", writtenFrom: "~", writtenTo: ""};
  let entries = 0;
  let leafBytes = 0;
  let bodyBytes = 0;
  const count = (kind: keyof typeof names, name: string, times: number) => {
    const counts = names[kind];
    if (counts === null) return;
    const known = counts.get(name);
    if (known === undefined && counts.size >= NAMES_MAX[kind]) names[kind] = null;
    else counts.set(name, (known ?? 0) + times);
  };
  const countAll = (kind: keyof typeof names, counts: Counts) => {
    if (counts === null) names[kind] = null;
    else for (const [name, times] of counts) count(kind, name, times);
  };
  const widen = (from: string, to: string, writtenFrom: string, writtenTo: string) => {
    if (from < span.from) span.from = from;
    if (to > span.to) span.to = to;
    if (writtenFrom < span.writtenFrom) span.writtenFrom = writtenFrom;
    if (writtenTo > span.writtenTo) span.writtenTo = writtenTo;
  };
  return {
    get entries() {
      return entries;
    },
    addEntry: ({leaf, salt, body}, facts = factsOf(leaf)) => {
      entries++;
      leafBytes += leaf.length;
      bodyBytes += salt === null || body === null ? 0 : salt.length + body.length;
      count("types", facts.type, 1);
      count("actors", facts.actor, 1);
      count("subjects", facts.subject ?? "", 1);
      widen(facts.utc, facts.utc, facts.written, facts.written);
    },
    addSummary: (summary) => {
      entries += summary.entries;
      leafBytes += summary.leafBytes;
      bodyBytes += summary.bodyBytes;
      countAll("types", summary.types);
      countAll("actors", summary.actors);
      countAll("subjects", summary.subjects);
      widen(summary.from, summary.to, summary.writtenFrom, summary.writtenTo);
    },
    build: () => ({entries, leafBytes, bodyBytes, ...span, ...copyOf(names)}),
  };
}

function copyOf<Names extends Readonly<Record<string, ReadonlyMap<string, number> | null>>>(names: Names) {
  return Object.fromEntries(
    Object.entries(names).map(([kind, counts]) => [kind, counts === null ? null : new Map(counts)]),
  ) as {[Kind in keyof Names]: Counts};
}

/** The summary of a bundle's entries. */
export function summaryOf(entries: readonly StoredEntry[]): Summary {
  const builder = createSummaryBuilder();
  for (const entry of entries) builder.addEntry(entry);
  return builder.build();
}

export function encodeSummary({types, actors, subjects, ...rest}: Summary): Uint8Array {
  assert(rest.entries > 0, "a summary is of entries");
  const listed = (counts: Counts) => (counts === null ? null : [...counts]);
  return utf8(JSON.stringify({...rest, types: listed(types), actors: listed(actors), subjects: listed(subjects)}));
}

export function decodeSummary(bytes: Uint8Array): Summary {
  type Listed = [string, number][] | null;
  const {types, actors, subjects, ...rest} = JSON.parse(fromUtf8(bytes)) as Omit<
    Summary,
    "types" | "actors" | "subjects"
  > & {types: Listed; actors: Listed; subjects: Listed};
  const mapped = (listed: Listed): Counts => (listed === null ? null : new Map(listed));
  return {...rest, types: mapped(types), actors: mapped(actors), subjects: mapped(subjects)};
}
