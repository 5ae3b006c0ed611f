// What is told, and when. A reading is published when its value, quality or reason changes, and otherwise every 10 s, so that somebody
// who has just subscribed soon knows everything. A state is published when it changes. What grows old by itself (a value that becomes
// stale) is found by a tick each second. Nothing is retained by the broker: a "good" value must not outlive the process that read it.

import type {DeviceStatus, Reading} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import type {Log} from "../log.ts";
import type {Random} from "../random.ts";
import {createService, type Service} from "../service.ts";
import type {Device, DeviceListener} from "./device.ts";
import type {Uplink} from "./uplink.ts";

const REPEAT_MS = 10_000;
const TICK_MS = 1_000;

export interface Reporter extends Service, DeviceListener {
  /** A device is gone; it is not told of again. */
  forget(device: string): void;
}

interface Told {
  readonly text: string;
  readonly at: number;
}

export function createReporter(
  deps: {
    readonly uplink: Uplink;
    readonly clock: Clock;
    readonly random: Random;
    readonly log: Log;
    /** Told of every state that is looked at, changed or not. */
    readonly onStatus: (status: DeviceStatus) => void;
  },
  devices: () => readonly Device[],
): Reporter {
  const {uplink, clock, random, log} = deps;
  const states = new Map<string, DeviceStatus["state"]>();
  const told = new Map<string, Told>();
  // Ids of CloudEvents are unique over restarts.
  const start = Array.from(random.bytes(6), (byte) => byte.toString(16).padStart(2, "0")).join("");
  let sequence = 0;
  let stopping = new AbortController();
  let running: Promise<void> | null = null;

  uplink.onConnected(() => told.clear());

  const tell = (topic: string, type: string, subject: string, data: Reading | DeviceStatus, time: string) => {
    sequence += 1;
    const event = {
      specversion: "1.0",
      id: `${start}-${sequence}`,
      source: "/field",
      type,
      subject,
      time,
      datacontenttype: "application/json",
      data,
    };
    uplink.publish(topic, JSON.stringify(event));
  };

  const isDue = (key: string, text: string): boolean => {
    const last = told.get(key);
    const now = clock.monotonicMs();
    if (last !== undefined && last.text === text && now - last.at < REPEAT_MS) return false;
    told.set(key, {text, at: now});
    return true;
  };

  const tellReading = (reading: Reading) => {
    const {device, point, value, quality, reason} = reading;
    const topic = `tanglegate/field/readings/${device}/${point}`;
    if (!isDue(topic, JSON.stringify([value, quality, reason]))) return;
    tell(topic, "tanglegate.reading.v1", `${device}/${point}`, reading, reading.sourceTime);
  };

  const tellStatus = (status: DeviceStatus) => {
    deps.onStatus(status);
    noteState(status);
    const topic = `tanglegate/field/status/${status.id}`;
    if (!isDue(topic, JSON.stringify([status.state, status.reason, status.name, status.address]))) return;
    tell(topic, "tanglegate.device-status.v1", status.id, status, new Date(clock.now()).toISOString());
  };

  /** The story of a link in the log: once when it goes, once when it is back. */
  const noteState = ({id, state, reason}: DeviceStatus) => {
    const before = states.get(id);
    if (before === state) return;
    states.set(id, state);
    if (state === "fault" || state === "stale") log.warn({device: id, state, reason}, "device gives no values");
    else if (state === "connected") log.info({device: id}, "device is connected");
  };

  const tick = () => {
    for (const device of devices()) {
      tellStatus(device.status());
      for (const reading of device.readings()) tellReading(reading);
    }
  };

  return {
    ...createService({
      start: async () => {
        stopping = new AbortController();
        const {signal} = stopping;
        running = (async () => {
          while (!signal.aborted) {
            await clock.sleep(TICK_MS, signal).catch(() => undefined);
            if (!signal.aborted) tick();
          }
        })();
      },
      stop: async () => {
        stopping.abort();
        await running;
      },
    }),
    onValues: (device, samples) => {
      for (const {point} of samples) tellReading(device.reading(point));
    },
    onLink: (device) => {
      const status = device.status();
      tellStatus(status);
    },
    forget: (device) => {
      states.delete(device);
      for (const key of told.keys()) {
        if (key.startsWith(`tanglegate/field/readings/${device}/`) || key === `tanglegate/field/status/${device}`) {
          told.delete(key);
        }
      }
    },
  };
}
