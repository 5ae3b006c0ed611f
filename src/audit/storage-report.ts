// How much the trail takes on disk, how fast it grows, and when the disk is full.

import {readdir, stat, statfs} from "node:fs/promises";
import path from "node:path";
import type {AuditStorage} from "../client/index.ts";
import type {Logs} from "./logs.ts";
import type {MachineMarks} from "./marks.ts";
import type {Summary} from "./summary.ts";
import type {Span} from "./summary-tree.ts";
import {HASH_LENGTH, TILE_WIDTH} from "./tiles.ts";

const DAY_MS = 86_400_000;
const MEASURED_DAYS_MAX = 30;
const LAST_YEAR_MS = Date.UTC(2200, 0, 1);
/** Each leaf and each body is written with its length. */
const LENGTHS = {leaf: 2, body: 4};

export interface StorageContext {
  /** Folder of the whole trail. */
  readonly folder: string;
  readonly nowMs: number;
  readonly retentionDays: number;
}

export async function storageOf(logs: Logs, {folder, nowMs, retentionDays}: StorageContext): Promise<AuditStorage> {
  const machines: AuditStorage["machines"][number][] = [];
  const measured = {from: Number.POSITIVE_INFINITY, bytes: 0};
  const since = new Date(nowMs - MEASURED_DAYS_MAX * DAY_MS).toISOString();
  for (const machine of logs.machines()) {
    const sums = {machine, entries: 0, bodyBytes: 0, tileBytes: 0};
    for (const log of logs.segments(machine)) {
      const roots = await logs.summaries.roots(log);
      for (const {summary} of roots) {
        sums.entries += summary.entries;
        sums.bodyBytes += bodyBytesOf(summary);
        sums.tileBytes += tileBytesOf(summary);
        measured.from = Math.min(measured.from, Date.parse(summary.writtenFrom));
      }
      measured.bytes += await bytesSince(logs, roots, since);
    }
    machines.push({...sums, erased: erasedIn(logs.marks.of(machine))});
  }
  const [journalBytes, storeBytes] = await Promise.all(
    ["journal", "store"].map((name) => bytesIn(path.join(folder, name))),
  );
  const disk = await statfs(folder);
  const freeBytes = disk.bavail * disk.bsize;
  const growth = growthOf({...measured, nowMs});
  return {
    machines,
    journalBytes: journalBytes!,
    storeBytes: storeBytes!,
    totalBytes: machines.reduce(
      (sum, {bodyBytes, tileBytes}) => sum + bodyBytes + tileBytes,
      journalBytes! + storeBytes!,
    ),
    ...growth,
    disk: {
      freeBytes,
      totalBytes: disk.blocks * disk.bsize,
      fullOn: fullOn({freeBytes, growthBytesPerDay: growth.growthBytesPerDay, nowMs}),
    },
    retention: {
      days: retentionDays,
      erasedBefore: retentionDays === 0 ? null : new Date(nowMs - retentionDays * DAY_MS).toISOString(),
    },
  };
}

/** Growth from the bytes of the last days. `from`: ms of the first entry. */
export function growthOf({
  from,
  bytes,
  nowMs,
}: {
  from: number;
  bytes: number;
  nowMs: number;
}): Pick<AuditStorage, "growthBytesPerDay" | "measuredDays"> {
  const days = Math.min(MEASURED_DAYS_MAX, Math.max(0, (nowMs - from) / DAY_MS));
  if (!Number.isFinite(days) || days < 1) return {growthBytesPerDay: null, measuredDays: 0};
  return {growthBytesPerDay: Math.round(bytes / days), measuredDays: Math.floor(days)};
}

/** When the disk is full at a growth; null when that is never, or past 2200. */
export function fullOn({
  freeBytes,
  growthBytesPerDay,
  nowMs,
}: {
  freeBytes: number;
  growthBytesPerDay: number | null;
  nowMs: number;
}): string | null {
  if (growthBytesPerDay === null || growthBytesPerDay <= 0) return null;
  const ms = nowMs + (freeBytes / growthBytesPerDay) * DAY_MS;
  return ms > LAST_YEAR_MS ? null : new Date(ms).toISOString();
}

function bodyBytesOf({entries, bodyBytes}: Summary): number {
  return bodyBytes + entries * LENGTHS.body;
}

// Of each entry a leaf and its hash; of each 256 hashes one more, and so on.
function tileBytesOf({entries, leafBytes}: Summary): number {
  let hashes = 0;
  for (let level = entries; level > 0; level = Math.floor(level / TILE_WIDTH)) hashes += level;
  return leafBytes + entries * LENGTHS.leaf + hashes * HASH_LENGTH;
}

// A bundle that began before counts with its share of the time.
async function bytesSince(logs: Logs, spans: readonly Span[], since: string): Promise<number> {
  let bytes = 0;
  for (const span of spans) {
    const {summary, level} = span;
    if (summary.writtenTo < since) continue;
    const whole = bodyBytesOf(summary) + tileBytesOf(summary);
    if (summary.writtenFrom >= since) bytes += whole;
    else if (level > 0) bytes += await bytesSince(logs, await logs.summaries.children(span), since);
    else {
      const [from, at, to] = [summary.writtenFrom, since, summary.writtenTo].map((time) => Date.parse(time));
      bytes += (whole * (to! - at! + 1)) / (to! - from! + 1);
    }
  }
  return bytes;
}

function erasedIn({erased}: MachineMarks): number {
  let count = 0;
  for (const {from, to} of erased.all()) count += to - from + 1;
  return count;
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  // A store's files come and go.
  for (const name of await readdir(folder)) bytes += (await stat(path.join(folder, name)).catch(() => null))?.size ?? 0;
  return bytes;
}
