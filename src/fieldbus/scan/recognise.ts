import {decodeRegisters} from "../decode.ts";
import type {RegisterPoint} from "../point.ts";
import type {DeviceProfile, ModbusProfile} from "../profile.ts";
import {registerMap} from "../register-map.ts";
import {registersOf} from "../register-type.ts";
import type {ProbeRequest} from "./mbap-link.ts";

/** A mark of a profile: what a register of the device must hold. */
export interface Mark {
  readonly request: Extract<ProbeRequest, {kind: "holding" | "input"}>;
  /** Whether the registers bear the mark. */
  fits(registers: readonly number[]): boolean;
  /** An exact value names a model; a plausible range only fits it. */
  readonly isExact: boolean;
  readonly meaning: string;
}

/** Marks of a profile; empty when it cannot be told from others. */
export function marksOf(profile: ModbusProfile): readonly Mark[] {
  const exact = registerMap(profile, []).identify.map((entry) =>
    markOf({...entry, min: entry.value, max: entry.value, wordOrder: "big" as const}),
  );
  const plausible = profile.recognise.map((entry) =>
    markOf({...entry, address: entry.address + profile.baseAddress, wordOrder: profile.wordOrder}),
  );
  return [...exact, ...plausible].filter((mark) => mark !== null);
}

export interface Recognised {
  readonly profile: ModbusProfile;
  readonly isExact: boolean;
  readonly marks: readonly Mark[];
}

/**
 * The profile whose marks all fit; of several the one with an exact mark, then the one with most marks. `read` gives null when the
 * device does not answer the range.
 */
export async function recogniseModbus(
  profiles: readonly DeviceProfile[],
  read: (request: Mark["request"]) => Promise<readonly number[] | null>,
): Promise<Recognised | null> {
  const known = new Map<string, readonly number[] | null>();
  const readOnce = async (request: Mark["request"]) => {
    const key = `${request.kind} ${request.address} ${request.count}`;
    const found = known.has(key) ? known.get(key)! : await read(request);
    known.set(key, found);
    return found;
  };
  const fitting: Recognised[] = [];
  for (const profile of profiles) {
    if (profile.protocol !== "modbus") continue;
    const marks = marksOf(profile);
    if (marks.length === 0 || !(await allFit(marks, readOnce))) continue;
    fitting.push({profile, marks, isExact: marks.some((mark) => mark.isExact)});
  }
  const rank = ({isExact, marks}: Recognised) => (isExact ? 1_000 : 0) + marks.length;
  return fitting.sort((first, second) => rank(second) - rank(first))[0] ?? null;
}

async function allFit(
  marks: readonly Mark[],
  read: (request: Mark["request"]) => Promise<readonly number[] | null>,
): Promise<boolean> {
  for (const mark of marks) {
    const registers = await read(mark.request);
    if (registers === null || !mark.fits(registers)) return false;
  }
  return true;
}

function markOf(entry: {
  readonly table: RegisterPoint["table"];
  readonly address: number;
  readonly type: RegisterPoint["type"];
  readonly min: number;
  readonly max: number;
  readonly meaning: string;
  readonly wordOrder: RegisterPoint["wordOrder"];
}): Mark | null {
  const {table, address, type, min, max, meaning, wordOrder} = entry;
  if (table !== "holding" && table !== "input") return null;
  const count = registersOf(type);
  const point: RegisterPoint = {
    name: meaning,
    table,
    address,
    type,
    count,
    wordOrder,
    factor: 1,
    scaleFactor: null,
    block: null,
    unit: null,
    access: "read",
    description: null,
    notAvailable: [],
    values: null,
  };
  return {
    request: {kind: table, address, count},
    fits: (registers) => {
      const {value} = decodeRegisters(point, registers, null);
      return typeof value === "number" && value >= min && value <= max;
    },
    isExact: min === max,
    meaning,
  };
}
