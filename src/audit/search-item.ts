// An entry with what a reader wants to know beside it: kind, old and new value, reason, review, erasure.

import type {AuditEntry, AuditSearchItem} from "../client/index.ts";
import {kindOf} from "./kinds.ts";
import type {Logs} from "./logs.ts";
import type {MachineLog} from "./machine-log.ts";
import {presentEntry} from "./reader.ts";
import type {StoredEntry} from "./records.ts";

type Body = AuditEntry["body"];

export function presentItem(_logs: Logs, log: MachineLog, stored: Pick<StoredEntry, "leaf" | "body">): AuditSearchItem {
  const entry = presentEntry(log, stored);
  return {
    ...entry,
    kind: kindOf(entry.type),
    change: changeOf(entry.body),
    reason: reasonOf(entry.body) ?? entry.reasonCode,
    review: {state: "open"},
    erased: null,
  };
}

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

function reasonOf(body: Body): string | null {
  return typeof body?.reason === "string" && body.reason !== "" ? body.reason : null;
}
