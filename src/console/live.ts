// What the pages know of the present: read once, then kept up by the gateway's event stream. Values arrive in batches and change their
// own signal only, so that a picture is drawn anew where something changed and nowhere else.

import {batch, type Signal, signal} from "@preact/signals";
import type {
  Alarm,
  AlarmEvent,
  AuditEntry,
  ConfirmedMilestone,
  DeviceStatus,
  GatewayStatus,
  MachineVerdict,
  Page,
  Reading,
} from "../client/index.ts";
import {withEvent} from "./alarms.ts";
import {get, Refusal} from "./api.ts";

/** A value of a device's point with the last minutes of it. */
export interface LiveValue {
  readonly reading: Reading;
  /** When it arrived here, by this browser's clock. */
  readonly arrivedMs: number;
  /** The last values, oldest first, for a small plot; empty for what is no number. */
  readonly recent: readonly number[];
}

const REFRESH_MS = 10_000;
/** A gateway that takes longer to say how it is counts as away; its event stream alone would not tell. */
const STATUS_TIMEOUT_MS = 8_000;
const RECENT_MAX = 120;
const ENTRIES_KEPT = 200;
const MILESTONES_KEPT = 60;

export const status = signal<GatewayStatus | null>(null);
export const verdicts = signal<readonly MachineVerdict[]>([]);
export const devices = signal<readonly DeviceStatus[]>([]);
/** What is out of order, the worst first. */
export const alarms = signal<readonly Alarm[]>([]);
export const milestones = signal<readonly ConfirmedMilestone[]>([]);
/** Audit entries that were written since the page opened, newest first. */
export const newEntries = signal<readonly AuditEntry[]>([]);
/** Null while events arrive; else since when they do not, by this browser's clock. */
export const lostSince = signal<number | null>(null);
/** The time of now, once a second: what shows an age reads it. */
export const now = signal(Date.now());
/** Counts what the stream told of blocks: pages that show the Tangle listen themselves. */
const listeners = new Map<string, Set<(data: unknown) => void>>();
const values = new Map<string, Signal<LiveValue | null>>();

let stream: EventSource | null = null;
let timers: ReturnType<typeof setInterval>[] = [];

/** The value of a point; its signal stays the same for as long as the page is open. */
export function liveValue(device: string, point: string): Signal<LiveValue | null> {
  const key = `${device}/${point}`;
  let value = values.get(key);
  if (value === undefined) {
    value = signal(null);
    values.set(key, value);
  }
  return value;
}

/** Listens to another kind of event of the stream; returns what ends that. */
export function onEvent<Data>(kind: string, listener: (data: Data) => void): () => void {
  const set = listeners.get(kind) ?? new Set();
  if (set.size === 0) listeners.set(kind, set);
  set.add(listener as (data: unknown) => void);
  if (set.size === 1) stream?.addEventListener(kind, pass);
  return () => {
    set.delete(listener as (data: unknown) => void);
  };
}

function pass(event: Event): void {
  const {data, type} = event as MessageEvent<string>;
  const parsed = JSON.parse(data) as unknown;
  for (const listener of listeners.get(type) ?? []) listener(parsed);
}

/** Begins to follow the gateway. May be called again. */
export function startLive(): void {
  endLive();
  openStream();
  timers = [
    setInterval(() => {
      // A browser does not try again by itself when it was answered with a refusal.
      if (stream?.readyState === EventSource.CLOSED) openStream();
      void refresh();
    }, REFRESH_MS),
    setInterval(() => {
      now.value = Date.now();
    }, 1000),
  ];
  void refresh();
}

function openStream(): void {
  const opened = new EventSource("/api/gateway/v1/events");
  stream = opened;
  opened.onopen = () => {
    lostSince.value = null;
    void refresh();
  };
  opened.onerror = () => {
    lostSince.value ??= Date.now();
    // A refusal may mean that the session has ended: the next answer says so.
    if (opened.readyState === EventSource.CLOSED) void refresh();
  };
  on<readonly Reading[]>("readings", takeReadings);
  on<DeviceStatus>("device", (device) => {
    const others = devices.value.filter(({id}) => id !== device.id);
    devices.value = [...others, device].sort(byId);
  });
  on<ConfirmedMilestone>("milestone", (milestone) => {
    // A stream that was cut begins again with milestones the page has.
    const before = milestones.value.filter(({index}) => index < milestone.index);
    milestones.value = [...before, milestone].slice(-MILESTONES_KEPT);
  });
  on<AuditEntry>("audit-entry", (entry) => {
    newEntries.value = [entry, ...newEntries.value].slice(0, ENTRIES_KEPT);
  });
  on<AlarmEvent>("alarm", takeAlarm);
  for (const kind of listeners.keys()) opened.addEventListener(kind, pass);
}

export function endLive(): void {
  stream?.close();
  stream = null;
  for (const timer of timers) clearInterval(timer);
  timers = [];
  batch(() => {
    status.value = null;
    verdicts.value = [];
    devices.value = [];
    alarms.value = [];
    milestones.value = [];
    newEntries.value = [];
    lostSince.value = null;
    for (const value of values.values()) value.value = null;
  });
}

/** What an event of the stream, or the answer to this person's own doing, says of an alarm. */
export function takeAlarm(event: AlarmEvent): void {
  alarms.value = withEvent(alarms.value, event);
}

function on<Data>(kind: string, take: (data: Data) => void): void {
  stream!.addEventListener(kind, (event) => take(JSON.parse((event as MessageEvent<string>).data) as Data));
}

function takeReadings(readings: readonly Reading[]): void {
  const arrivedMs = Date.now();
  batch(() => {
    for (const reading of readings) {
      const value = liveValue(reading.device, reading.point);
      const before = value.value?.recent ?? [];
      const recent = typeof reading.value === "number" ? [...before, reading.value].slice(-RECENT_MAX) : before;
      value.value = {reading, arrivedMs, recent};
    }
  });
}

/** Reads the slow facts again: after an action of this person, and every ten seconds. */
export async function refresh(): Promise<void> {
  const read = async <Value>(path: string, into: Signal<Value>, of: (answer: unknown) => Value, timeoutMs?: number) => {
    try {
      const answer = await get(path, timeoutMs === undefined ? {} : {timeoutMs});
      // Unchanged facts draw nothing.
      const value = of(answer);
      if (JSON.stringify(value) !== JSON.stringify(into.value)) into.value = value;
      return true;
    } catch (error) {
      // A role that may not read this sees an empty part.
      return !(error instanceof Refusal && error.status === 0);
    }
  };
  const items = <Item>(answer: unknown) => (answer as Page<Item>).items;
  const readStatus = async () => {
    const path = "/api/gateway/v1/status";
    const asked = stream;
    const isAnswered = await read(path, status, (answer) => answer as GatewayStatus | null, STATUS_TIMEOUT_MS);
    if (stream !== asked) return;
    if (!isAnswered) lostSince.value ??= Date.now();
    else if (stream?.readyState === EventSource.OPEN) lostSince.value = null;
  };
  await Promise.all([
    readStatus(),
    read("/api/audit/v1/machines?pageSize=1000", verdicts, items<MachineVerdict>),
    read("/api/gateway/v1/alarms", alarms, items<Alarm>),
    read("/api/field/v1/devices", devices, (answer) => [...items<DeviceStatus>(answer)].sort(byId)),
  ]);
  await fillValues();
}

// A page that has just opened shows what the field process knows, before the next reading comes.
async function fillValues(): Promise<void> {
  for (const {id} of devices.value) {
    const known = [...values.keys()].some((key) => key.startsWith(`${id}/`) && values.get(key)!.value !== null);
    if (known) continue;
    try {
      const {items} = await get<Page<Reading>>(`/api/field/v1/devices/${encodeURIComponent(id)}/readings`);
      takeReadings(items);
    } catch {
      // As above.
    }
  }
}

function byId(a: {id: string}, b: {id: string}): number {
  return a.id < b.id ? -1 : 1;
}
