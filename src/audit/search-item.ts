// An entry with what a reader wants to know beside it: kind, old and new value, reason, review, erasure.

import type {AuditEntry, AuditSearchItem, ErasedBody} from "../client/index.ts";
import {kindOf} from "./kinds.ts";
import type {Logs} from "./logs.ts";
import type {MachineLog} from "./machine-log.ts";
import {presentEntry} from "./reader.ts";
import type {StoredEntry} from "./records.ts";
import {presentReview} from "./review-rules.ts";

type Body = AuditEntry["body"];

export function presentItem(logs: Logs, log: MachineLog, stored: Pick<StoredEntry, "leaf" | "body">): AuditSearchItem {
  return itemOf(logs, presentEntry(log, stored));
}

export function itemOf(logs: Logs, entry: AuditEntry): AuditSearchItem {
  const {reviews, erased} = logs.marks.of(entry.machine);
  return {
    ...entry,
    kind: kindOf(entry.type),
    change: changeOf(entry.body),
    reason: reasonOf(entry.body) ?? entry.reasonCode,
    review: presentReview(reviews.at(entry.seq)),
    erased: entry.body === null ? presentErased(erased.at(entry.seq)) : null,
  };
}

function presentErased(erased: ErasedBody | null): ErasedBody | null {
  if (erased === null) return null;
  const {by, at, reason, legalBasis, seq} = erased;
  return {by, at, reason, legalBasis, seq};
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

// A Variant arrives as its value, or as an object with type and value by the library that wrote it (OPC 10000-6: `Type`, `Body`).
function valueOfVariant(variant: unknown): unknown {
  if (typeof variant !== "object" || variant === null) return variant ?? null;
  const {value, Value, Body: body} = variant as {value?: unknown; Value?: unknown; Body?: unknown};
  return value ?? Value ?? body ?? variant;
}

function reasonOf(body: Body): string | null {
  return typeof body?.reason === "string" && body.reason !== "" ? body.reason : null;
}
