// Is everything well? The first sentence of the overview, and what a person has to do. Pure.

import type {Alarm, DeviceStatus, GatewayStatus, MachineVerdict} from "../../../client/index.ts";

export interface Facts {
  readonly status: GatewayStatus;
  /** What has lasted long enough for an alarm, in the gateway's order. */
  readonly alarms: readonly Alarm[];
  readonly verdicts: readonly MachineVerdict[];
  readonly devices: readonly DeviceStatus[];
}

/** Something that needs a person: an alarm, or what has just begun and is none yet. */
export type Need =
  | {readonly kind: "alarm"; readonly alarm: Alarm}
  | {readonly kind: "broken"; readonly machine: string; readonly seq: number; readonly because: string}
  | {readonly kind: "audit-stopped"; readonly because: string}
  | {readonly kind: "node"; readonly because: string}
  | {readonly kind: "field-gone"}
  | {
      readonly kind: "device";
      readonly device: string;
      readonly name: string;
      readonly isStale: boolean;
      readonly reason: string;
      readonly remedy: string;
    }
  | {readonly kind: "clock"};

/** The worst first; what is an alarm is not said twice. */
export function needsOf(facts: Facts): readonly Need[] {
  const known = new Set(facts.alarms.map(({id}) => id));
  const needs: Need[] = facts.alarms.map((alarm) => ({kind: "alarm", alarm}));
  for (const [id, need] of immediateNeeds(facts)) if (!known.has(id)) needs.push(need);
  return [...needs.filter(isSerious), ...needs.filter((need) => !isSerious(need))];
}

/** Whether it cannot wait. */
export function isSerious(need: Need): boolean {
  switch (need.kind) {
    case "alarm":
      return need.alarm.severity === "alarm";
    case "device":
      return !need.isStale;
    case "clock":
      return false;
    default:
      return true;
  }
}

// What the pages see at once, with the id of the alarm that it becomes when it lasts. A device that still connects is not yet a fault.
function* immediateNeeds({status, verdicts, devices}: Facts): Generator<readonly [id: string, need: Need]> {
  for (const {machine, broken} of verdicts)
    if (broken !== null)
      yield [`audit/broken/${machine}`, {kind: "broken", machine, seq: broken.seq, because: broken.because}];
  if (status.audit.because !== null)
    yield ["audit/not-accepting", {kind: "audit-stopped", because: status.audit.because}];
  if (!status.node.isHealthy) yield ["node/unhealthy", {kind: "node", because: status.node.because ?? ""}];
  if (status.field.state !== "running") yield ["field/unreachable", {kind: "field-gone"}];
  for (const {id, name, state, reason, remedy} of devices)
    if (state === "fault" || state === "stale")
      yield [
        `field/device/${id}`,
        {kind: "device", device: id, name, isStale: state === "stale", reason: reason ?? "", remedy: remedy ?? ""},
      ];
  if (!status.clock.isSynchronised) yield ["clock/unsynchronised", {kind: "clock"}];
}
