import type {z} from "zod";
import {GatewayError} from "../errors.ts";

/** A request's body in the form it must have. Errors: `gateway/invalid` naming the field. */
export function parseBody<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = issue.path.join(".") || "the body";
  throw new GatewayError("gateway/invalid", `${field}: ${issue.message}.`, {field});
}
