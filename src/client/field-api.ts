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

/** Of a device's link. `lastGoodMs` is the age of the last good value: it decides `state`, not the socket. */
export interface DeviceStatus {
  readonly id: string;
  readonly name: string;
  readonly protocol: DeviceConnection["protocol"];
  readonly address: string;
  readonly profile: string | null;
  readonly state: "connected" | "connecting" | "stale" | "fault";
  readonly reason: string | null;
  /** What to do about the fault; null when there is none. */
  readonly remedy: string | null;
  readonly lastGoodMs: number | null;
  readonly requests: number;
  readonly failures: number;
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
