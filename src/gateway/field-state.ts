import type {DeviceStatus, Page} from "../client/index.ts";
import type {ProxyTarget} from "./routes/proxy.ts";

const ANSWER_MS = 2000;

/** How the field process does, for the status page. */
export interface FieldState {
  readonly state: "running" | "unreachable";
  readonly devices: number;
  readonly faults: number;
}

/** Devices of the field process; null when it does not answer. */
export async function readDevices(field: ProxyTarget): Promise<readonly DeviceStatus[] | null> {
  try {
    const response = await fetch(`${field.url}/api/field/v1/devices`, {
      headers: {authorization: `Bearer ${field.token}`},
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return ((await response.json()) as Page<DeviceStatus>).items;
  } catch {
    // Whatever the fault, who asks is told that nothing answers; the log of the field process says why.
    return null;
  }
}

export async function readFieldState(field: ProxyTarget): Promise<FieldState> {
  const devices = await readDevices(field);
  if (devices === null) return {state: "unreachable", devices: 0, faults: 0};
  return {state: "running", devices: devices.length, faults: devices.filter(({state}) => state === "fault").length};
}
