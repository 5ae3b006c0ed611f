// What the routes have in common: reading forms, and answering that something is not there.

import {z} from "zod";
import type {AuditKind} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import {AUDIT_KINDS} from "./kinds.ts";

/** A whole number from 0 in an address. */
export const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const machineParameters = z.object({machine: z.string().min(1).max(64)});

const text = z.string().min(1).max(256);
const list = <Item extends z.ZodType<string, string>>(item: Item) =>
  z
    .string()
    .max(20_000)
    .transform((items) => items.split(","))
    .pipe(z.array(item).max(256));
const name = z.string().min(1).max(64);
const time = z
  .string()
  .max(40)
  .refine((given) => !Number.isNaN(Date.parse(given)), "an RFC 3339 time such as 2026-01-31T12:00:00Z")
  .transform((given) => new Date(given).toISOString());

/** A filter as an address spells it; what else it may be is the search's to say. */
export const filterQuery = z.strictObject({
  machine: list(name).optional(),
  type: list(name).optional(),
  kind: list(z.enum(AUDIT_KINDS)).optional(),
  actor: text.optional(),
  subject: text.optional(),
  value: text.optional(),
  text: text.optional(),
  from: time.optional(),
  to: time.optional(),
  state: z.enum(["verified", "waiting"]).optional(),
  review: z.enum(["open", "reviewed", "question", "handed-over"]).optional(),
});

/** Errors: `audit/invalid` with the first field that does not have its form. */
export function readForm<Shape>(schema: z.ZodType<Shape>, value: unknown): Shape {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = issue.path.join(".") || "the query";
  throw new GatewayError("audit/invalid", `${field}: ${issue.message}.`, {field});
}

export function withoutUndefined<Shape extends object>(
  value: Shape,
): {[Field in keyof Shape]: Exclude<Shape[Field], undefined>} {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [Field in keyof Shape]: Exclude<Shape[Field], undefined>;
  };
}

export function notFound(sentence: string): never {
  throw new GatewayError("audit/not-found", sentence);
}

/** The filter of such a query, and what the query has beside it. */
export function filterIn<
  Query extends {machine?: string[] | undefined; type?: string[] | undefined; kind?: AuditKind[] | undefined},
>({machine, type, kind, ...rest}: Query) {
  return withoutUndefined({machines: machine, types: type, kinds: kind, ...rest});
}
