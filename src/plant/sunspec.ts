// The inverter as SunSpec shows it: models 1, 103 and 160 in a chain from 40000. Scale factors are fixed; what the inverter does not
// measure, or not at night, is "not available" (null here, the type's marker on the wire).

import {toWh} from "./energy.ts";
import {INVERTER_STATES, type Inverter, STRINGS, type StringReading} from "./inverter.ts";
import type {Meter} from "./meter.ts";

const BASE = 40_000;
const MODEL_1 = {id: 1, length: 66};
const MODEL_103 = {id: 103, length: 50};
// Eight fixed registers and twenty a module.
const MODEL_160 = {id: 160, length: 8 + 20 * STRINGS.length};
const END = {id: 0xffff, length: 0};

const SCALE_FACTORS: Readonly<Record<string, number>> = {
  A_SF: -2,
  V_SF: -1,
  W_SF: 0,
  Hz_SF: -2,
  VA_SF: 0,
  VAr_SF: 0,
  PF_SF: -1,
  WH_SF: 0,
  DCA_SF: -2,
  DCV_SF: -1,
  DCW_SF: 0,
  Tmp_SF: -1,
  mppt_DCA_SF: -2,
  mppt_DCV_SF: -1,
  mppt_DCW_SF: 0,
  mppt_DCWH_SF: 0,
};

const NAMEPLATE: Readonly<Record<string, string>> = {
  Mn: "Tanglegate",
  Md: "Simulated inverter 10 kW",
  Opt: "demo",
  Vr: "1.0",
  SN: "TG-SIM-0001",
};

const MODULE_POINT = /^mppt([12])_(.+)$/;

/** Registers of the chain that are no values: the marker "SunS", ids and lengths, module numbers, pads, by absolute address. */
export function sunSpecFrame(): ReadonlyMap<number, number> {
  const frame = new Map<number, number>([
    [BASE, 0x5375],
    [BASE + 1, 0x6e53],
  ]);
  let at = BASE + 2;
  for (const model of [MODEL_1, MODEL_103, MODEL_160, END]) {
    frame.set(at, model.id);
    frame.set(at + 1, model.length);
    if (model === MODEL_1) fillModel1(frame, at);
    if (model === MODEL_160) fillModel160(frame, at);
    at += 2 + model.length;
  }
  return frame;
}

/** Value of a point by its name in the profile `sunspec-inverter`; null = not available. */
export function inverterValue(inverter: Inverter, meter: Meter, name: string): number | string | null {
  const fixed = SCALE_FACTORS[name] ?? NAMEPLATE[name];
  if (fixed !== undefined) return fixed;
  const ofModule = MODULE_POINT.exec(name);
  if (ofModule !== null) return moduleValue(inverter, Number(ofModule[1]) - 1, ofModule[2]!);
  if (name === "mppt_N") return STRINGS.length;
  return acValue(inverter, meter, name) ?? dcValue(inverter, name);
}

function acValue(inverter: Inverter, meter: Meter, name: string): number | null {
  const isAwake = inverter.state !== "sleeping";
  const powerW = (3 * inverter.phaseMw) / 1000;
  const currents = meter.phases.map((phase) => inverter.phaseMw / 1000 / phase.voltageV);
  switch (name) {
    case "W":
    case "VA":
      return powerW;
    case "VAr":
      return 0;
    case "PF":
      return isAwake ? 100 : null;
    case "A":
      return isAwake ? currents[0]! + currents[1]! + currents[2]! : null;
    case "AphA":
    case "AphB":
    case "AphC":
      return isAwake ? currents["ABC".indexOf(name.at(-1)!)]! : null;
    case "PhVphA":
    case "PhVphB":
    case "PhVphC":
      return meter.phases["ABC".indexOf(name.at(-1)!)]!.voltageV;
    case "Hz":
      return meter.frequencyHz;
    case "WH":
      return toWh(inverter.acUj);
    case "TmpCab":
      return inverter.cabinetC;
    case "St":
      return INVERTER_STATES[inverter.state];
    case "Evt1":
    case "Evt2":
      return 0;
    default:
      return null;
  }
}

function dcValue(inverter: Inverter, name: string): number | null {
  const [east, west] = inverter.strings;
  if (inverter.state === "sleeping") return null;
  // The two inputs have voltages of their own, so there is no one DC voltage (DCV) to show.
  if (name === "DCW") return (east.dcMw + west.dcMw) / 1000;
  if (name === "DCA") return east.currentA + west.currentA;
  return null;
}

function moduleValue(inverter: Inverter, index: number, name: string): number | string | null {
  const reading: StringReading = inverter.strings[index]!;
  const isAwake = inverter.state !== "sleeping";
  switch (name) {
    case "IDStr":
      return STRINGS[index]!.name;
    case "DCA":
      return isAwake ? reading.currentA : null;
    case "DCV":
      return isAwake ? reading.voltageV : null;
    case "DCW":
      return isAwake ? reading.dcMw / 1000 : null;
    case "DCWH":
      return toWh(inverter.stringUj[index]!);
    case "Tmp":
      return isAwake ? reading.moduleC : null;
    case "DCSt":
      return INVERTER_STATES[inverter.state];
    default:
      return null;
  }
}

// Offsets from the register of the model's id: device address 66, pad 67.
function fillModel1(frame: Map<number, number>, at: number): void {
  frame.set(at + 66, 2);
  frame.set(at + 67, 0x8000);
}

// Offsets as above: events 6, N 8, TmsPer 9; in a module: id 0, Tms 14, DCEvt 18.
function fillModel160(frame: Map<number, number>, at: number): void {
  for (const offset of [6, 7]) frame.set(at + offset, 0);
  frame.set(at + 9, 0xffff);
  STRINGS.forEach((_, index) => {
    const module = at + 10 + 20 * index;
    frame.set(module, index + 1);
    for (const offset of [14, 15]) frame.set(module + offset, 0xffff);
    for (const offset of [18, 19]) frame.set(module + offset, 0);
  });
}
