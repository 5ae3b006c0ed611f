import type {Page} from "./audit-api.ts";
import type {
  CallRequest,
  CallResult,
  DeviceDefinition,
  DeviceEvent,
  DeviceHistory,
  DeviceStatus,
  DeviceTest,
  HistoryQuery,
  ProfileSummary,
  Reading,
  ScanJob,
  ScanRequest,
  WriteRequest,
  WriteResult,
} from "./field-api.ts";
import {type CallOptions, type Http, pathOf} from "./http.ts";
import type {PageQuery} from "./pages.ts";

const PREFIX = "/api/field/v1";
// A device may take several time-outs of its own before the field process can say that it is silent.
const DEVICE_MS = 30_000;

/** /api/field/v1. Errors: those of `createHttp`, under `field/`. */
export interface FieldClient {
  devices(query?: PageQuery, options?: CallOptions): Promise<Page<DeviceStatus>>;
  /** Null when there is no such device. */
  device(device: string, options?: CallOptions): Promise<DeviceStatus | null>;
  /** Defines a device, or defines it anew; the same definition again changes nothing and keeps its link up. */
  putDevice(definition: DeviceDefinition, options?: CallOptions): Promise<void>;
  /** False when there was no such device. */
  removeDevice(device: string, options?: CallOptions): Promise<boolean>;
  /** The latest readings, as polled. */
  readings(device: string, options?: CallOptions): Promise<readonly Reading[]>;
  /** Asks the device now; all points when none are named. */
  read(device: string, points?: readonly string[], options?: CallOptions): Promise<readonly Reading[]>;
  /** Writes and reads back. */
  write(device: string, request: WriteRequest, options?: CallOptions): Promise<WriteResult>;
  /** Calls an OPC UA method. */
  call(device: string, request: CallRequest, options?: CallOptions): Promise<CallResult>;
  /** Tries a definition without keeping it. */
  test(definition: DeviceDefinition, points?: readonly string[], options?: CallOptions): Promise<DeviceTest>;
  profiles(options?: CallOptions): Promise<Page<ProfileSummary>>;
  /** As it is kept, without its password. Null when there is no such device. */
  definition(device: string, options?: CallOptions): Promise<DeviceDefinition | null>;
  /** The last day by minutes. Errors: `field/not-found`. */
  history(device: string, query?: HistoryQuery, options?: CallOptions): Promise<DeviceHistory>;
  /** The last changes of state, the newest first. */
  events(device: string, options?: CallOptions): Promise<readonly DeviceEvent[]>;
  /** Begins a scan. Errors: `field/invalid`, `field/conflict` while another one runs. */
  scan(request: ScanRequest, options?: CallOptions): Promise<ScanJob>;
  /** Null when there is no such scan any more. */
  scanJob(id: string, options?: CallOptions): Promise<ScanJob | null>;
  /** Ends a scan; what it found stays. False when there is no such scan. */
  cancelScan(id: string, options?: CallOptions): Promise<boolean>;
}

export function createFieldClient(http: Http): FieldClient {
  const device = (name: string, ...rest: readonly string[]) => pathOf(`${PREFIX}/devices`, name, ...rest);
  const post = (path: string, body: unknown, options?: CallOptions) =>
    ({timeoutMs: DEVICE_MS, ...options, method: "POST", path, body}) as const;
  return {
    devices: (query, options) => http.json({...options, path: `${PREFIX}/devices`, query: {...query}}),
    device: (name, options) => http.jsonOrNull({...options, path: device(name)}),
    putDevice: async (definition, options) => {
      await http.json({...options, method: "PUT", path: device(definition.id), body: definition});
    },
    removeDevice: (name, options) => http.isDone({...options, method: "DELETE", path: device(name)}),
    readings: async (name, options) =>
      (await http.json<Page<Reading>>({...options, path: device(name, "readings")})).items,
    read: async (name, points, options) =>
      (await http.json<Page<Reading>>(post(device(name, "read"), points ? {points} : {}, options))).items,
    write: (name, request, options) => http.json(post(device(name, "write"), request, options)),
    call: (name, request, options) => http.json(post(device(name, "call"), request, options)),
    test: (definition, points, options) =>
      http.json(post(`${PREFIX}/test`, points ? {definition, points} : {definition}, options)),
    profiles: (options) => http.json({...options, path: `${PREFIX}/profiles`}),
    definition: (name, options) => http.jsonOrNull({...options, path: device(name, "definition")}),
    history: (name, {points, ...query} = {}, options) =>
      http.json({...options, path: device(name, "history"), query: {...query, points: points?.join(",")}}),
    events: async (name, options) =>
      (await http.json<Page<DeviceEvent>>({...options, path: device(name, "events")})).items,
    scan: (request, options) => http.json(post(`${PREFIX}/scan`, request, options)),
    scanJob: (id, options) => http.jsonOrNull({...options, path: pathOf(`${PREFIX}/scan`, id)}),
    cancelScan: (id, options) => http.isDone({...options, method: "DELETE", path: pathOf(`${PREFIX}/scan`, id)}),
  };
}
