import {z} from "zod";
import type {DeviceDefinition} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import {
  type DeviceProfile,
  type ModbusProfile,
  type NodeMap,
  nodeMap,
  type OpcUaProfile,
  type RegisterMap,
  registerMap,
  WORD_ORDERS,
} from "../fieldbus/index.ts";

// What a person may write into the definition of a device. Whatever is wrong is named with its field; nothing unknown is let through.

export const DEFAULT_PERIOD_MS = 1_000;
export const DEFAULT_TIMEOUT_MS = 1_000;
const POINTS_MAX = 2_000;

const id = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, "1 to 64 of a-z A-Z 0-9 . _ -");
const host = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\s/]+$/, "a host name or an IP address");
const port = z.int().min(1).max(65_535);
const unitId = z.int().min(0).max(255);
const timeoutMs = z.int().min(50).max(60_000).optional();
const pointName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]{0,63}$/, "a letter, then up to 63 letters, digits, dots, _ or -");

const connection = z.discriminatedUnion("protocol", [
  z.strictObject({
    protocol: z.literal("modbus-tcp"),
    host,
    port,
    unitId,
    timeoutMs,
    framing: z.enum(["mbap", "rtu"]).optional(),
  }),
  z.strictObject({
    protocol: z.literal("modbus-rtu"),
    path: z.string().min(1).max(255),
    baudRate: z.int().min(300).max(1_000_000),
    parity: z.enum(["none", "even", "odd"]),
    stopBits: z.union([z.literal(1), z.literal(2)]).optional(),
    unitId,
    timeoutMs,
  }),
  z.strictObject({
    protocol: z.literal("opc-ua"),
    endpoint: z
      .string()
      .max(512)
      .regex(/^opc\.tcp:\/\/[^\s/]+(?:\/\S*)?$/, "an address such as opc.tcp://10.0.0.7:4840"),
    securityMode: z.enum(["None", "Sign", "SignAndEncrypt"]),
    securityPolicy: z.enum(["None", "Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"]),
    user: z.string().min(1).max(255).optional(),
    password: z.string().max(1_024).optional(),
    trustOnFirstUse: z.boolean().optional(),
  }),
]);

const point = z.discriminatedUnion("source", [
  z.strictObject({
    name: pointName,
    source: z.literal("modbus"),
    table: z.enum(["holding", "input", "coil", "discrete"]),
    address: z.int().min(0).max(65_535),
    type: z.string().max(32),
    length: z.int().min(1).max(125).optional(),
    wordOrder: z.enum(WORD_ORDERS).optional(),
    factor: z.number().optional(),
    unit: z.string().min(1).max(16).optional(),
    writable: z.boolean().optional(),
  }),
  z.strictObject({
    name: pointName,
    source: z.literal("opc-ua"),
    nodeId: z
      .string()
      .max(1_024)
      .regex(/^(?:(?:ns=[0-9]+|nsu=[^;]+);)?[isgb]=.+$/, "a node id such as ns=2;s=Line.Speed"),
    unit: z.string().min(1).max(16).optional(),
    writable: z.boolean().optional(),
  }),
]);

const definition = z.strictObject({
  id,
  name: z.string().min(1).max(128).optional(),
  connection,
  profile: z.string().min(1).max(64).nullable(),
  points: z.array(point).max(POINTS_MAX).optional(),
  periodMs: z.int().min(100).max(3_600_000).optional(),
});

/** A definition that has been checked, with what its device consists of. */
export type CheckedDevice =
  | {readonly kind: "modbus"; readonly definition: DeviceDefinition; readonly map: RegisterMap}
  | {readonly kind: "opc-ua"; readonly definition: DeviceDefinition; readonly map: NodeMap};

/**
 * Checks a definition of whatever origin. `findProfile` gives the profile of a name, null when there is none.
 * Errors: `field/invalid` names the field, or the setting that does not exist, and what it should be.
 */
export function checkDefinition(value: unknown, findProfile: (name: string) => DeviceProfile | null): CheckedDevice {
  const parsed = definition.safeParse(value);
  if (!parsed.success) throw invalidIssue(parsed.error.issues[0]!);
  const device = parsed.data as DeviceDefinition;
  const profile = device.profile === null ? null : findProfile(device.profile);
  if (device.profile !== null && profile === null) {
    throw invalid("profile", `there is no profile "${device.profile}"; GET /api/field/v1/profiles lists them`);
  }
  checkPoints(device);
  if (device.connection.protocol === "opc-ua") {
    checkSecurity(device.connection);
    if (profile !== null && profile.protocol !== "opc-ua") throw wrongProfile(device, "opc-ua");
    const own = (device.points ?? []).filter((entry) => entry.source === "opc-ua");
    return {kind: "opc-ua", definition: device, map: nodeMap(profile as OpcUaProfile | null, own)};
  }
  if (profile !== null && profile.protocol !== "modbus") throw wrongProfile(device, "modbus");
  const own = (device.points ?? []).filter((entry) => entry.source === "modbus");
  try {
    return {kind: "modbus", definition: device, map: registerMap(profile as ModbusProfile | null, own)};
  } catch (error) {
    if (error instanceof GatewayError) throw invalid("points", error.message.replace(/\.$/, ""));
    throw error;
  }
}

/** A definition without its secret, as it may be shown. */
export function withoutSecret(device: DeviceDefinition): DeviceDefinition {
  if (device.connection.protocol !== "opc-ua" || device.connection.password === undefined) return device;
  const {password: _, ...shown} = device.connection;
  return {...device, connection: shown};
}

function checkPoints(device: DeviceDefinition): void {
  const points = device.points ?? [];
  if (device.profile === null && points.length === 0) {
    throw invalid("points", "a device without a profile needs at least one point");
  }
  const source = device.connection.protocol === "opc-ua" ? "opc-ua" : "modbus";
  const seen = new Set<string>();
  points.forEach((entry, index) => {
    if (entry.source !== source) throw invalid(`points.${index}.source`, `a ${source} device has ${source} points`);
    if (seen.has(entry.name)) throw invalid(`points.${index}.name`, `"${entry.name}" is there twice`);
    seen.add(entry.name);
  });
}

function checkSecurity(to: {securityMode: string; securityPolicy: string; user?: string; password?: string}): void {
  if ((to.securityMode === "None") !== (to.securityPolicy === "None")) {
    throw invalid("connection.securityPolicy", "mode None goes with policy None, and no other mode does");
  }
  if (to.password !== undefined && to.user === undefined) {
    throw invalid("connection.user", "a password needs a user");
  }
}

function wrongProfile(device: DeviceDefinition, protocol: string): GatewayError {
  return invalid("profile", `"${device.profile}" is not a profile for ${protocol}`);
}

function invalidIssue(issue: z.core.$ZodIssue): GatewayError {
  if (issue.code === "unrecognized_keys") {
    return invalid([...issue.path, issue.keys[0]!].join("."), "there is no such setting");
  }
  return invalid(issue.path.join(".") || "the definition", issue.message);
}

/** Error of a field of a request. */
export function invalid(field: string, what: string): GatewayError {
  return new GatewayError("field/invalid", `${field}: ${what}.`, {field});
}
