import {GatewayError} from "../errors.ts";
import {
  DEFAULT_CONSTRAINTS,
  type Identification,
  type NodeMethod,
  type NodePoint,
  type RegisterConstraints,
  type RegisterPoint,
  TABLES,
  type Table,
} from "./point.ts";
import {type ModbusProfile, type OpcUaProfile, rawValues} from "./profile.ts";
import {type PointType, REGISTER_TYPES, registersOf, WORD_ORDERS, type WordOrder} from "./register-type.ts";

/** All that is known of a Modbus device, with addresses and orders resolved. */
export interface RegisterMap {
  readonly points: readonly RegisterPoint[];
  readonly identify: readonly Identification[];
  readonly constraints: RegisterConstraints;
}

/** All that is known of an OPC UA server. */
export interface NodeMap {
  readonly points: readonly NodePoint[];
  readonly methods: readonly NodeMethod[];
}

/** A Modbus point as a person adds it to a device, without a profile file. */
export interface CustomRegisterPoint {
  readonly name: string;
  readonly table: Table;
  readonly address: number;
  readonly type: string;
  readonly length?: number | undefined;
  readonly wordOrder?: WordOrder | undefined;
  readonly factor?: number | undefined;
  readonly unit?: string | undefined;
  readonly writable?: boolean | undefined;
}

/** An OPC UA point as a person adds it to a device. */
export interface CustomNodePoint {
  readonly name: string;
  readonly nodeId: string;
  readonly unit?: string | undefined;
  readonly writable?: boolean | undefined;
}

/**
 * Register map of a profile (null = none) and a person's own points; one of the same name takes the place of the profile's.
 * Errors: `fieldbus/point-invalid` names the point and the field.
 */
export function registerMap(profile: ModbusProfile | null, custom: readonly CustomRegisterPoint[]): RegisterMap {
  const own = custom.map((point) => customPoint(point, profile?.wordOrder ?? "big"));
  const replaced = new Set(own.map((point) => point.name));
  const fromProfile = profile === null ? [] : profile.points.map((point) => profilePoint(profile, point));
  return {
    points: [...fromProfile.filter((point) => !replaced.has(point.name)), ...own],
    identify: (profile?.identify ?? []).map((entry) => ({
      ...entry,
      address: entry.address + (profile?.baseAddress ?? 0),
    })),
    constraints: {...DEFAULT_CONSTRAINTS, ...defined(profile?.constraints ?? {})},
  };
}

/** Node map of a profile (null = none) and a person's own points; one of the same name takes the place of the profile's. */
export function nodeMap(profile: OpcUaProfile | null, custom: readonly CustomNodePoint[]): NodeMap {
  const own: NodePoint[] = custom.map((point) => ({
    name: point.name,
    nodeId: point.nodeId,
    unit: point.unit ?? null,
    access: point.writable === true ? "read-write" : "read",
    description: null,
    values: null,
  }));
  const replaced = new Set(own.map((point) => point.name));
  const fromProfile = (profile?.points ?? [])
    .filter((point) => !replaced.has(point.name))
    .map((point) => ({
      ...point,
      unit: point.unit ?? null,
      description: point.description ?? null,
      values: point.values ?? null,
    }));
  const methods = (profile?.methods ?? []).map((method) => ({...method, description: method.description ?? null}));
  return {points: [...fromProfile, ...own], methods};
}

function profilePoint(profile: ModbusProfile, point: ModbusProfile["points"][number]): RegisterPoint {
  const markers = point.notAvailable ?? (point.type === "bool" ? [] : (profile.notAvailable[point.type] ?? []));
  return {
    name: point.name,
    table: point.table,
    address: point.address + profile.baseAddress,
    type: point.type,
    count: registersOf(point.type, point.length),
    wordOrder: point.wordOrder ?? profile.wordOrder,
    factor: point.factor,
    scaleFactor: point.scaleFactor ?? null,
    block: point.block ?? null,
    unit: point.unit ?? null,
    access: point.access,
    description: point.description ?? null,
    notAvailable: rawValues(markers),
    values: point.values ?? null,
  };
}

function customPoint(point: CustomRegisterPoint, wordOrder: WordOrder): RegisterPoint {
  const wrong = (field: string, what: string) =>
    new GatewayError("fieldbus/point-invalid", `Point ${point.name}: ${field}: ${what}.`, {point: point.name, field});
  if (!TABLES.includes(point.table)) throw wrong("table", `one of ${TABLES.join(", ")}`);
  const isBit = point.table === "coil" || point.table === "discrete";
  const types: readonly string[] = isBit ? ["bool"] : REGISTER_TYPES;
  if (!types.includes(point.type)) throw wrong("type", `one of ${types.join(", ")} in the table ${point.table}`);
  if ((point.type === "string") !== (point.length !== undefined)) {
    throw wrong("length", "a string has a length in registers, and nothing else has one");
  }
  if (point.wordOrder !== undefined && !WORD_ORDERS.includes(point.wordOrder)) {
    throw wrong("wordOrder", `one of ${WORD_ORDERS.join(", ")}`);
  }
  if (point.factor === 0) throw wrong("factor", "a number other than 0");
  if (point.writable === true && (point.table === "input" || point.table === "discrete")) {
    throw wrong("writable", `the table ${point.table} is read-only`);
  }
  const type = point.type as PointType;
  const count = registersOf(type, point.length);
  if (point.address + count > 65_536) throw wrong("address", "the value reaches past the last register, 65535");
  return {
    name: point.name,
    table: point.table,
    address: point.address,
    type,
    count,
    wordOrder: point.wordOrder ?? wordOrder,
    factor: point.factor ?? 1,
    scaleFactor: null,
    block: null,
    unit: point.unit ?? null,
    access: point.writable === true ? "read-write" : "read",
    description: null,
    notAvailable: [],
    values: null,
  };
}

function defined<Fields extends object>(fields: Fields): {[Key in keyof Fields]: Exclude<Fields[Key], undefined>} {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
