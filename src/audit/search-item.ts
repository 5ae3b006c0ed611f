// An entry with what a reader wants to know beside it: kind, old and new value, reason, review, erasure.

import type {AuditEntry, AuditSearchItem, ErasedBody} from "../client/index.ts";
import {changeOf, reasonOf} from "./change.ts";
import {kindOf} from "./kinds.ts";
import type {Logs} from "./logs.ts";
import type {MachineLog} from "./machine-log.ts";
import {presentEntry} from "./reader.ts";
import type {StoredEntry} from "./records.ts";
import {presentReview} from "./review-rules.ts";

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
