import type {Node, NodeAPI, NodeMessage} from "node-red";
import {utf8} from "../src/bytes.ts";
import {GatewayError} from "../src/errors.ts";

/** A field of a dialog that a message may override: what a typedInput saves. `name` is what errors call it. */
export interface TypedField {
  readonly name: string;
  readonly value: string | undefined;
  readonly type: string | undefined;
}

// Types of our own that suggest values while somebody writes; what is saved is plain text.
const TEXT_TYPES: ReadonlySet<string> = new Set(["str", "point", "points", "machine"]);

/** Value of a field for one message; undefined when the field is empty. Errors: `nodes/invalid` names the field. */
export async function evaluateField(
  RED: Pick<NodeAPI, "util">,
  node: Node,
  msg: NodeMessage,
  field: TypedField,
): Promise<unknown> {
  const type = field.type || "str";
  // Node-RED itself would make 0 of an empty number and the whole message of an empty property.
  if (field.value === undefined || field.value === "") return undefined;
  if (TEXT_TYPES.has(type)) return field.value;
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null, value: unknown) => (error === null ? resolve(value) : refuse(error));
    const refuse = (error: unknown) =>
      reject(wrong(field.name, `cannot be evaluated (${type} ${field.value}): ${String(error)}`));
    try {
      RED.util.evaluateNodeProperty(field.value ?? "", type, node, msg, (error, value) => settle(error ?? null, value));
    } catch (error) {
      refuse(error);
    }
  });
}

/** Text of 1 to `max` characters. Numbers are taken as text, so that an order number needs no conversion. */
export function textOf(name: string, value: unknown, max = 256): string {
  const text = typeof value === "number" && Number.isFinite(value) ? String(value) : value;
  if (text === "" || text === undefined)
    throw wrong(name, "is empty. Fill it in the dialog or give it with the message");
  if (typeof text !== "string") throw wrong(name, `must be a text; it is ${kindOf(value)}`);
  if (text.length > max) throw wrong(name, `has ${text.length} characters; at most ${max} are allowed`);
  return text;
}

/** The same, absent when it is empty, null or undefined. */
export function optionalTextOf(name: string, value: unknown, max = 256): string | undefined {
  return value === undefined || value === null || value === "" ? undefined : textOf(name, value, max);
}

/** An integer from 0; absent when it is empty, null or undefined. */
export function optionalIndexOf(name: string, value: unknown): number | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const number = typeof value === "string" ? Number(value) : value;
  if (Number.isSafeInteger(number) && (number as number) >= 0) return number as number;
  throw wrong(name, `must be an integer from 0; it is ${kindOf(value)}`);
}

/** A plain object. A single text, number or truth value becomes `{value}`. */
export function recordOf(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (isScalar(value)) return {value};
  const isRecord =
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
  if (!isRecord) throw wrong(name, `must be an object, a text, a number or true/false; it is ${kindOf(value)}`);
  return value as Record<string, unknown>;
}

/** What can be written to a point of a device. */
export function scalarOf(name: string, value: unknown): number | string | boolean {
  if (isScalar(value)) return value;
  throw wrong(name, `must be a finite number, a text or true/false; it is ${kindOf(value)}`);
}

/** Names separated by commas, or a list of names; null = all (empty). */
export function namesOf(name: string, value: unknown): readonly string[] | null {
  if (value === undefined || value === null || value === "") return null;
  const list = typeof value === "string" ? value.split(",").map((part) => part.trim()) : value;
  if (!Array.isArray(list))
    throw wrong(name, `must be names separated by commas, or a list of names; it is ${kindOf(value)}`);
  const names = list.map((item) => textOf(name, item)).filter((item) => item !== "");
  return names.length === 0 ? null : names;
}

/** A list; a single value is a list of one, nothing is an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null || value === "") return [];
  return Array.isArray(value) ? value : [value];
}

/** Bytes of a Buffer as they are, of a text as UTF-8, of anything else as JSON. */
export function bytesOf(name: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return utf8(value);
  if (value === undefined || typeof value === "function")
    throw wrong(name, `must have a value; it is ${kindOf(value)}`);
  return utf8(JSON.stringify(value));
}

export function wrong(name: string, what: string): GatewayError {
  return new GatewayError("nodes/invalid", `Field "${name}" ${what}.`, {field: name});
}

function isScalar(value: unknown): value is number | string | boolean {
  return (
    typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))
  );
}

function kindOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Uint8Array) return "a buffer";
  if (typeof value === "number") return `the number ${value}`;
  return typeof value === "string" ? `the text "${value.slice(0, 40)}"` : `of type ${typeof value}`;
}
