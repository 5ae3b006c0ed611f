// The whole site as one pure value: `advanceSite` gives the next half second, `commandSite` what a person does at that moment. The
// same seed, start and commands give the same site, whatever the real time and however fast it runs.

import {localTimeAt, type Place, type Sky, skyAt} from "./day.ts";
import {fromKwh} from "./energy.ts";
import {type Inverter, stepInverter} from "./inverter.ts";
import {
  commandMachine,
  createMachine,
  loadOf,
  type Machine,
  type MachineCommand,
  type MachineOutcome,
  stepMachine,
} from "./machine.ts";
import {type Meter, mapPhases, type PhaseCounters, stepMeter, type ThreePhases} from "./meter.ts";
import {curve, draw} from "./noise.ts";

/** Simulated time of one step. */
export const STEP_MS = 500;

/** A town at 48° north that keeps Central European Summer Time. */
export const PLACE: Place = {latitudeDeg: 48.14, longitudeDeg: 11.58, utcOffsetMinutes: 120};

/** Monday, 15 June 2026, 08:30 by the site's clock. */
export const DEFAULT_START_MS = Date.UTC(2026, 5, 15, 6, 30);

const STREAM_HISTORY = 60;
const STREAM_BUILDING = 61;
const STREAM_COMPRESSOR = 65;

export interface Site {
  readonly seed: number;
  /** Simulated time at step 0. */
  readonly startMs: number;
  readonly step: number;
  readonly sky: Sky;
  readonly machine: Machine;
  readonly inverter: Inverter;
  readonly meter: Meter;
}

export type SiteOutcome =
  | {readonly kind: "done"; readonly site: Site}
  | Extract<MachineOutcome, {readonly kind: "refused"}>;

/** A site at its first step. Its meters have a history that the seed decides. `seed`: 0..2^32 - 1. */
export function createSite(options: {readonly seed: number; readonly startMs?: number}): Site {
  const {seed, startMs = DEFAULT_START_MS} = options;
  const history = (index: number, kwh: number) => fromKwh(kwh * (0.8 + 0.4 * draw(seed, STREAM_HISTORY, index)));
  const counters = mapPhases<number, PhaseCounters>([0, 1, 2], (phase) => ({
    importUj: history(phase, 2900),
    exportUj: history(10 + phase, 480),
    reactiveImportUvars: history(20 + phase, 900),
    reactiveExportUvars: history(30 + phase, 12),
  }));
  const stringUj = [history(40, 5100), history(41, 4400)] as const;
  const acUj = ((stringUj[0] + stringUj[1]) * 96n) / 100n;
  return compose({seed, startMs, step: 0}, createMachine(), {acUj, stringUj}, counters, 0);
}

/** Simulated time. */
export function timeOf(site: Pick<Site, "startMs" | "step">): number {
  return site.startMs + site.step * STEP_MS;
}

/** The site one step (500 ms of simulated time) later. */
export function advanceSite(site: Site): Site {
  const {seed, startMs} = site;
  const step = site.step + 1;
  const timeMs = timeOf({startMs, step});
  const machine = stepMachine(site.machine, {
    seed,
    step,
    stepMs: STEP_MS,
    ambientC: hallC(site.sky.ambientC),
    isShift: isShiftAt(timeMs),
  });
  return compose({seed, startMs, step}, machine, site.inverter, site.meter.counters, STEP_MS);
}

/** The site after a command, at the same moment; meters follow at the next step. */
export function commandSite(site: Site, command: MachineCommand): SiteOutcome {
  const outcome = commandMachine(site.machine, command);
  return outcome.kind === "done" ? {kind: "done", site: {...site, machine: outcome.machine}} : outcome;
}

/** Two shifts on weekdays, one on Saturday. */
export function isShiftAt(timeMs: number): boolean {
  const {hour, weekday} = localTimeAt(PLACE, timeMs);
  if (weekday === 0) return false;
  return hour >= 6 && hour < (weekday === 6 ? 14 : 22);
}

function compose(
  moment: Pick<Site, "seed" | "startMs" | "step">,
  machine: Machine,
  inverterCounters: Pick<Inverter, "acUj" | "stringUj">,
  meterCounters: ThreePhases<PhaseCounters>,
  stepMs: number,
): Site {
  const timeMs = timeOf(moment);
  const sky = skyAt(moment.seed, PLACE, timeMs);
  const inverter = stepInverter({acUj: inverterCounters.acUj, stringUj: inverterCounters.stringUj}, sky, stepMs);
  const building = buildingLoad(moment.seed, timeMs);
  const machineLoad = loadOf(machine);
  const meter = stepMeter(meterCounters, {
    seed: moment.seed,
    timeMs,
    stepMs,
    activeW: mapPhases(
      building.activeW,
      (watts, phase) => watts + machineLoad.activeW[phase as 0 | 1 | 2] - inverter.phaseMw / 1000,
    ),
    reactiveVar: mapPhases(building.reactiveVar, (vars, phase) => vars + machineLoad.reactiveVar[phase as 0 | 1 | 2]),
  });
  return {...moment, sky, machine, inverter, meter};
}

/** Light, computers, ventilation, and a compressor that comes and goes. */
function buildingLoad(
  seed: number,
  timeMs: number,
): {readonly activeW: ThreePhases<number>; readonly reactiveVar: ThreePhases<number>} {
  const isOpen = isShiftAt(timeMs);
  const compressorW = isOpen && curve(seed, STREAM_COMPRESSOR, timeMs / 180_000) > 0.62 ? 2200 : 0;
  const activeW = mapPhases<number, number>([620, 480, 540], (nightW, phase) => {
    const flicker = 0.85 + 0.3 * curve(seed, STREAM_BUILDING + phase, timeMs / 40_000);
    return nightW * (isOpen ? 1.9 : 1) * flicker + compressorW / 3;
  });
  // Power factors: 0.95 for the building, 0.8 for the compressor.
  const reactiveVar = mapPhases(activeW, (watts) => 0.33 * (watts - compressorW / 3) + 0.75 * (compressorW / 3));
  return {activeW, reactiveVar};
}

/** The hall is heated to 17 °C and follows the weather above that. */
function hallC(ambientC: number): number {
  return Math.max(17, ambientC + 2);
}
