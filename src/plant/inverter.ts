// A photovoltaic inverter with two strings, one on the east slope of the roof and one on the west.

import type {Sky} from "./day.ts";
import {energyOf, type Microjoules, toMilli} from "./energy.ts";

/** SunSpec model 103, point St. */
export const INVERTER_STATES = {sleeping: 2, starting: 3, mppt: 4, throttled: 5} as const;
export type InverterState = keyof typeof INVERTER_STATES;

interface StringDesign {
  readonly name: string;
  readonly peakW: number;
  readonly tiltDeg: number;
  /** Where the modules look to, clockwise from north. */
  readonly azimuthDeg: number;
  /** At 25 °C at the maximum power point. */
  readonly voltageV: number;
}

export const STRINGS: readonly [StringDesign, StringDesign] = [
  {name: "East", peakW: 6200, tiltDeg: 30, azimuthDeg: 105, voltageV: 560},
  {name: "West", peakW: 5400, tiltDeg: 30, azimuthDeg: 255, voltageV: 490},
];

export const RATED_W = 10_000;
/** Below this much from both strings the inverter sleeps. */
const WAKE_W = 60;

export interface StringReading {
  /** Whole milliwatts. */
  readonly dcMw: number;
  readonly voltageV: number;
  readonly currentA: number;
  readonly moduleC: number;
}

export interface Inverter {
  readonly state: InverterState;
  /** Whole milliwatts fed on each of the three phases; never negative. */
  readonly phaseMw: number;
  readonly cabinetC: number;
  readonly strings: readonly [StringReading, StringReading];
  readonly acUj: Microjoules;
  readonly stringUj: readonly [Microjoules, Microjoules];
}

export interface InverterCounters {
  readonly acUj: Microjoules;
  readonly stringUj: readonly [Microjoules, Microjoules];
}

/** The inverter in one step under this sky. */
export function stepInverter(counters: InverterCounters, sky: Sky, stepMs: number): Inverter {
  const offered = [readString(STRINGS[0], sky), readString(STRINGS[1], sky)] as const;
  const offeredW = (offered[0].dcMw + offered[1].dcMw) / 1000;
  const isAwake = sky.elevationDeg > 0 && offeredW >= WAKE_W;
  if (!isAwake) {
    const strings = [asleep(offered[0]), asleep(offered[1])] as const;
    return {...counters, state: "sleeping", phaseMw: 0, cabinetC: sky.ambientC + 3, strings};
  }
  const acW = Math.min(RATED_W, offeredW * efficiency(offeredW));
  // Above its rating the inverter leaves the maximum power point and takes less from both strings.
  const share = acW / (offeredW * efficiency(offeredW));
  const strings = [throttle(offered[0], share), throttle(offered[1], share)] as const;
  const phaseMw = Math.floor(toMilli(acW) / 3);
  return {
    state: share < 1 ? "throttled" : "mppt",
    phaseMw,
    cabinetC: sky.ambientC + 5 + acW / 400,
    strings,
    acUj: counters.acUj + energyOf(3 * phaseMw, stepMs),
    stringUj: [
      counters.stringUj[0] + energyOf(strings[0].dcMw, stepMs),
      counters.stringUj[1] + energyOf(strings[1].dcMw, stepMs),
    ],
  };
}

function readString(design: StringDesign, sky: Sky): StringReading {
  const rad = Math.PI / 180;
  const tilt = design.tiltDeg * rad;
  const elevation = sky.elevationDeg * rad;
  const facing =
    Math.sin(elevation) * Math.cos(tilt) +
    Math.cos(elevation) * Math.sin(tilt) * Math.cos((sky.azimuthDeg - design.azimuthDeg) * rad);
  const onModulesWm2 = sky.beamWm2 * Math.max(0, facing) + (sky.diffuseWm2 * (1 + Math.cos(tilt))) / 2;
  // Nominal operating cell temperature of 45 °C; -0.38 %/K of power and -0.29 %/K of voltage, as crystalline modules have.
  const moduleC = sky.ambientC + (25 / 800) * onModulesWm2;
  const dcW = Math.max(0, (design.peakW * onModulesWm2 * (1 - 0.0038 * (moduleC - 25))) / 1000);
  const voltageV = design.voltageV * (1 - 0.0029 * (moduleC - 25));
  return {dcMw: toMilli(dcW), voltageV, currentA: dcW / voltageV, moduleC};
}

/** European-style efficiency curve: poor at a few percent of load, 97 % above a third. */
function efficiency(dcW: number): number {
  return 0.975 - 6 / Math.max(dcW, WAKE_W) - 0.008 * (dcW / RATED_W);
}

function throttle(reading: StringReading, share: number): StringReading {
  return {...reading, dcMw: Math.round(reading.dcMw * share), currentA: reading.currentA * share};
}

function asleep(reading: StringReading): StringReading {
  return {...reading, dcMw: 0, voltageV: 0, currentA: 0};
}
