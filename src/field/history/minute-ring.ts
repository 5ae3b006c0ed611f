// The last day of one point as a ring of minutes. Hours are blocks of typed arrays, found by the hour modulo the number of blocks, so that
// memory is bounded whatever the clock does: each block has its hour, and one whose hour does not fit is begun anew. A clock that is put
// back merges into the minutes it lives again (least and greatest stay true of all that was measured under that time); minutes of a future
// that did not come are left out by whoever asks up to now.
//
// Values are float32 distances from the first value of their hour: an energy counter of many digits keeps its small steps, and a row
// takes 23 bytes instead of 35.

import type {Quality} from "../../client/index.ts";

/** Full hours that are kept, with the one that is running. */
export const HOURS = 25;
const MINUTES = 60;
/** Bytes of a ring when all its hours are in use; for the bound in the README. */
export const RING_BYTES = HOURS * MINUTES * (3 * 4 + 8 + 2 + 1 + 1);
const COUNT_MAX = 65_535;
/** By growing badness; the place is the number that is kept, and 0 is "nobody asked". */
const QUALITIES = [null, "good", "stale", "bad"] as const satisfies readonly (Quality | null)[];

/** What is known of one minute. Without a value `count` is 0 and the values are null. */
export interface MinuteRow {
  /** Minutes since 1970 UTC. */
  readonly minute: number;
  readonly min: number | null;
  readonly mean: number | null;
  readonly max: number | null;
  readonly last: number | null;
  readonly count: number;
  /** The worst one. */
  readonly quality: Quality;
}

/** A ring of minutes. No clock, no disk: times come in with the values. */
export interface MinuteRing {
  /** A value that was read, or null for a try without one. `value` is finite. */
  note(minute: number, value: number | null, quality: Quality): void;
  /** A row as it was kept; takes the place of what is there. */
  put(row: MinuteRow): void;
  /** Rows from minute `from` to minute `to`, both included, in order of time. */
  rows(from: number, to: number): readonly MinuteRow[];
  /** Rows that changed since they were last taken, besides that of the minute `except`. */
  takeChanged(except: number | null): readonly MinuteRow[];
  /** Takes back a `takeChanged` whose rows could not be kept. */
  markChanged(rows: readonly MinuteRow[]): void;
}

/** The columns of a ring; a minute's place is that of its hour times 60 and its number within the hour. */
interface Columns {
  /** Hour of each block; NaN before its first use. */
  readonly hour: Float64Array;
  /** First value of each block's hour; NaN before it. */
  readonly base: Float64Array;
  readonly min: Float32Array;
  readonly max: Float32Array;
  readonly last: Float32Array;
  readonly mean: Float64Array;
  readonly count: Uint16Array;
  readonly quality: Uint8Array;
  readonly isChanged: Uint8Array;
}

export function createMinuteRing(): MinuteRing {
  const ring = emptyColumns();

  const allRows = (wanted: (minute: number, at: number) => boolean): readonly MinuteRow[] => {
    const rows: MinuteRow[] = [];
    const blocks = [...ring.hour.keys()].filter((block) => !Number.isNaN(ring.hour[block]!));
    for (const block of blocks.sort((first, second) => ring.hour[first]! - ring.hour[second]!)) {
      for (let within = 0; within < MINUTES; within++) {
        const at = block * MINUTES + within;
        const minute = ring.hour[block]! * MINUTES + within;
        if (ring.quality[at] !== 0 && wanted(minute, at)) rows.push(rowOf(ring, minute, at));
      }
    }
    return rows;
  };

  return {
    note: (minute, value, quality) => {
      const at = placeFor(ring, minute);
      ring.quality[at] = Math.max(ring.quality[at]!, QUALITIES.indexOf(quality));
      ring.isChanged[at] = 1;
      if (value !== null) addValue(ring, at, value);
    },
    put: (row) => {
      const at = placeFor(ring, row.minute);
      ring.quality[at] = QUALITIES.indexOf(row.quality);
      ring.count[at] = row.count;
      ring.isChanged[at] = 0;
      if (row.min === null || row.mean === null || row.max === null || row.last === null) return;
      const base = baseFor(ring, at, row.min);
      ring.min[at] = row.min - base;
      ring.mean[at] = row.mean - base;
      ring.max[at] = row.max - base;
      ring.last[at] = row.last - base;
    },
    rows: (from, to) => allRows((minute) => minute >= from && minute <= to),
    takeChanged: (except) =>
      allRows((minute, at) => {
        if (ring.isChanged[at] === 0 || minute === except) return false;
        ring.isChanged[at] = 0;
        return true;
      }),
    markChanged: (rows) => {
      for (const {minute} of rows) {
        const hour = Math.floor(minute / MINUTES);
        const block = blockOf(hour);
        if (ring.hour[block] === hour) ring.isChanged[block * MINUTES + minute - hour * MINUTES] = 1;
      }
    },
  };
}

function emptyColumns(): Columns {
  const size = HOURS * MINUTES;
  return {
    hour: new Float64Array(HOURS).fill(Number.NaN),
    base: new Float64Array(HOURS).fill(Number.NaN),
    min: new Float32Array(size),
    max: new Float32Array(size),
    last: new Float32Array(size),
    mean: new Float64Array(size),
    count: new Uint16Array(size),
    quality: new Uint8Array(size),
    isChanged: new Uint8Array(size),
  };
}

function blockOf(hour: number): number {
  return ((hour % HOURS) + HOURS) % HOURS;
}

/** Place of a minute; a block of another hour is begun anew. */
function placeFor(ring: Columns, minute: number): number {
  const hour = Math.floor(minute / MINUTES);
  const block = blockOf(hour);
  const start = block * MINUTES;
  if (ring.hour[block] !== hour) {
    ring.hour[block] = hour;
    ring.base[block] = Number.NaN;
    for (const column of [ring.count, ring.quality, ring.isChanged]) column.fill(0, start, start + MINUTES);
  }
  return start + minute - hour * MINUTES;
}

/** What the values of a place's hour are distances from: `value` when it is the first. */
function baseFor(ring: Columns, at: number, value: number): number {
  const block = Math.floor(at / MINUTES);
  if (Number.isNaN(ring.base[block]!)) ring.base[block] = value;
  return ring.base[block]!;
}

function addValue(ring: Columns, at: number, value: number): void {
  const distance = value - baseFor(ring, at, value);
  const before = ring.count[at]!;
  const count = Math.min(COUNT_MAX, before + 1);
  ring.min[at] = before === 0 ? distance : Math.min(ring.min[at]!, distance);
  ring.max[at] = before === 0 ? distance : Math.max(ring.max[at]!, distance);
  ring.mean[at] = before === 0 ? distance : ring.mean[at]! + (distance - ring.mean[at]!) / count;
  ring.last[at] = distance;
  ring.count[at] = count;
}

function rowOf(ring: Columns, minute: number, at: number): MinuteRow {
  const quality = QUALITIES[ring.quality[at]!]!;
  const count = ring.count[at]!;
  if (count === 0) return {minute, min: null, mean: null, max: null, last: null, count, quality};
  const base = ring.base[Math.floor(at / MINUTES)]!;
  const min = absolute(base, ring.min[at]!);
  const max = absolute(base, ring.max[at]!);
  const last = Math.min(max, Math.max(min, absolute(base, ring.last[at]!)));
  // What was lost in the float32 of the other two must not put the mean outside them.
  const mean = Math.min(max, Math.max(min, absolute(base, Math.fround(ring.mean[at]!))));
  return {minute, min, mean, max, last, count, quality};
}

/** `base + distance`, with no more decimals than a float32 distance can tell apart: 229.9 + 0.2 is 230.1. */
function absolute(base: number, distance: number): number {
  if (distance === 0) return base;
  const sum = base + distance;
  const decimals = Math.floor(-Math.log10(Math.abs(distance) * 2 ** -23));
  const scaled = sum * 10 ** decimals;
  return decimals >= 0 && Math.abs(scaled) < Number.MAX_SAFE_INTEGER ? Math.round(scaled) / 10 ** decimals : sum;
}
