import type {DeviceEvent, DeviceStatus} from "../../client/index.ts";

/** Events kept of one device. */
export const EVENTS_MAX = 100;

/** The last changes of state of each device. */
export interface EventLog {
  /** Keeps it when state or fault differ from the last one. */
  note(status: Pick<DeviceStatus, "id" | "state" | "faultCode" | "reason" | "remedy">, timeMs: number): void;
  /** An event as it was kept. */
  put(device: string, event: DeviceEvent): void;
  /** The newest first. */
  of(device: string): readonly DeviceEvent[];
  devices(): readonly string[];
  forget(device: string): void;
  takeChanged(): readonly (readonly [string, DeviceEvent])[];
  markChanged(events: readonly (readonly [string, DeviceEvent])[]): void;
}

export function createEventLog(): EventLog {
  const logs = new Map<string, readonly DeviceEvent[]>();
  let changed: readonly (readonly [string, DeviceEvent])[] = [];

  const put = (device: string, event: DeviceEvent) => {
    logs.set(device, [event, ...(logs.get(device) ?? [])].slice(0, EVENTS_MAX));
  };

  return {
    note: ({id, state, faultCode, reason, remedy}, timeMs) => {
      const last = logs.get(id)?.[0];
      if (last?.state === state && last.faultCode === faultCode) return;
      const event = {time: new Date(timeMs).toISOString(), state, faultCode, reason, remedy};
      put(id, event);
      // What a device loses when it changes faster than it is written is what it would lose here as well.
      const others = changed.filter(([device]) => device !== id);
      const own = changed.filter(([device]) => device === id);
      changed = [...others, ...[...own, [id, event] as const].slice(-EVENTS_MAX)];
    },
    put,
    of: (device) => logs.get(device) ?? [],
    devices: () => [...logs.keys()],
    forget: (device) => {
      logs.delete(device);
      changed = changed.filter(([of]) => of !== device);
    },
    takeChanged: () => {
      const taken = changed;
      changed = [];
      return taken;
    },
    markChanged: (events) => {
      changed = [...events, ...changed];
    },
  };
}
