// The forms of /api/field/v1, served by the field process and proxied by the gateway.

/** `good`: read and plausible. `stale`: the last good one, too old now. `bad`: the device answered nonsense or not at all; no value. */
export type Quality = "good" | "stale" | "bad";

/**
 * A value of a device's point. A value is null when quality is `bad`: never a zero for "no value". Integers past 2^53 are decimal
 * strings.
 */
export interface Reading {
  readonly device: string;
  readonly point: string;
  readonly value: number | string | boolean | null;
  /** UCUM-like unit as the profile writes it ("V", "kWh", "°C"); null when it has none. */
  readonly unit: string | null;
  readonly quality: Quality;
  /** Why the quality is not good, in words; null when it is. */
  readonly reason: string | null;
  /** RFC 3339 UTC: the server's source time stamp with OPC UA, the time of the answer with Modbus. */
  readonly sourceTime: string;
}

/** How to reach a device. Secrets (`password`) are accepted, never given back. */
export type DeviceConnection =
  | {
      readonly protocol: "modbus-tcp";
      readonly host: string;
      readonly port: number;
      readonly unitId: number;
      readonly timeoutMs?: number;
      /** What travels in the TCP stream: Modbus TCP's own header (`mbap`, the default) or raw RTU frames of a serial server (`rtu`). */
      readonly framing?: "mbap" | "rtu";
    }
  | {
      readonly protocol: "modbus-rtu";
      readonly path: string;
      readonly baudRate: number;
      readonly parity: "none" | "even" | "odd";
      readonly stopBits?: 1 | 2;
      readonly unitId: number;
      readonly timeoutMs?: number;
    }
  | {
      readonly protocol: "opc-ua";
      /** opc.tcp://host:port/path */
      readonly endpoint: string;
      readonly securityMode: "None" | "Sign" | "SignAndEncrypt";
      readonly securityPolicy: "None" | "Basic256Sha256" | "Aes128_Sha256_RsaOaep" | "Aes256_Sha256_RsaPss";
      readonly user?: string;
      readonly password?: string;
      /** Accept the server's certificate at the first connection and pin it. Default false: it waits in `rejected` for a person. */
      readonly trustOnFirstUse?: boolean;
    };

/**
 * Where the bytes of a value of more than one register stand: `big` = ABCD (most common), `little` = CDAB (low word first),
 * `big-swapped` = BADC, `little-swapped` = DCBA.
 */
export type WordOrder = "big" | "little" | "big-swapped" | "little-swapped";

/** A point that a definition adds to, or uses instead of, its profile. */
export type PointDefinition =
  | {
      readonly name: string;
      readonly source: "modbus";
      readonly table: "holding" | "input" | "coil" | "discrete";
      /** 0-based address on the wire. */
      readonly address: number;
      /** int16 uint16 int32 uint32 int64 uint64 float32 float64 acc32 acc64 enum16 bitfield16 bitfield32 string bool. */
      readonly type: string;
      /** Registers of a string. */
      readonly length?: number;
      readonly wordOrder?: WordOrder;
      /** Physical value = register value * factor. */
      readonly factor?: number;
      readonly unit?: string;
      readonly writable?: boolean;
    }
  | {
      readonly name: string;
      readonly source: "opc-ua";
      /** Text of OPC 10000-6: `ns=2;s=Line.Speed`, or `nsu=urn:maker:machine;s=Line.Speed`, which survives a new order of namespaces. */
      readonly nodeId: string;
      readonly unit?: string;
      readonly writable?: boolean;
    };

/** A device as a person defines it. Deploying the same definition again changes nothing and keeps the link up. */
export interface DeviceDefinition {
  /** 1..64 of a-z A-Z 0-9 . _ -: the same id is the machine's id in the audit trail. */
  readonly id: string;
  readonly name?: string;
  readonly connection: DeviceConnection;
  /** Name of a profile in fieldbus/profiles or in the home; null = only `points`. */
  readonly profile: string | null;
  readonly points?: readonly PointDefinition[];
  /** Polling period of Modbus points and publishing interval of OPC UA ones. 100..3,600,000; default 1,000. */
  readonly periodMs?: number;
}

/**
 * What is wrong with a device, for programs and for words in another language. Its sentence and its remedy stand beside it.
 * The network: `refused` nothing listens on the port, `unreachable` no way to the host, `unknown-host` the name, `closed` the device ends
 * the connection, `too-many-clients`. A serial port: `no-port`, `port-denied`, `port-busy`. The device: `no-answer`, `bad-answer` bytes that
 * are no answer, `illegal-function`, `illegal-address`, `device-busy`, `device-failure`, `no-path` a serial gateway cannot reach the unit,
 * `wrong-device`, `bus-busy` too many requests wait. OPC UA: `untrusted` its certificate waits for a person, `certificate` it does not take
 * ours, `expired` a certificate's time, `login`, `endpoint` no such security, `silent` it stopped speaking, `node-id`. Here: `no-values` it
 * answers, but no point has a value, `some-values` some have none, `stale` nothing new came, `definition` it cannot run. `other` the rest.
 */
export type FaultCode =
  | "refused"
  | "unreachable"
  | "unknown-host"
  | "closed"
  | "too-many-clients"
  | "no-port"
  | "port-denied"
  | "port-busy"
  | "no-answer"
  | "bad-answer"
  | "illegal-function"
  | "illegal-address"
  | "device-busy"
  | "device-failure"
  | "no-path"
  | "wrong-device"
  | "bus-busy"
  | "untrusted"
  | "certificate"
  | "expired"
  | "login"
  | "endpoint"
  | "silent"
  | "node-id"
  | "no-values"
  | "some-values"
  | "stale"
  | "definition"
  | "other";

/**
 * Who keeps a definition, and so where it is changed: `node-red` a flow, or another program with a token; `console` a person, in the
 * console or on the command line; `gateway.yaml`.
 */
export type DefinedBy = "node-red" | "console" | "gateway.yaml";

/** How the link did in the last `seconds`. With OPC UA the requests are what the server published and what was asked besides. */
export interface LinkQuality {
  /** Span of the figures: the last 300 s. */
  readonly seconds: number;
  readonly requests: number;
  /** Of them without a usable answer. */
  readonly failures: number;
  /** 0..1; null without a request. */
  readonly successRate: number | null;
  /** From a request to its answer, ms, without the wait for the line; null when nothing was answered. */
  readonly medianMs: number | null;
  readonly lastMs: number | null;
}

export type DeviceState = "connected" | "connecting" | "stale" | "fault";

/** Of a device's link. `lastGoodMs` is the age of the last good value: it decides `state`, not the socket. */
export interface DeviceStatus {
  readonly id: string;
  readonly name: string;
  readonly protocol: DeviceConnection["protocol"];
  readonly address: string;
  readonly profile: string | null;
  readonly definedBy: DefinedBy;
  readonly state: DeviceState;
  /** Null when nothing is wrong. `some-values` can stand beside "connected". */
  readonly faultCode: FaultCode | null;
  readonly reason: string | null;
  /** What to do about the fault; null when there is none. */
  readonly remedy: string | null;
  readonly lastGoodMs: number | null;
  readonly requests: number;
  readonly failures: number;
  readonly link: LinkQuality;
  readonly points: readonly PointDescription[];
  readonly methods?: readonly MethodDescription[];
}

export interface PointDescription {
  readonly name: string;
  readonly unit: string | null;
  readonly writable: boolean;
  readonly type: string;
  readonly description: string | null;
  /** Words for the numbers of an enumeration: `{"6": "Execute"}`. Absent when it is none. */
  readonly values?: Readonly<Record<string, string>>;
}

/** An OPC UA method as a profile names it. */
export interface MethodDescription {
  readonly name: string;
  readonly description: string | null;
}

/** Answer of `GET /profiles`: what can be named in a definition. */
export interface ProfileSummary {
  readonly name: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly protocol: "modbus" | "opc-ua";
  /** `home`: dropped into <home>/field/profiles by the owner of this gateway. */
  readonly origin: "built-in" | "home";
  readonly sources: readonly string[];
  readonly points: readonly PointDescription[];
  readonly methods: readonly MethodDescription[];
}

/** Body of `POST /devices/{id}/read`: points to read from the device now; all when absent. Answer: Reading[]. */
export interface ReadRequest {
  readonly points?: readonly string[];
}

/** Body of `POST /devices/{id}/write`. */
export interface WriteRequest {
  readonly point: string;
  readonly value: number | string | boolean;
}

/** Body of `POST /devices/{id}/call`: a method that the profile names, or one by its node ids. `inputs` in the method's own order. */
export type CallRequest =
  | {readonly method: string; readonly inputs?: readonly unknown[]}
  | {readonly objectId: string; readonly methodId: string; readonly inputs?: readonly unknown[]};

/** `POST /devices/{id}/write`. The answer is the value read back. */
export interface WriteResult {
  readonly isVerified: boolean;
  readonly reading: Reading;
  readonly previous: Reading;
}

/** `POST /devices/{id}/call` (OPC UA methods). */
export interface CallResult {
  readonly statusCode: string;
  readonly outputs: readonly unknown[];
}

/** `POST /test`: a live try of a definition that is not kept. */
export interface DeviceTest {
  readonly isReachable: boolean;
  readonly tookMs: number;
  readonly reason: string | null;
  readonly remedy: string | null;
  readonly readings: readonly Reading[];
}

/** A change of a device's state or fault. `GET /devices/{id}/events`: the last 100, the newest first. */
export interface DeviceEvent {
  /** RFC 3339 UTC, by this gateway's clock. */
  readonly time: string;
  readonly state: DeviceState;
  readonly faultCode: FaultCode | null;
  readonly reason: string | null;
  readonly remedy: string | null;
}

/** Query of `GET /devices/{id}/history`. */
export interface HistoryQuery {
  /** Names; all points with a history when absent. In the address they are joined by commas. */
  readonly points?: readonly string[];
  /** Unix seconds; the last 24 h up to now when absent. */
  readonly from?: number;
  readonly to?: number;
  /** Rows of a series at most, 2..1,440; default 300. Longer spans are merged by min and max. */
  readonly maxPoints?: number;
}

/**
 * Columns of a numeric point, ready for uPlot; every column has the length of `times`. A row stands for `stepSeconds` from its time on.
 * A row of nulls is a gap: the device gave no value, or nobody asked it.
 */
export interface PointHistory {
  readonly point: string;
  readonly unit: string | null;
  /** Unix seconds, growing. */
  readonly times: readonly number[];
  readonly min: readonly (number | null)[];
  readonly mean: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  readonly last: readonly (number | null)[];
  /** Values that the row is made of; 0 in a gap. */
  readonly count: readonly number[];
  /** The worst within the row; null where nothing was asked. */
  readonly quality: readonly (Quality | null)[];
}

/** A switch, an enumeration or a text: its changes. A value holds from its time to the next; null = no value. */
export interface StateHistory {
  readonly point: string;
  /** Unix seconds with a fraction, growing. The first may be before `from`: the value that held then. */
  readonly times: readonly number[];
  /** Words of the profile where it has them, else the value as text, 64 characters at most. */
  readonly values: readonly (string | null)[];
}

/** Answer of `GET /devices/{id}/history`. */
export interface DeviceHistory {
  readonly device: string;
  /** Unix seconds, in full steps. */
  readonly from: number;
  readonly to: number;
  readonly stepSeconds: number;
  readonly series: readonly PointHistory[];
  readonly states: readonly StateHistory[];
  /** Points that were asked for and have no history, with the reason in words. */
  readonly without: readonly {readonly point: string; readonly reason: string}[];
}

/**
 * Body of `POST /scan`: looks for devices where a person says, only by reading, one connection a host and one request at a time on it.
 * Modbus TCP and OPC UA are both looked for unless one is left out.
 */
export interface ScanRequest {
  /** A host name, an address, or a range of private addresses of at most 256 (`192.168.1.0/24`). */
  readonly target: string;
  readonly protocols?: readonly ("modbus-tcp" | "opc-ua")[];
  /** Port of Modbus TCP; default 502. */
  readonly port?: number;
  /** Port of OPC UA; default 4840. */
  readonly opcUaPort?: number;
  /** Units asked for at each host, 1..32 of them; default 1 to 10, 247, 255 and 0. */
  readonly unitIds?: readonly number[];
}

/** Something that answered. `connection` and `profile` go into a definition as they are. */
export interface ScanFinding {
  readonly connection: DeviceConnection;
  /** Name of the profile that fits best; null when none is known. */
  readonly profile: string | null;
  /** `certain`: it names itself or bears a mark of the profile. `likely`: its values fit. `unknown`: something answers. */
  readonly confidence: "certain" | "likely" | "unknown";
  /** Why, in a sentence. */
  readonly why: string;
  /** What it answered, in words and short: maker, model, SunSpec models, endpoints. */
  readonly answered: readonly string[];
  /** Id of a device of this gateway that is reached the same way; null when there is none. */
  readonly device: string | null;
}

/** `POST /scan`, `GET /scan/{id}`; `DELETE /scan/{id}` ends it. The last scans are kept until the process ends. */
export interface ScanJob {
  readonly id: string;
  readonly target: string;
  readonly state: "running" | "done" | "cancelled" | "failed";
  /** Why it failed or was cut short; null otherwise. */
  readonly reason: string | null;
  /** Hosts and ports looked at, of all. */
  readonly done: number;
  readonly total: number;
  /** Requests sent so far. */
  readonly requests: number;
  /** In the order of their addresses. */
  readonly found: readonly ScanFinding[];
}
