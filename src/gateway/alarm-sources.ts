// What the parts of the gateway notice: node, clock, field process and its devices, what expires. The audit trail says for itself.

import type {AlarmCondition, DeviceStatus} from "../client/index.ts";
import type {Clock, ClockState} from "../clock.ts";
import type {AlarmSource} from "./alarms.ts";
import type {TokenRecord} from "./auth/tokens.ts";

/** How long something must last before it is worth an alarm. */
export const LASTING_MS = {node: 60_000, clock: 10 * 60_000, field: 30_000, device: 2 * 60_000} as const;
const DAY_MS = 86_400_000;
/** Days before something expires that somebody hears of it, and days after it that they still do. */
const EXPIRY_DAYS = {before: 14, after: 30} as const;
const DEVICES_EVERY_MS = 10_000;

/** How long each thing has been so; what is not named any more begins anew. */
export interface Lasting {
  /** Ms since a thing is as it is; 0 when it was not before. */
  note(name: string, isSo: boolean): number;
}

export function createLasting(clock: Pick<Clock, "monotonicMs">): Lasting {
  const since = new Map<string, number>();
  return {
    note: (name, isSo) => {
      if (!isSo) {
        since.delete(name);
        return 0;
      }
      const nowMs = clock.monotonicMs();
      const startMs = since.get(name) ?? nowMs;
      since.set(name, startMs);
      return nowMs - startMs;
    },
  };
}

export function nodeSource(
  status: () => {readonly isHealthy: boolean; readonly because: string | null},
  clock: Pick<Clock, "monotonicMs">,
): AlarmSource {
  const lasting = createLasting(clock);
  return {
    name: "node",
    conditions: async () => {
      const {isHealthy, because} = status();
      if (lasting.note("sick", !isHealthy) < LASTING_MS.node || isHealthy) return [];
      return [
        {
          id: "node/unhealthy",
          severity: "alarm",
          source: {kind: "part", name: "node"},
          sentence: `The Tangle node is not well: ${because ?? "it does not say why."}`,
          remedy: "Do what the sentence says. Entries are recorded meanwhile, and anchored when the node is well.",
        },
      ];
    },
  };
}

export function clockSource(state: () => ClockState, clock: Pick<Clock, "monotonicMs">): AlarmSource {
  const lasting = createLasting(clock);
  return {
    name: "clock",
    conditions: async () => {
      const {isSynchronised} = state();
      if (lasting.note("free", !isSynchronised) < LASTING_MS.clock || isSynchronised) return [];
      return [
        {
          id: "clock/unsynchronised",
          severity: "warning",
          source: {kind: "part", name: "clock"},
          sentence: "The clock of this machine is not synchronised; entries say so beside their time.",
          remedy: "Give chrony or systemd-timesyncd a time server that can be reached from here.",
        },
      ];
    },
  };
}

/** `devices`: null when the field process does not answer. */
export function fieldSource(
  devices: () => Promise<readonly DeviceStatus[] | null>,
  clock: Pick<Clock, "monotonicMs">,
): AlarmSource {
  const lasting = createLasting(clock);
  let last: {readonly atMs: number; readonly conditions: readonly AlarmCondition[]} | null = null;
  const ask = async (): Promise<readonly AlarmCondition[]> => {
    const found = await devices();
    const silentMs = lasting.note("silent", found === null);
    if (found === null) {
      // How the devices are, nobody knows; what was known stays until the process answers.
      if (silentMs < LASTING_MS.field) return last?.conditions ?? [];
      return [...(last?.conditions ?? []).filter(({id}) => id !== UNREACHABLE.id), UNREACHABLE];
    }
    return found.filter(isBadForLong).map(deviceCondition);
  };
  const isBadForLong = ({id, state}: DeviceStatus) =>
    lasting.note(`device/${id}`, state === "fault" || state === "stale") >= LASTING_MS.device;
  return {
    name: "field",
    conditions: async () => {
      const nowMs = clock.monotonicMs();
      if (last === null || nowMs - last.atMs >= DEVICES_EVERY_MS) last = {atMs: nowMs, conditions: await ask()};
      return last.conditions;
    },
  };
}

const UNREACHABLE: AlarmCondition = {
  id: "field/unreachable",
  severity: "alarm",
  source: {kind: "part", name: "field"},
  sentence: "The field process does not answer: no device is read.",
  remedy: "It is started again by itself. If it does not come back, its log says why (`tanglegate doctor`).",
};

function deviceCondition({id, name, state, reason, remedy}: DeviceStatus): AlarmCondition {
  const what = state === "fault" ? "cannot be read" : "gives no new values";
  return {
    id: `field/device/${id}`,
    severity: state === "fault" ? "alarm" : "warning",
    source: {kind: "device", name: id},
    sentence: `${name} ${what}${reason === null ? "." : `: ${reason}`}`,
    remedy: remedy ?? "Look at the device, its power and its wiring.",
  };
}

/** Something with a last day. */
export interface Expiry {
  /** `token`, `certificate` ... */
  readonly kind: string;
  readonly name: string;
  /** RFC 3339; null = never. */
  readonly expiresAt: string | null;
  readonly remedy: string;
}

export function tokenExpiries(tokens: readonly Pick<TokenRecord, "name" | "expiresAt">[]): readonly Expiry[] {
  return tokens.map(({name, expiresAt}) => ({
    kind: "token",
    name,
    expiresAt,
    remedy: "Make a new one for whoever uses it, then revoke this one (`tanglegate token`).",
  }));
}

/** Tokens, certificates and whatever else ends on a day. */
export function expirySource(expiries: () => readonly Expiry[], clock: Pick<Clock, "now">): AlarmSource {
  return {
    name: "expiry",
    conditions: async () =>
      expiries().flatMap(({kind, name, expiresAt, remedy}): AlarmCondition[] => {
        if (expiresAt === null) return [];
        const days = (Date.parse(expiresAt) - clock.now()) / DAY_MS;
        if (days > EXPIRY_DAYS.before || days < -EXPIRY_DAYS.after) return [];
        const date = expiresAt.slice(0, 10);
        return [
          {
            id: `expiry/${kind}/${name}`,
            severity: days <= 0 ? "alarm" : "warning",
            source: {kind: "part", name: `${kind} ${name}`},
            sentence: `The ${kind} ${name} ${days <= 0 ? "expired" : "expires"} on ${date}.`,
            remedy,
          },
        ];
      }),
  };
}
