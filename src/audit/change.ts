// What a body says of a change. Pure: browsers read bodies, too.

import type {AuditEntry, AuditSearchItem} from "../client/index.ts";

type Body = AuditEntry["body"];

/** Old and new value of a body: the convention of this project (`old`, `new`, `unit`), or OPC 10000-5's AuditWriteUpdateEventType. */
export function changeOf(body: Body): AuditSearchItem["change"] {
  if (body === null) return null;
  const unit = typeof body.unit === "string" ? body.unit : null;
  if (Object.hasOwn(body, "old") || Object.hasOwn(body, "new"))
    return {old: body.old ?? null, new: body.new ?? null, unit};
  if (Object.hasOwn(body, "OldValue") || Object.hasOwn(body, "NewValue"))
    return {old: valueOfVariant(body.OldValue), new: valueOfVariant(body.NewValue), unit};
  return null;
}

// A Variant arrives as its value or as an object with type and value, by the library that wrote it (OPC 10000-6 5.4.2.17: `Type`, `Body`).
function valueOfVariant(variant: unknown): unknown {
  if (typeof variant !== "object" || variant === null) return variant ?? null;
  const {value, Value, Body: body} = variant as {value?: unknown; Value?: unknown; Body?: unknown};
  return value ?? Value ?? body ?? variant;
}

/** The reason that a body gives; null when it gives none. */
export function reasonOf(body: Body): string | null {
  return typeof body?.reason === "string" && body.reason !== "" ? body.reason : null;
}
