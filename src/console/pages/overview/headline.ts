// Is everything well? The first sentence of the overview, and what a person has to do. Pure.

import type {DeviceStatus, GatewayStatus, MachineVerdict} from "../../../client/index.ts";

export interface Facts {
  readonly status: GatewayStatus;
  readonly verdicts: readonly MachineVerdict[];
  readonly devices: readonly DeviceStatus[];
}

/** Something that needs a person, the worst first. */
export type Need =
  | {readonly kind: "broken"; readonly machine: string; readonly seq: number; readonly because: string}
  | {readonly kind: "audit-stopped"; readonly because: string}
  | {readonly kind: "node"; readonly because: string}
  | {readonly kind: "field-gone"}
  | {
      readonly kind: "device";
      readonly device: string;
      readonly name: string;
      readonly reason: string;
      readonly remedy: string;
    }
  | {readonly kind: "clock"};

/** A device that still connects is not yet a fault. */
export function needsOf({status, verdicts, devices}: Facts): readonly Need[] {
  const needs: Need[] = [];
  for (const {machine, broken} of verdicts)
    if (broken !== null) needs.push({kind: "broken", machine, seq: broken.seq, because: broken.because});
  if (status.audit.because !== null) needs.push({kind: "audit-stopped", because: status.audit.because});
  if (!status.node.isHealthy) needs.push({kind: "node", because: status.node.because ?? ""});
  if (status.field.state !== "running") needs.push({kind: "field-gone"});
  for (const {id, name, state, reason, remedy} of devices)
    if (state === "fault" || state === "stale")
      needs.push({kind: "device", device: id, name, reason: reason ?? "", remedy: remedy ?? ""});
  if (!status.clock.isSynchronised) needs.push({kind: "clock"});
  return needs;
}
