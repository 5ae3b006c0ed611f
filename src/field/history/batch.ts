// What is written of the history at a time, as text: what changed since the last batch. Rows are columns, because neighbours in a
// column look alike and are packed to a few bytes.

import {z} from "zod";
import type {DeviceEvent} from "../../client/index.ts";
import type {Change} from "./change-ring.ts";
import type {MinuteRow} from "./minute-ring.ts";

const VERSION = 1;

export interface Batch {
  /** When it was written, ms since 1970 UTC. */
  readonly timeMs: number;
  readonly rows: readonly {readonly device: string; readonly point: string; readonly rows: readonly MinuteRow[]}[];
  readonly changes: readonly {
    readonly device: string;
    readonly point: string;
    readonly changes: readonly Change[];
  }[];
  readonly events: readonly (readonly [string, DeviceEvent])[];
}

const numbers = z.array(z.number());
const values = z.array(z.number().nullable());
const batchSchema = z.object({
  version: z.literal(VERSION),
  timeMs: z.number(),
  rows: z.array(
    z.object({
      device: z.string(),
      point: z.string(),
      minute: numbers,
      min: values,
      mean: values,
      max: values,
      last: values,
      count: numbers,
      quality: z.array(z.enum(["good", "stale", "bad"])),
    }),
  ),
  changes: z.array(
    z.object({device: z.string(), point: z.string(), timeMs: numbers, value: z.array(z.string().nullable())}),
  ),
  events: z.array(z.tuple([z.string(), z.custom<DeviceEvent>((value) => typeof value === "object")])),
});

export function encodeBatch({timeMs, rows, changes, events}: Batch): string {
  return JSON.stringify({
    version: VERSION,
    timeMs,
    rows: rows.map(({device, point, rows: of}) => ({
      device,
      point,
      minute: of.map((row) => row.minute),
      min: of.map((row) => row.min),
      mean: of.map((row) => row.mean),
      max: of.map((row) => row.max),
      last: of.map((row) => row.last),
      count: of.map((row) => row.count),
      quality: of.map((row) => row.quality),
    })),
    changes: changes.map(({device, point, changes: of}) => ({
      device,
      point,
      timeMs: of.map((change) => change.timeMs),
      value: of.map((change) => change.value),
    })),
    events,
  });
}

/** Null for text of another version or form: it is history, and lost rather than guessed at. */
export function decodeBatch(text: string): Batch | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = batchSchema.safeParse(json);
  if (!parsed.success) return null;
  return {
    timeMs: parsed.data.timeMs,
    rows: parsed.data.rows.map(({device, point, ...columns}) => ({
      device,
      point,
      rows: columns.minute.map((minute, index) => ({
        minute,
        min: columns.min[index] ?? null,
        mean: columns.mean[index] ?? null,
        max: columns.max[index] ?? null,
        last: columns.last[index] ?? null,
        count: columns.count[index] ?? 0,
        quality: columns.quality[index] ?? "bad",
      })),
    })),
    changes: parsed.data.changes.map(({device, point, timeMs, value}) => ({
      device,
      point,
      changes: timeMs.map((at, index) => ({timeMs: at, value: value[index] ?? null})),
    })),
    events: parsed.data.events,
  };
}
