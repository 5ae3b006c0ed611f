import type {PointDescription, Reading} from "../../client/index.ts";
import {type ChangeRing, createChangeRing} from "./change-ring.ts";
import {createMinuteRing, type MinuteRing} from "./minute-ring.ts";

/** Points of the gateway with a history by minutes; each takes up to 36 kB of memory, 14 MB together. */
export const NUMERIC_MAX = 400;
/** Points of the gateway with a history of changes. */
export const STATES_MAX = 200;

export type Series =
  | {readonly kind: "numeric"; readonly ring: MinuteRing}
  | {readonly kind: "state"; readonly ring: ChangeRing};

/** The series of all points, by device and point. First come, first kept: whoever is over the bound gets none. */
export interface SeriesTable {
  find(device: string, point: string): Series | null;
  /** The series, made if there is room; null when there is none, or when it is of the other kind. */
  ensure(device: string, point: string, kind: Series["kind"]): Series | null;
  isFull(kind: Series["kind"]): boolean;
  all(): readonly {readonly device: string; readonly point: string; readonly series: Series}[];
  /** Drops what `holds` says no to. */
  keepOnly(holds: (device: string, point: string) => boolean): void;
}

export function createSeriesTable(): SeriesTable {
  const devices = new Map<string, Map<string, Series>>();
  const counts = {numeric: 0, state: 0};
  const isFull = (kind: Series["kind"]) => counts[kind] >= (kind === "numeric" ? NUMERIC_MAX : STATES_MAX);
  const find = (device: string, point: string) => devices.get(device)?.get(point) ?? null;

  return {
    find,
    ensure: (device, point, kind) => {
      const known = find(device, point);
      if (known !== null) return known.kind === kind ? known : null;
      if (isFull(kind)) return null;
      const series: Series =
        kind === "numeric" ? {kind, ring: createMinuteRing()} : {kind: "state", ring: createChangeRing()};
      counts[kind] += 1;
      const points = devices.get(device) ?? new Map<string, Series>();
      devices.set(device, points.set(point, series));
      return series;
    },
    isFull,
    all: () =>
      [...devices].flatMap(([device, points]) => [...points].map(([point, series]) => ({device, point, series}))),
    keepOnly: (holds) => {
      for (const [device, points] of devices) {
        for (const [point, {kind}] of points) {
          if (holds(device, point)) continue;
          points.delete(point);
          counts[kind] -= 1;
        }
        if (points.size === 0) devices.delete(device);
      }
    },
  };
}

/** Of which kind the history of a point is; null while its type does not tell and no value has come. */
export function kindOf(point: PointDescription, value: Reading["value"]): Series["kind"] | null {
  if (point.values !== undefined || STATE_TYPES.has(point.type)) return "state";
  // Only the server knows the type of an OPC UA node: its first value tells.
  if (point.type !== "opc-ua") return "numeric";
  return value === null ? null : typeof value === "number" ? "numeric" : "state";
}

const STATE_TYPES: ReadonlySet<string> = new Set(["bool", "string", "enum16", "bitfield16", "bitfield32"]);

/** A value of a numeric series; null when it is none. Integers past 2^53 come as text and lose their last digits here. */
export function numberOf(value: Reading["value"]): number | null {
  if (value === null || typeof value === "boolean") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** A value of a series of states in words; null when it is none. */
export function wordOf(point: PointDescription, value: Reading["value"]): string | null {
  return value === null ? null : (point.values?.[String(value)] ?? String(value));
}
