import type {DeviceStatus, Page} from "../client/index.ts";
import type {ProxyTarget} from "./routes/proxy.ts";

const ANSWER_MS = 2000;

/** How the field process does, for the status page. */
export interface FieldState {
  readonly state: "running" | "unreachable";
  readonly devices: number;
  readonly faults: number;
}

export async function readFieldState(field: ProxyTarget): Promise<FieldState> {
  try {
    const response = await fetch(`${field.url}/api/field/v1/devices`, {
      headers: {authorization: `Bearer ${field.token}`},
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const {items} = (await response.json()) as Page<DeviceStatus>;
    return {state: "running", devices: items.length, faults: items.filter(({state}) => state === "fault").length};
  } catch {
    // Whatever the fault, the status page says that nothing answers; the log of the field process says why.
    return {state: "unreachable", devices: 0, faults: 0};
  }
}
