import type {DeviceConnection, DeviceDefinition, PointDefinition} from "../../src/client/index.ts";
import {optionalTextOf, textOf, wrong} from "../typed-value.ts";
import {WORD_ORDERS} from "./word-orders.ts";

/** A row of the dialog's points table, as it is saved: texts, as they were written. */
export interface PointRow {
  readonly name?: string;
  readonly table?: string;
  readonly address?: string | number;
  readonly type?: string;
  readonly length?: string | number;
  readonly wordOrder?: string;
  readonly factor?: string | number;
  readonly nodeId?: string;
  readonly unit?: string;
  readonly writable?: boolean;
}

/** What the device dialog saves. Numbers are texts when they come from a form field. */
export interface DeviceForm {
  readonly device?: string;
  readonly name?: string;
  readonly protocol?: string;
  readonly host?: string;
  readonly port?: string | number;
  readonly framing?: string;
  readonly unitId?: string | number;
  readonly path?: string;
  readonly baudRate?: string | number;
  readonly parity?: string;
  readonly stopBits?: string | number;
  readonly timeoutMs?: string | number;
  readonly endpoint?: string;
  readonly security?: string;
  readonly user?: string;
  readonly trustOnFirstUse?: boolean;
  readonly profile?: string;
  readonly points?: readonly PointRow[];
  readonly periodMs?: string | number;
}

const POINT_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;
const DEVICE_ID = /^[A-Za-z0-9._-]{1,64}$/;
const TABLES = ["holding", "input", "coil", "discrete"] as const;
// One choice in the dialog: policy and mode that belong together.
const SECURITIES = {
  None: {securityMode: "None", securityPolicy: "None"},
  "Sign Basic256Sha256": {securityMode: "Sign", securityPolicy: "Basic256Sha256"},
  "SignAndEncrypt Basic256Sha256": {securityMode: "SignAndEncrypt", securityPolicy: "Basic256Sha256"},
  "SignAndEncrypt Aes128_Sha256_RsaOaep": {securityMode: "SignAndEncrypt", securityPolicy: "Aes128_Sha256_RsaOaep"},
  "SignAndEncrypt Aes256_Sha256_RsaPss": {securityMode: "SignAndEncrypt", securityPolicy: "Aes256_Sha256_RsaPss"},
} as const;

/** Id of the form's device: also the name of its audit log. Errors: `nodes/invalid`. */
export function deviceIdOf(form: DeviceForm): string {
  if (DEVICE_ID.test(form.device ?? "")) return form.device!;
  throw wrong("device", "must be 1 to 64 of A-Z a-z 0-9 . _ -");
}

/** Definition that the form describes; `password` is the node's credential. Errors: `nodes/invalid` names the field. */
export function definitionOf(form: DeviceForm, password: string | undefined): DeviceDefinition {
  const name = optionalTextOf("name", form.name, 100);
  const profile = optionalTextOf("profile", form.profile) ?? null;
  const points = (form.points ?? []).map((row, index) => pointOf(row, form.protocol === "opc-ua", index));
  if (profile === null && points.length === 0)
    throw wrong("profile", "is not chosen, and no points are given. Do one of the two");
  const periodMs = optionalNumber("periodMs", form.periodMs, {from: 100, to: 3_600_000});
  return {
    id: deviceIdOf(form),
    ...(name === undefined ? {} : {name}),
    connection: connectionOf(form, password),
    profile,
    ...(points.length === 0 ? {} : {points}),
    ...(periodMs === undefined ? {} : {periodMs}),
  };
}

function connectionOf(form: DeviceForm, password: string | undefined): DeviceConnection {
  const timeoutMs = optionalNumber("timeoutMs", form.timeoutMs, {from: 50, to: 60_000});
  const timeout = timeoutMs === undefined ? {} : {timeoutMs};
  switch (form.protocol) {
    case "modbus-tcp":
      return {
        protocol: "modbus-tcp",
        host: textOf("host", form.host),
        port: numberOf("port", form.port, {from: 1, to: 65_535}),
        unitId: numberOf("unitId", form.unitId, {from: 0, to: 255}),
        ...timeout,
        ...(form.framing === "rtu" ? {framing: "rtu"} : {}),
      };
    case "modbus-rtu":
      return {
        protocol: "modbus-rtu",
        path: textOf("path", form.path),
        baudRate: numberOf("baudRate", form.baudRate, {from: 300, to: 1_000_000}),
        parity: oneOf("parity", form.parity, ["none", "even", "odd"]),
        stopBits: numberOf("stopBits", form.stopBits, {from: 1, to: 2}) as 1 | 2,
        unitId: numberOf("unitId", form.unitId, {from: 1, to: 247}),
        ...timeout,
      };
    case "opc-ua": {
      const user = optionalTextOf("user", form.user);
      return {
        protocol: "opc-ua",
        endpoint: textOf("endpoint", form.endpoint, 1000),
        ...SECURITIES[oneOf("security", form.security, Object.keys(SECURITIES) as (keyof typeof SECURITIES)[])],
        ...(user === undefined ? {} : {user}),
        ...(user === undefined || !password ? {} : {password}),
        trustOnFirstUse: form.trustOnFirstUse === true,
      };
    }
    default:
      throw wrong("protocol", 'must be "modbus-tcp", "modbus-rtu" or "opc-ua"');
  }
}

function pointOf(row: PointRow, isOpcUa: boolean, index: number): PointDefinition {
  const field = (name: string) => `points[${index}].${name}`;
  const unit = optionalTextOf(field("unit"), row.unit, 16);
  const name = textOf(field("name"), row.name);
  if (!POINT_NAME.test(name))
    throw wrong(field("name"), "must be a letter, then up to 63 letters, digits, dots, _ or -");
  const shared = {
    name,
    ...(unit === undefined ? {} : {unit}),
    ...(row.writable ? {writable: true} : {}),
  };
  if (isOpcUa) return {source: "opc-ua", ...shared, nodeId: textOf(field("nodeId"), row.nodeId, 1000)};
  const factor = optionalNumber(field("factor"), row.factor, {from: -1e12, to: 1e12});
  const length = optionalNumber(field("length"), row.length, {from: 1, to: 125});
  return {
    source: "modbus",
    ...shared,
    table: oneOf(field("table"), row.table, TABLES),
    address: numberOf(field("address"), row.address, {from: 0, to: 65_535}),
    type: textOf(field("type"), row.type, 20),
    ...(row.wordOrder ? {wordOrder: oneOf(field("wordOrder"), row.wordOrder, WORD_ORDERS)} : {}),
    ...(factor === undefined ? {} : {factor}),
    ...(length === undefined ? {} : {length}),
  };
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function numberOf(name: string, value: string | number | undefined, range: Range): number {
  const number = optionalNumber(name, value, range);
  if (number === undefined) throw wrong(name, `must be a number from ${range.from} to ${range.to}`);
  return number;
}

function optionalNumber(name: string, value: string | number | undefined, {from, to}: Range): number | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const number = Number(value);
  if (Number.isFinite(number) && number >= from && number <= to) return number;
  throw wrong(name, `must be a number from ${from} to ${to}; it is "${value}"`);
}

function oneOf<Choice extends string>(name: string, value: string | undefined, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw wrong(name, `must be one of ${choices.join(", ")}`);
  return found;
}
