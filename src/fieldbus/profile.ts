import {z} from "zod";
import {GatewayError} from "../errors.ts";
import {TABLES} from "./point.ts";
import {REGISTER_TYPES, WORD_ORDERS} from "./register-type.ts";

// A device profile: one device, one JSON file, no code. Addresses are 0-based, as sent on the wire, never the printed 30001 or 40001.

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, "a letter, then up to 63 letters, digits or _");
const text = (length: number) => z.string().min(1).max(length);
const access = z.enum(["read", "write", "read-write"]).default("read");
const values = z.record(z.string().regex(/^-?[0-9]+$/, "a whole number as text"), text(64));
const address = z.int().min(0).max(65_535);

/** A raw word that means "no value": hex as the maker prints it, or a whole number from 0. */
const rawValue = z.union([z.string().regex(/^0x[0-9A-Fa-f]{1,16}$/, "hex such as 0x8000"), z.int().min(0)]);

const registerPoint = z.strictObject({
  name,
  table: z.enum(TABLES),
  address,
  type: z.enum([...REGISTER_TYPES, "bool"]),
  /** Registers of a string. */
  length: z.int().min(1).max(125).optional(),
  factor: z
    .number()
    .refine((factor) => factor !== 0, "a factor other than 0")
    .default(1),
  scaleFactor: name.optional(),
  wordOrder: z.enum(WORD_ORDERS).optional(),
  block: text(64).optional(),
  unit: text(16).optional(),
  access,
  description: text(200).optional(),
  notAvailable: z.array(rawValue).max(8).optional(),
  values: values.optional(),
});

const constraints = z.strictObject({
  maxRegisters: z.int().min(1).max(125).optional(),
  maxBits: z.int().min(1).max(2_000).optional(),
  maxGap: z.int().min(0).max(124).optional(),
  evenCounts: z.boolean().optional(),
  functionCodes: z.array(z.int().min(1).max(127)).min(1).optional(),
  requestDelayMs: z.int().min(0).max(10_000).optional(),
  connectDelayMs: z.int().min(0).max(10_000).optional(),
});

const head = {
  format: z.literal("tanglegate-profile/v1"),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "up to 64 of a-z, 0-9 and hyphen"),
  manufacturer: text(64),
  model: text(128),
  description: text(500).optional(),
  /** Where each fact comes from: a manual with its version, a specification. */
  sources: z.array(text(300)).min(1),
};

const modbusProfile = z.strictObject({
  ...head,
  protocol: z.literal("modbus"),
  wordOrder: z.enum(WORD_ORDERS),
  /** Added to every address: 40000 for a SunSpec map. */
  baseAddress: address.default(0),
  constraints: constraints.default({}),
  /** Per type, for every point that has no list of its own. */
  notAvailable: z.partialRecord(z.enum(REGISTER_TYPES), z.array(rawValue).max(8)).default({}),
  /** Registers that tell the right device from a wrong one, read after each connect. */
  identify: z
    .array(
      z.strictObject({
        table: z.enum(TABLES),
        address,
        type: z.enum(["uint16", "uint32"]),
        value: z.int().min(0),
        meaning: text(200),
      }),
    )
    .max(16)
    .default([]),
  /**
   * What registers of this model plausibly hold, for a scan: all must fit. `min` = `max` names the model, a range only fits it. Values
   * are raw, as decoded, without any factor.
   */
  recognise: z
    .array(
      z
        .strictObject({
          table: z.enum(["holding", "input"]),
          address,
          type: z.enum(["uint16", "int16", "uint32", "float32"]),
          min: z.number(),
          max: z.number(),
          meaning: text(200),
        })
        .refine((entry) => entry.min <= entry.max, "min is not above max"),
    )
    .max(16)
    .default([]),
  points: z.array(registerPoint).min(1).max(2_000),
});

const nodeId = z
  .string()
  .max(1_024)
  .regex(/^(?:(?:ns=[0-9]+|nsu=[^;]+);)?[isgb]=.+$/, "a node id such as ns=2;s=Line.Speed or nsu=urn:maker;i=1001");

const opcUaProfile = z.strictObject({
  ...head,
  protocol: z.literal("opc-ua"),
  /** The application URI by which a scan knows this machine. */
  recognise: z.strictObject({applicationUri: text(256)}).optional(),
  points: z
    .array(
      z.strictObject({
        name,
        nodeId,
        unit: text(16).optional(),
        access,
        description: text(200).optional(),
        values: values.optional(),
      }),
    )
    .min(1)
    .max(2_000),
  methods: z
    .array(z.strictObject({name, objectId: nodeId, methodId: nodeId, description: text(200).optional()}))
    .max(200)
    .default([]),
});

const profileSchema = z.discriminatedUnion("protocol", [modbusProfile, opcUaProfile]);

/** A device profile, checked. */
export type DeviceProfile = z.infer<typeof profileSchema>;
export type ModbusProfile = z.infer<typeof modbusProfile>;
export type OpcUaProfile = z.infer<typeof opcUaProfile>;

/**
 * Reads the JSON text of a profile; `file` is named in errors. Errors: `fieldbus/profile-invalid` with the place and what is wrong:
 * an unknown setting, a wrong type, a name given twice, a scale factor that is no point, a string without a length.
 */
export function parseProfile(json: string, file: string): DeviceProfile {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw invalid(file, "", error instanceof Error ? error.message : "not JSON");
  }
  const parsed = profileSchema.safeParse(value);
  if (!parsed.success) throw issueOf(file, parsed.error.issues[0]!);
  checkNames(parsed.data, file);
  if (parsed.data.protocol === "modbus") checkRegisters(parsed.data, file);
  return parsed.data;
}

/** Raw words that mean "no value", as unsigned integers. */
export function rawValues(list: readonly (string | number)[]): bigint[] {
  return list.map((entry) => BigInt(entry));
}

function checkNames(profile: DeviceProfile, file: string): void {
  const seen = new Set<string>();
  const named = profile.protocol === "opc-ua" ? [profile.points, profile.methods] : [profile.points];
  for (const list of named) {
    seen.clear();
    list.forEach((entry, index) => {
      if (seen.has(entry.name)) throw invalid(file, `points.${index}.name`, `"${entry.name}" is there twice`);
      seen.add(entry.name);
    });
  }
}

function checkRegisters(profile: ModbusProfile, file: string): void {
  const scales = new Set(profile.points.filter((point) => point.type === "sunssf").map((point) => point.name));
  profile.points.forEach((point, index) => {
    const place = `points.${index}`;
    const isBit = point.table === "coil" || point.table === "discrete";
    if (isBit !== (point.type === "bool")) {
      throw invalid(file, `${place}.type`, `the table ${point.table} holds ${isBit ? "bool" : "registers, not bool"}`);
    }
    if ((point.type === "string") !== (point.length !== undefined)) {
      throw invalid(file, `${place}.length`, "a string has a length in registers, and nothing else has one");
    }
    if (point.scaleFactor !== undefined && !scales.has(point.scaleFactor)) {
      throw invalid(file, `${place}.scaleFactor`, `"${point.scaleFactor}" is not a point of type sunssf`);
    }
    if (point.access !== "read" && (point.table === "input" || point.table === "discrete")) {
      throw invalid(file, `${place}.access`, `the table ${point.table} is read-only`);
    }
  });
}

function issueOf(file: string, issue: z.core.$ZodIssue): GatewayError {
  const place = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const key = [...issue.path, issue.keys[0]!].join(".");
    return invalid(file, key, "there is no such setting in a profile");
  }
  return invalid(file, place, issue.message);
}

function invalid(file: string, place: string, what: string): GatewayError {
  const where = place === "" ? file : `${file}: ${place}`;
  return new GatewayError("fieldbus/profile-invalid", `${where}: ${what}.`, {file, place});
}
