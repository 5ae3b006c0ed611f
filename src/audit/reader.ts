// What is asked of the logs: single entries, pages, tiles. Reads never wait for writes.

import {setImmediate} from "node:timers/promises";
import {fromUtf8, toHex} from "../bytes.ts";
import type {AuditEntry, AuditQuery, Page} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import {type Leaf, parseBody} from "./entry.ts";
import {leafHashOf} from "./hashing.ts";
import type {Logs} from "./logs.ts";
import {bundledSize, type MachineLog, readBundle, readPending, readStored, readTile} from "./machine-log.ts";
import {type StoredEntry, storedEntryOf} from "./records.ts";
import {decodeSummary, type Summary} from "./summary.ts";
import {keys} from "./tables.ts";
import {encodeBundle, encodeTile, hashesAtLevel, parseTilePath, TILE_WIDTH} from "./tiles.ts";

const BUNDLES_PER_TURN = 256;
const PAGE_SIZE = 100;
const PAGE_SIZE_MAX = 1_000;
/** Entries that one page looks at; a page that ends earlier has a cursor and fewer items. */
const LOOKED_AT_MAX = 50_000;

/** The segments of a machine. Errors: `audit/not-found`. */
export function segmentsOf(logs: Logs, machine: string): readonly MachineLog[] {
  const segments = logs.segments(machine);
  if (segments.length === 0)
    throw new GatewayError("audit/not-found", `There is no log of the machine ${machine}.`, {machine});
  return segments;
}

/** The newest signed checkpoint of a machine. Errors: `audit/not-found`. */
export function latestCheckpoint(logs: Logs, machine: string): string {
  // The first entry of a new segment may be on its way to disk.
  const signed = segmentsOf(logs, machine).findLast((log) => log.signed !== null)?.signed;
  if (!signed) throw new GatewayError("audit/not-found", `The log of ${machine} has no entry yet.`, {machine});
  return signed.note;
}

/** The segment that holds an entry; null when there is no such entry. */
export function segmentOf(logs: Logs, machine: string, seq: number): MachineLog | null {
  return logs.segments(machine).find((log) => seq >= log.firstSeq && seq < log.firstSeq + log.tree.size) ?? null;
}

/** An entry in the form of the REST interface. */
export function presentEntry(log: MachineLog, stored: Pick<StoredEntry, "leaf" | "body">): AuditEntry {
  const leaf = JSON.parse(fromUtf8(stored.leaf)) as Leaf;
  return {
    machine: leaf.machine,
    seq: leaf.seq,
    type: leaf.type,
    time: leaf.time,
    actor: leaf.actorRef,
    actorRole: leaf.actorRole ?? null,
    subject: leaf.subject,
    reasonCode: leaf.reasonCode ?? null,
    corrects: leaf.corrects ?? null,
    body: stored.body === null ? null : parseBody(stored.body),
    leafHash: toHex(leafHashOf(stored.leaf)),
    state: leaf.seq < log.firstSeq + (log.confirmed?.size ?? 0) ? "verified" : "waiting",
  };
}

export async function readEntry(logs: Logs, machine: string, seq: number): Promise<AuditEntry | null> {
  const log = segmentOf(logs, machine, seq);
  return log === null ? null : presentEntry(log, await readStored(log, seq - log.firstSeq, logs));
}

/** A page of entries, newest first. The cursor is the number below which the next page begins. */
export async function queryEntries(logs: Logs, machine: string, query: AuditQuery): Promise<Page<AuditEntry>> {
  const segments = segmentsOf(logs, machine).toReversed();
  const pageSize = Math.min(query.pageSize ?? PAGE_SIZE, PAGE_SIZE_MAX);
  const filter = filterOf(query);
  let below = cursorOf(query.cursor);
  let budget = LOOKED_AT_MAX;
  const items: AuditEntry[] = [];
  for (const log of segments) {
    let end = Math.min(log.tree.size, below - log.firstSeq);
    while (end > 0) {
      if (items.length >= pageSize || budget <= 0) return {items, cursor: `${log.firstSeq + end}`};
      const start = Math.floor((end - 1) / TILE_WIDTH) * TILE_WIDTH;
      for (const [i, stored] of (await readChunk(logs, log, start, end, filter)).toReversed()) {
        if (items.length >= pageSize) return {items, cursor: `${log.firstSeq + i + 1}`};
        budget--;
        const entry = presentEntry(log, stored);
        if (filter.isHit(entry, stored)) items.push(entry);
      }
      end = start;
      // Passing over bundles waits for nothing by itself; others must get their turn.
      if (--budget % BUNDLES_PER_TURN === 0) await setImmediate();
    }
    below = Math.min(below, log.firstSeq);
  }
  return {items};
}

interface Filter {
  mayHold(summary: Summary): boolean;
  isHit(entry: AuditEntry, stored: StoredEntry): boolean;
}

function filterOf({type, from, to, actor, text}: AuditQuery): Filter {
  const wanted = text?.toLowerCase();
  const [earliest, latest] = [timeOf("from", from), timeOf("to", to)];
  return {
    mayHold: (summary) =>
      (type === undefined || summary.types?.has(type) !== false) &&
      (actor === undefined || summary.actors?.has(actor) !== false) &&
      (earliest === null || summary.to >= earliest) &&
      (latest === null || summary.from <= latest),
    isHit: (entry, {body}) =>
      (type === undefined || entry.type === type) &&
      (actor === undefined || entry.actor === actor) &&
      (earliest === null || entry.time.utc >= earliest) &&
      (latest === null || entry.time.utc <= latest) &&
      (wanted === undefined ||
        [entry.type, entry.actor, entry.subject, entry.reasonCode, body === null ? null : fromUtf8(body)].some(
          (field) => field?.toLowerCase().includes(wanted) === true,
        )),
  };
}

function timeOf(field: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  const ms = Date.parse(value);
  if (Number.isNaN(ms))
    throw new GatewayError("audit/invalid", `${field}: an RFC 3339 time such as 2026-01-31T12:00:00Z.`, {field});
  return new Date(ms).toISOString();
}

function cursorOf(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  if (!/^\d{1,15}$/.test(cursor))
    throw new GatewayError("audit/invalid", "cursor: one that an earlier page gave.", {field: "cursor"});
  return Number(cursor);
}

async function readChunk(
  logs: Logs,
  log: MachineLog,
  start: number,
  end: number,
  filter: Filter,
): Promise<readonly [number, StoredEntry][]> {
  if (start < bundledSize(log)) {
    const bundle = start / TILE_WIDTH;
    const summary = logs.store.get(keys.summary(log, 0, bundle));
    if (summary !== null && !filter.mayHold(decodeSummary(summary))) return [];
    const entries = await readBundle(log, bundle);
    return entries.slice(0, end - start).map((stored, i) => [start + i, stored]);
  }
  const entries: [number, StoredEntry][] = [];
  for (let index = start; index < end; index++) {
    const stored =
      index < bundledSize(log)
        ? await readStored(log, index, logs)
        : storedEntryOf(await readPending(log, index, logs));
    entries.push([index, stored]);
  }
  return entries;
}

/** Bytes of a tile or bundle of a machine's newest log, as far as its head is signed. */
export async function readTileBytes(logs: Logs, log: MachineLog, path: string): Promise<Uint8Array | null> {
  const tile = parseTilePath(path);
  if (tile === null) return null;
  const {level, index, width} = tile;
  const size = log.signed?.size ?? 0;
  if (index * TILE_WIDTH + width > hashesAtLevel(level === "entries" ? 0 : level, size)) return null;
  if (level !== "entries") return encodeTile((await readTile(log, level, index)).slice(0, width));
  const first = index * TILE_WIDTH;
  if (first < bundledSize(log))
    return encodeBundle((await readBundle(log, index)).slice(0, width).map(({leaf}) => leaf));
  const leaves: Uint8Array[] = [];
  for (let i = 0; i < width; i++) leaves.push((await readStored(log, first + i, logs)).leaf);
  return encodeBundle(leaves);
}
