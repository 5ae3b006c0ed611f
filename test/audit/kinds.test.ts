import {expect, test} from "@jest/globals";
import {kindOf} from "../../src/audit/kinds.ts";

test.each([
  ["parameter-change", "critical"],
  ["parameter-observed", "other"],
  ["override", "critical"],
  ["override.speed", "critical"],
  ["firmware-update", "critical"],
  ["software-version", "critical"],
  ["user-created", "critical"],
  ["role-changed", "critical"],
  ["password-changed", "critical"],
  ["token-created", "critical"],
  ["token-revoked", "critical"],
  ["clock-set", "critical"],
  ["time-change", "critical"],
  ["retention-changed", "critical"],
  ["redaction", "critical"],
  ["restored", "critical"],
  ["auditwriteupdateeventtype", "critical"],
  ["device-defined", "critical"],
  ["device-removed", "critical"],
  ["audit-resumed", "critical"],
  ["change-failed", "critical"],
  ["alarm", "alarm"],
  ["alarm-raised", "alarm"],
  ["fault.drive", "alarm"],
  ["batch-end", "batch"],
  ["batch.start", "batch"],
  ["order-started", "batch"],
  ["login", "access"],
  ["login-failed", "access"],
  ["session-opened", "access"],
  ["session-ended", "access"],
  ["export", "access"],
  ["device-fault", "other"],
  ["review", "other"],
  ["review-plan", "other"],
  ["gateway-started", "other"],
  ["reading", "other"],
  ["timeout", "other"],
  ["alarming", "other"],
  ["constructor", "other"],
  ["__proto__", "other"],
])("%s is %s", (type, kind) => {
  expect(kindOf(type)).toBe(kind);
});

test.each(["critical", "alarm", "batch", "access", "other"] as const)(
  "a flow chooses %s by the first word of its type",
  (kind) => {
    expect(kindOf(`${kind}.anything`)).toBe(kind);
    expect(kindOf(`${kind}-anything`)).toBe(kind);
  },
);
