// An entry with what a reader wants to know beside it: kind, old and new value, reason, review, erasure.

import type {AuditSearchItem} from "../client/index.ts";
import {changeOf, reasonOf} from "./change.ts";
import {kindOf} from "./kinds.ts";
import type {Logs} from "./logs.ts";
import type {MachineLog} from "./machine-log.ts";
import {presentEntry} from "./reader.ts";
import type {StoredEntry} from "./records.ts";

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
