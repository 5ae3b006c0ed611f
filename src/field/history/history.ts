// The last day of every device, kept here and by nobody else. Values are noted as they are read; a point that was not read since the last
// look is noted as it stands (an OPC UA server sends what changes, and a device that is silent has no value). What changed is written
// every few minutes, so that a crash loses no more than that.

import type {
  DeviceEvent,
  DeviceHistory,
  DeviceStatus,
  HistoryQuery,
  PointDescription,
  Reading,
} from "../../client/index.ts";
import type {Clock} from "../../clock.ts";
import {GatewayError, sentenceOf} from "../../errors.ts";
import type {Sample} from "../../fieldbus/index.ts";
import type {Log} from "../../log.ts";
import {createService, type Service} from "../../service.ts";
import type {Device} from "../device.ts";
import {type Batch, decodeBatch, encodeBatch} from "./batch.ts";
import type {BatchFile} from "./batch-file.ts";
import {columnsOf, gridOf} from "./columns.ts";
import {createEventLog} from "./event-log.ts";
import {createSeriesTable, kindOf, NUMERIC_MAX, numberOf, type Series, STATES_MAX, wordOf} from "./series.ts";

export const DAY_SECONDS = 86_400;
/** Between two looks at points that were not read. */
export const LOOK_MS = 10_000;
/** Between two writes: what a crash loses at most. */
export const WRITE_MS = 300_000;
/** Points of one answer. */
export const ANSWER_POINTS_MAX = 50;
const ROWS_DEFAULT = 300;

export interface History extends Service {
  /** What was just read of a device. */
  noteValues(device: Device, samples: readonly Sample[]): void;
  noteStatus(status: DeviceStatus): void;
  /** Errors: `field/not-found` for a point, `field/invalid` for a span that ends before it begins. */
  of(device: Device, query: HistoryQuery): DeviceHistory;
  /** The newest first. */
  events(device: string): readonly DeviceEvent[];
}

export function createHistory(
  deps: {readonly file: BatchFile; readonly clock: Clock; readonly log: Log},
  devices: () => readonly Device[],
): History {
  const {file, clock, log} = deps;
  const table = createSeriesTable();
  const eventLog = createEventLog();
  // Points that were read since the last look, by device.
  let fresh = new Map<string, Set<string>>();
  let stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let isFailing = false;

  const minuteNow = () => Math.floor(clock.now() / 60_000);

  const note = (device: Device, point: PointDescription, {value, quality}: Pick<Reading, "value" | "quality">) => {
    const id = device.definition.id;
    const kind = kindOf(point, value);
    const series = kind === null ? table.find(id, point.name) : table.ensure(id, point.name, kind);
    if (series === null) return;
    const good = quality === "good" ? value : null;
    if (series.kind === "numeric") series.ring.note(minuteNow(), numberOf(good), quality);
    else series.ring.note(clock.now(), wordOf(point, good));
  };

  const look = () => {
    const read = fresh;
    fresh = new Map();
    const present = devices();
    for (const device of present) {
      const known = read.get(device.definition.id);
      for (const point of device.points) {
        if (known?.has(point.name) !== true) note(device, point, device.reading(point.name));
      }
    }
    forgetGone(present);
  };

  /** A device that cannot run has no points, but what it had yesterday stays. */
  const forgetGone = (present: readonly Device[]) => {
    const names = new Map(
      present.map((device) => [device.definition.id, new Set(device.points.map((point) => point.name))]),
    );
    table.keepOnly((device, point) => {
      const points = names.get(device);
      return points !== undefined && (points.size === 0 || points.has(point));
    });
    for (const device of eventLog.devices()) if (!names.has(device)) eventLog.forget(device);
  };

  const take = (except: number | null): Batch => {
    const rows: Batch["rows"][number][] = [];
    const changes: Batch["changes"][number][] = [];
    for (const {device, point, series} of table.all()) {
      if (series.kind === "numeric") rows.push({device, point, rows: series.ring.takeChanged(except)});
      else changes.push({device, point, changes: series.ring.takeChanged()});
    }
    return {
      timeMs: clock.now(),
      rows: rows.filter((entry) => entry.rows.length > 0),
      changes: changes.filter((entry) => entry.changes.length > 0),
      events: eventLog.takeChanged(),
    };
  };

  const giveBack = ({rows, changes, events}: Batch) => {
    for (const {device, point, rows: of} of rows) {
      const series = table.find(device, point);
      if (series?.kind === "numeric") series.ring.markChanged(of);
    }
    for (const {device, point, changes: of} of changes) {
      const series = table.find(device, point);
      if (series?.kind === "state") series.ring.markChanged(of);
    }
    eventLog.markChanged(events);
  };

  /** The running minute waits for its end, besides at the end of the process. */
  const write = async (except: number | null) => {
    const batch = take(except);
    if (batch.rows.length + batch.changes.length + batch.events.length === 0) return;
    try {
      await file.append(encodeBatch(batch));
      isFailing = false;
    } catch (error) {
      giveBack(batch);
      if (!isFailing) log.warn({reason: sentenceOf(error)}, "the history cannot be written; it goes on in memory");
      isFailing = true;
    }
  };

  const load = async () => {
    let writtenMs = 0;
    for (const text of await file.open()) {
      const batch = decodeBatch(text);
      if (batch === null) {
        log.warn({}, "a batch of the history is of another form and left out");
        continue;
      }
      for (const {device, point, rows} of batch.rows) {
        const series = table.ensure(device, point, "numeric");
        if (series?.kind === "numeric") for (const row of rows) series.ring.put(row);
      }
      for (const {device, point, changes} of batch.changes) {
        const series = table.ensure(device, point, "state");
        if (series?.kind === "state") for (const change of changes) series.ring.put(change);
      }
      for (const [device, event] of batch.events) eventLog.put(device, event);
      writtenMs = batch.timeMs;
    }
    // Nobody knows what a switch did while nobody looked.
    for (const {series} of table.all()) if (series.kind === "state") series.ring.note(writtenMs, null);
  };

  const run = async (signal: AbortSignal) => {
    let writeAt = clock.monotonicMs() + WRITE_MS;
    while (!signal.aborted) {
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      look();
      if (clock.monotonicMs() < writeAt) continue;
      await write(minuteNow());
      writeAt = clock.monotonicMs() + WRITE_MS;
    }
  };

  const whyWithout = (point: PointDescription, series: Series | null): string | null => {
    if (series !== null) return null;
    const kind = kindOf(point, null);
    if (kind !== null && table.isFull(kind)) {
      return kind === "numeric"
        ? `The history holds ${NUMERIC_MAX} points of numbers, and this one came later.`
        : `The history holds ${STATES_MAX} points of states, and this one came later.`;
    }
    return "It has given no value yet.";
  };

  return {
    ...createService({
      start: async () => {
        await load();
        stopping = new AbortController();
        running = run(stopping.signal);
      },
      stop: async () => {
        stopping.abort();
        await running;
        await write(null);
        await file.close();
      },
    }),
    noteValues: (device, samples) => {
      const id = device.definition.id;
      const read = fresh.get(id) ?? new Set<string>();
      fresh.set(id, read);
      for (const sample of samples) {
        const point = device.point(sample.point);
        if (point === null) continue;
        read.add(point.name);
        note(device, point, sample);
      }
    },
    noteStatus: (status) => eventLog.note(status, clock.now()),
    events: (device) => eventLog.of(device),
    of: (device, query) => {
      const id = device.definition.id;
      const {from, to} = spanOf(query, Math.floor(clock.now() / 1_000));
      const grid = gridOf(Math.floor(from / 60), Math.floor(to / 60), query.maxPoints ?? ROWS_DEFAULT);
      const end = grid.first + grid.count * grid.step;
      // Nothing is known of the rest of a running row; its minutes of a future that did not come are a clock's fault.
      const last = Math.min(end - 1, minuteNow());
      const wanted = query.points?.map((name) => pointOf(device, name)) ?? device.points;
      const found = wanted.map((point) => ({point, series: table.find(id, point.name)}));
      const shown = found.filter(({series}) => series !== null).slice(0, ANSWER_POINTS_MAX);
      const without = found.flatMap(({point, series}) => {
        const reason = whyWithout(point, series);
        if (reason !== null) return [{point: point.name, reason}];
        if (shown.some((other) => other.point === point)) return [];
        return [{point: point.name, reason: `An answer holds ${ANSWER_POINTS_MAX} points; ask for this one by name.`}];
      });
      return {
        device: id,
        from: grid.first * 60,
        to: end * 60,
        stepSeconds: grid.step * 60,
        series: shown.flatMap(({point, series}) =>
          series?.kind === "numeric"
            ? [{point: point.name, unit: point.unit, ...columnsOf(series.ring.rows(grid.first, last), grid)}]
            : [],
        ),
        states: shown.flatMap(({point, series}) => {
          if (series?.kind !== "state") return [];
          const changes = series.ring.changes(from * 1_000, Math.min(to * 1_000 + 999, clock.now()));
          return [
            {
              point: point.name,
              times: changes.map(({timeMs}) => timeMs / 1_000),
              values: changes.map(({value}) => value),
            },
          ];
        }),
        without,
      };
    },
  };
}

/** Seconds; no longer than a day, and up to now when it does not say. */
function spanOf(query: HistoryQuery, now: number): {readonly from: number; readonly to: number} {
  const to = Math.min(query.to ?? now, now);
  // With the running minute, a day is 1,440 of them.
  const first = now - DAY_SECONDS + 60;
  const from = Math.max(query.from ?? first, first);
  if (from <= to) return {from, to};
  throw new GatewayError("field/invalid", "from: it lies after to, or the span is older than the last 24 hours.", {
    from,
    to,
  });
}

function pointOf(device: Device, name: string): PointDescription {
  const point = device.point(name);
  if (point !== null) return point;
  throw new GatewayError("field/not-found", `${device.definition.id} has no point ${name}.`, {point: name});
}
