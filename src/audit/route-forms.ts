// What the routes have in common: reading forms, and answering that something is not there.

import {z} from "zod";
import {GatewayError} from "../errors.ts";

/** A whole number from 0 in an address. */
export const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const machineParameters = z.object({machine: z.string().min(1).max(64)});

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
