// The density strip: where each bucket stands, how high each kind is, and how the whole is drawn. One row of bars, and under it alarms,
// batches and anchors, each on a line of its own and on the same axis.

import type {AuditDensity, AuditKind} from "../../../client/index.ts";
import {KINDS} from "./view.ts";

export interface StripFacts {
  readonly density: AuditDensity;
  /** Kinds that the list shows; the others are pale. Empty: all. */
  readonly kinds: readonly AuditKind[];
  /** Chosen part of the range, in milliseconds. */
  readonly chosen: Span | null;
}

/** Milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A tick of the axis: a round time of day, or the beginning of a day. */
export interface Tick {
  readonly at: number;
  readonly isDay: boolean;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STEPS_MS = [1_000, 5_000, 15_000, 60_000, 300_000, 900_000, HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS];
const DAY_STEPS = [1, 2, 7, 14, 30, 90, 180, 365];
/** The smallest range that can be chosen. */
export const SPAN_MIN_MS = 1_000;

export const STRIP_HEIGHT = 168;
const BARS = {top: 10, height: 84};
const LANES = {alarm: 104, batch: 118, anchor: 132} as const;
const LANE_HEIGHT = 9;
const AXIS = 158;
const BAR_MIN = 3;

/** The range of a density; null when there is nothing to see. */
export function spanOf({from, to}: Pick<AuditDensity, "from" | "to">): Span | null {
  if (from === null || to === null) return null;
  const [start, end] = [Date.parse(from), Date.parse(to)];
  return {from: start, to: Math.max(end, start + SPAN_MIN_MS)};
}

export function timeAt(x: number, width: number, {from, to}: Span): number {
  return from + (Math.min(Math.max(x, 0), width) / Math.max(1, width)) * (to - from);
}

export function xOf(time: number, width: number, {from, to}: Span): number {
  return ((time - from) / (to - from)) * width;
}

/** Two ends in either order as a span within `range`, at least a second long. */
export function chosenSpan(a: number, b: number, range: Span): Span {
  const from = Math.max(range.from, Math.min(a, b, range.to - SPAN_MIN_MS));
  return {from, to: Math.max(Math.min(range.to, Math.max(a, b)), from + SPAN_MIN_MS)};
}

/** A span around the middle of another, `factor` times as long, not beyond `now` where it would end in the future. */
export function zoomed({from, to}: Span, factor: number, now: number): Span {
  const length = Math.max(SPAN_MIN_MS, (to - from) * factor);
  const middle = (from + to) / 2;
  const end = Math.min(middle + length / 2, Math.max(to, now));
  return {from: end - length, to: end};
}

/** When a bucket begins and ends. */
export function bucketSpan(index: number, count: number, {from, to}: Span): Span {
  const width = (to - from) / count;
  return {from: from + index * width, to: from + (index + 1) * width};
}

export function bucketAt(time: number, count: number, {from, to}: Span): number {
  return Math.min(count - 1, Math.max(0, Math.floor(((time - from) / (to - from)) * count)));
}

/**
 * Heights of a bucket's kinds, lowest first, in pixels of `height`. By the square root, so that three entries are seen beside three thousand;
 * each kind that is there is at least a few pixels high.
 */
export function heightsOf(
  bucket: Readonly<Record<AuditKind, number>>,
  {kinds, most, height}: {kinds: readonly AuditKind[]; most: number; height: number},
): readonly {readonly kind: AuditKind; readonly height: number}[] {
  const shown = kinds.filter((kind) => bucket[kind] > 0);
  const sum = shown.reduce((total, kind) => total + bucket[kind], 0);
  if (sum === 0) return [];
  const whole = Math.max(shown.length * BAR_MIN, Math.sqrt(sum / Math.max(1, most)) * height);
  const free = whole - shown.length * BAR_MIN;
  return shown.map((kind) => ({kind, height: BAR_MIN + (bucket[kind] / sum) * free}));
}

/** Round times for the axis: at most `max` of them. In the time zone of this browser. */
export function ticksOf({from, to}: Span, max: number): readonly Tick[] {
  const step = STEPS_MS.find((ms) => (to - from) / ms <= max);
  const ticks: Tick[] = [];
  if (step !== undefined) {
    const midnight = new Date(from);
    midnight.setHours(0, 0, 0, 0);
    const first = midnight.getTime();
    for (let at = first + Math.ceil((from - first) / step) * step; at <= to; at += step) {
      const date = new Date(at);
      ticks.push({at, isDay: date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0});
    }
    return ticks;
  }
  const days = DAY_STEPS.find((count) => (to - from) / (count * DAY_MS) <= max) ?? DAY_STEPS.at(-1)!;
  const date = new Date(from);
  date.setHours(0, 0, 0, 0);
  // Day by day, because a day is not always 24 hours long.
  for (date.setDate(date.getDate() + 1); date.getTime() <= to; date.setDate(date.getDate() + days))
    ticks.push({at: date.getTime(), isDay: true});
  return ticks;
}

/** Consecutive buckets taken together, so that at most `max` remain, and those without entries left out. Indices are of the first and last. */
export function groupsOf(
  buckets: AuditDensity["buckets"],
  max: number,
): readonly {readonly first: number; readonly last: number; readonly counts: Readonly<Record<AuditKind, number>>}[] {
  const size = Math.max(1, Math.ceil(buckets.length / max));
  const groups: {first: number; last: number; counts: Record<AuditKind, number>}[] = [];
  for (let first = 0; first < buckets.length; first += size) {
    const part = buckets.slice(first, first + size);
    const counts = {critical: 0, alarm: 0, batch: 0, access: 0, other: 0};
    for (const bucket of part) for (const kind of KINDS) counts[kind] += bucket[kind];
    if (KINDS.some((kind) => counts[kind] > 0)) groups.push({first, last: first + part.length - 1, counts});
  }
  return groups;
}

export interface StripWords {
  tick(tick: Tick): string;
}

/** Draws the strip; `width` in CSS pixels. Colours are read from the tokens of the page's theme. */
export function drawStrip(
  canvas: HTMLCanvasElement,
  {density, kinds, chosen}: StripFacts,
  {width, cursor, words}: {width: number; cursor: number | null; words: StripWords},
): void {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(STRIP_HEIGHT * ratio);
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const range = spanOf(density);
  if (range === null) return;

  const shown = kinds.length === 0 ? KINDS : KINDS.filter((kind) => kinds.includes(kind));
  const {buckets} = density;
  const most = Math.max(1, ...buckets.map((bucket) => shown.reduce((sum, kind) => sum + bucket[kind], 0)));
  const step = width / Math.max(1, buckets.length);
  const bar = Math.max(1.5, step - (step > 4 ? 1 : 0));
  const foot = BARS.top + BARS.height;

  context.fillStyle = colour("line");
  for (const y of [foot, LANES.anchor + LANE_HEIGHT + 3]) context.fillRect(0, y, width, 1);
  buckets.forEach((bucket, i) => {
    let y = foot;
    for (const {kind, height} of heightsOf(bucket, {kinds: shown, most, height: BARS.height})) {
      context.fillStyle = colour(`kind-${kind}`);
      context.fillRect(i * step, y - height, bar, height);
      y -= height;
    }
    for (const kind of ["alarm", "batch"] as const) {
      if (bucket[kind] === 0) continue;
      context.fillStyle = colour(`kind-${kind}`);
      context.fillRect(i * step, LANES[kind], Math.max(2, bar), LANE_HEIGHT);
    }
  });
  context.fillStyle = colour("accent");
  for (const {time} of density.anchors)
    context.fillRect(xOf(Date.parse(time), width, range) - 0.5, LANES.anchor, 1.5, LANE_HEIGHT);

  context.font = `12px ${style.fontFamily}`;
  context.fillStyle = colour("quiet");
  let end = Number.NEGATIVE_INFINITY;
  for (const tick of ticksOf(range, Math.max(2, Math.floor(width / 110)))) {
    const text = words.tick(tick);
    const wide = context.measureText(text).width;
    const x = Math.min(Math.max(xOf(tick.at, width, range) - wide / 2, 0), width - wide);
    if (x < end + 12) continue;
    context.fillText(text, x, AXIS);
    end = x + wide;
  }

  if (chosen !== null) {
    const [left, right] = [xOf(chosen.from, width, range), xOf(chosen.to, width, range)];
    context.fillStyle = colour("accent");
    context.globalAlpha = 0.16;
    context.fillRect(left, 0, Math.max(1, right - left), AXIS - 14);
    context.globalAlpha = 1;
    for (const x of [left, right]) context.fillRect(x - 0.75, 0, 1.5, AXIS - 14);
  }
  if (cursor !== null && buckets.length > 0) {
    context.strokeStyle = colour("text");
    context.lineWidth = 1.5;
    context.strokeRect(cursor * step - 1, BARS.top - 6, Math.max(4, bar + 2), AXIS - 14 - BARS.top);
  }
}
