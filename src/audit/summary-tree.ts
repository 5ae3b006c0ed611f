// The summaries of a log as a tree: a bundle is a node of level 0, 256 nodes make one of the next level. So a search passes over 65,536
// entries in one look. Nodes that are complete are kept in the store when they are first asked for; the growing one at the right edge, and
// that of the entries in no bundle yet, are kept in memory and carried on.

import type {Logs} from "./logs.ts";
import {bundledSize, type MachineLog, readBundle, readLeaves, readStored} from "./machine-log.ts";
import {createRecent} from "./recent.ts";
import type {StoredEntry} from "./records.ts";
import {
  createSummaryBuilder,
  decodeSummary,
  encodeSummary,
  type Summary,
  type SummaryBuilder,
  summaryOf,
} from "./summary.ts";
import {keys} from "./tables.ts";
import {TILE_WIDTH} from "./tiles.ts";

/** A run of entries with its summary. */
export interface Span {
  readonly log: MachineLog;
  /** -1: entries that were in no bundle when the walk began. */
  readonly level: number;
  /** First entry of the log, and the one after the last. */
  readonly start: number;
  readonly end: number;
  readonly summary: Summary;
  /** False when entries have been added since the walk began: then it may only be used to pass over. */
  readonly isExact: boolean;
}

export interface SummaryTree {
  /** A log as at most two kinds of spans: all its bundles, and what is in none. Oldest first. */
  roots(log: MachineLog): Promise<readonly Span[]>;
  /** Parts of a span of level 1 or more, oldest first. */
  children(span: Span): Promise<readonly Span[]>;
  /** Entries of a span of level 0 or -1, by their place in the log. `hasBodies`: false leaves bodies out where that saves a read. */
  entries(
    span: Span,
    options: {hasBodies: boolean},
  ): Promise<readonly (readonly [index: number, entry: StoredEntry])[]>;
  /** Takes the bytes of erased bodies off a bundle. */
  shrink(log: MachineLog, bundle: number, bytes: number): Promise<void>;
  /** Sums up anew what is in no bundle: bodies of it were erased. */
  forgetPending(log: MachineLog): void;
}

const FANOUT = 256;
/** Decoded summaries kept: those of a million entries. */
const KEPT_MAX = 4_096;

interface Edge {
  /** Bundles in it, from the node's first on. */
  bundles: number;
  readonly builder: SummaryBuilder;
  summary: Summary;
}

const withoutBody = (leaf: Uint8Array): StoredEntry => ({leaf, salt: null, body: null});

export function createSummaryTree(logs: Logs): SummaryTree {
  const kept = createRecent<Summary>(KEPT_MAX);
  const edges = new WeakMap<MachineLog, Map<string, Edge>>();
  const pending = new WeakMap<MachineLog, Map<number, SummaryBuilder>>();

  const nodeOf = async (log: MachineLog, level: number, index: number): Promise<Summary> => {
    const width = FANOUT ** level;
    const bundles = Math.min(log.upper.size - index * width, width);
    return bundles < width ? await edgeOf(log, level, index, bundles) : await fullOf(log, level, index);
  };

  const fullOf = async (log: MachineLog, level: number, index: number): Promise<Summary> => {
    const name = `${log.origin} ${level}/${index}`;
    const known = kept.get(name);
    if (known !== undefined) return known;
    const key = keys.summary(log, level, index);
    const stored = logs.store.get(key);
    const summary = stored === null ? await makeFull(log, level, index) : decodeSummary(stored);
    kept.set(name, summary);
    if (stored === null) await logs.store.write([{kind: "put", key, value: encodeSummary(summary)}], {isSynced: false});
    return summary;
  };

  const makeFull = async (log: MachineLog, level: number, index: number): Promise<Summary> => {
    if (level === 0) return summaryOf(await readBundle(log, index));
    const builder = createSummaryBuilder();
    for (let child = 0; child < FANOUT; child++)
      builder.addSummary(await fullOf(log, level - 1, index * FANOUT + child));
    return builder.build();
  };

  const edgeOf = async (log: MachineLog, level: number, index: number, bundles: number): Promise<Summary> => {
    const first = index * FANOUT ** level;
    const own = edges.get(log) ?? new Map<string, Edge>();
    edges.set(log, own);
    const known = own.get(`${level}/${index}`);
    if (known !== undefined && known.bundles >= bundles) return known.summary;
    const builder = known?.builder ?? createSummaryBuilder();
    const additions: Summary[] = [];
    for (let bundle = first + (known?.bundles ?? 0); bundle < first + bundles; ) {
      // As large steps as there are whole nodes below this one.
      let step = level - 1;
      while (step > 0 && (bundle % FANOUT ** step !== 0 || bundle + FANOUT ** step > first + bundles)) step--;
      additions.push(await fullOf(log, step, bundle / FANOUT ** step));
      bundle += FANOUT ** step;
    }
    // Another walk may have carried it on meanwhile.
    const current = own.get(`${level}/${index}`);
    if (current !== known || (current?.bundles ?? 0) !== (known?.bundles ?? 0))
      return await edgeOf(log, level, index, bundles);
    for (const summary of additions) builder.addSummary(summary);
    const summary = builder.build();
    for (const name of own.keys()) if (name.startsWith(`${level}/`)) own.delete(name);
    own.set(`${level}/${index}`, {bundles, builder, summary});
    return summary;
  };

  const pendingOf = async (log: MachineLog, chunk: number, entries: number): Promise<Summary> => {
    const own = pending.get(log) ?? new Map<number, SummaryBuilder>();
    pending.set(log, own);
    for (const other of own.keys()) if (other < log.upper.size) own.delete(other);
    const builder = own.get(chunk) ?? createSummaryBuilder();
    if (builder.entries >= entries) return builder.build();
    const from = builder.entries;
    const added: StoredEntry[] = [];
    for (let i = from; i < entries; i++) added.push(await readStored(log, chunk * TILE_WIDTH + i, logs));
    // What another walk added meanwhile is not added twice.
    for (const entry of added.slice(builder.entries - from)) builder.addEntry(entry);
    if (chunk >= log.upper.size) own.set(chunk, builder);
    return builder.build();
  };

  const spanOf = async (log: MachineLog, level: number, start: number, end: number): Promise<Span> => {
    const width = TILE_WIDTH * FANOUT ** level;
    const summary = await nodeOf(log, level, start / width);
    return {log, level, start, end, summary, isExact: summary.entries === end - start};
  };

  return {
    roots: async (log) => {
      const size = log.tree.size;
      const bundles = log.upper.size;
      const spans: Span[] = [];
      if (bundles > 0) {
        let level = 0;
        while (FANOUT ** level < bundles) level++;
        spans.push(await spanOf(log, level, 0, bundles * TILE_WIDTH));
      }
      for (let start = bundles * TILE_WIDTH; start < size; start += TILE_WIDTH) {
        const end = Math.min(size, start + TILE_WIDTH);
        const summary = await pendingOf(log, start / TILE_WIDTH, end - start);
        spans.push({log, level: -1, start, end, summary, isExact: summary.entries === end - start});
      }
      return spans;
    },
    children: async ({log, level, start, end}) => {
      const width = TILE_WIDTH * FANOUT ** (level - 1);
      const spans: Span[] = [];
      for (let at = start; at < end; at += width)
        spans.push(await spanOf(log, level - 1, at, Math.min(end, at + width)));
      return spans;
    },
    entries: async ({log, start, end}, {hasBodies}) => {
      const numbered = (entries: readonly StoredEntry[]) =>
        entries.slice(0, end - start).map((entry, i) => [start + i, entry] as const);
      const bundle = start / TILE_WIDTH;
      if (start < bundledSize(log))
        return numbered(hasBodies ? await readBundle(log, bundle) : (await readLeaves(log, bundle)).map(withoutBody));
      const entries: StoredEntry[] = [];
      for (let index = start; index < end; index++) entries.push(await readStored(log, index, logs));
      return numbered(entries);
    },
    forgetPending: (log) => {
      pending.delete(log);
    },
    shrink: async (log, bundle, bytes) => {
      const writes = [];
      for (
        let level = 0, index = bundle;
        FANOUT ** level <= log.upper.size;
        level++, index = Math.floor(index / FANOUT)
      ) {
        const key = keys.summary(log, level, index);
        const stored = logs.store.get(key);
        if (stored === null) break;
        const summary = decodeSummary(stored);
        const less = {...summary, bodyBytes: summary.bodyBytes - bytes};
        kept.set(`${log.origin} ${level}/${index}`, less);
        writes.push({kind: "put" as const, key, value: encodeSummary(less)});
      }
      edges.delete(log);
      await logs.store.write(writes, {isSynced: false});
    },
  };
}
