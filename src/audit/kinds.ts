// What an entry is about, by its type. One table for everything that asks: filter, density strip, review.

import type {AuditKind} from "../client/index.ts";

/** In the order in which a reader wants them. */
export const AUDIT_KINDS: readonly AuditKind[] = ["critical", "alarm", "batch", "access", "other"];

// Types that this gateway writes itself, and what field devices and flows commonly name their events (OPC 10000-5 for the AuditEvents).
const BY_TYPE: Readonly<Record<string, AuditKind>> = {
  "parameter-change": "critical",
  // What was found at a start is no change.
  "parameter-observed": "other",
  "setpoint-change": "critical",
  "recipe-change": "critical",
  "configuration-change": "critical",
  "write-verified": "critical",
  "method-called": "critical",
  override: "critical",
  bypass: "critical",
  "firmware-update": "critical",
  "software-update": "critical",
  "flows-deployed": "critical",
  "site-set-up": "critical",
  "clock-set": "critical",
  "time-change": "critical",
  redaction: "critical",
  restored: "critical",
  "audit-broken": "critical",
  "audit-resumed": "critical",
  "change-failed": "critical",
  "device-defined": "critical",
  "device-changed": "critical",
  "device-removed": "critical",
  login: "access",
  logout: "access",
  "login-failed": "access",
  "door-opened": "access",
  export: "access",
  auditwriteupdateeventtype: "critical",
  auditupdatemethodeventtype: "critical",
  auditactivatesessioneventtype: "access",
  auditcreatesessioneventtype: "access",
};

// The first word of a type, up to a dot, hyphen or underscore. Every kind's own name is among them: a flow's way to choose.
const BY_PREFIX: Readonly<Record<string, AuditKind>> = {
  critical: "critical",
  parameter: "critical",
  setpoint: "critical",
  override: "critical",
  bypass: "critical",
  firmware: "critical",
  software: "critical",
  user: "critical",
  role: "critical",
  password: "critical",
  token: "critical",
  certificate: "critical",
  clock: "critical",
  retention: "critical",
  settings: "critical",
  alarm: "alarm",
  fault: "alarm",
  interlock: "alarm",
  batch: "batch",
  order: "batch",
  lot: "batch",
  access: "access",
  login: "access",
  logout: "access",
  session: "access",
  other: "other",
};

/** Kind of a type; `other` when the table does not know it. */
export function kindOf(type: string): AuditKind {
  const whole = Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined;
  if (whole !== undefined) return whole;
  const first = /^[a-z0-9]+/.exec(type)?.[0] ?? "";
  return Object.hasOwn(BY_PREFIX, first) ? BY_PREFIX[first]! : "other";
}
