// The three-phase meter at the grid connection. Import is positive, export negative. Counters hold per phase, import apart from export,
// and their totals are the sums of the phases.

import {energyOf, type Microjoules, toMilli} from "./energy.ts";
import {curve} from "./noise.ts";

/** Energy of one phase since the meter was made. Every counter only grows. */
export interface PhaseCounters {
  readonly importUj: Microjoules;
  readonly exportUj: Microjoules;
  readonly reactiveImportUvars: Microjoules;
  readonly reactiveExportUvars: Microjoules;
}

export interface PhaseReading {
  readonly voltageV: number;
  readonly currentA: number;
  /** Whole milliwatts; positive is import. */
  readonly activeMw: number;
  readonly reactiveMvar: number;
  readonly apparentVa: number;
  /** -1..1, the sign of the active power. */
  readonly powerFactor: number;
  readonly thdVoltagePercent: number;
}

/** L1, L2, L3. */
export type ThreePhases<Value> = readonly [Value, Value, Value];

export interface Meter {
  readonly frequencyHz: number;
  readonly phases: ThreePhases<PhaseReading>;
  readonly counters: ThreePhases<PhaseCounters>;
}

/** What flows through the connection point in one step, W and var per phase; import positive. */
export interface MeterStep {
  readonly seed: number;
  readonly timeMs: number;
  readonly stepMs: number;
  readonly activeW: ThreePhases<number>;
  readonly reactiveVar: ThreePhases<number>;
}

const STREAM_FREQUENCY = 40;
const STREAM_VOLTAGE = 41;
const STREAM_PHASE_VOLTAGE = 42;
const STREAM_THD = 45;

const NOMINAL_V = 230;
/** Of the service line and its transformer: the voltage falls with import and rises with export. */
const LINE_OHM = 0.12;

export function mapPhases<From, To>(
  phases: ThreePhases<From>,
  change: (value: From, phase: number) => To,
): ThreePhases<To> {
  return [change(phases[0], 0), change(phases[1], 1), change(phases[2], 2)];
}

export function sumPhases(phases: ThreePhases<number>): number {
  return phases[0] + phases[1] + phases[2];
}

/** The meter one step later, with counters that have grown by exactly this step's power. */
export function stepMeter(counters: ThreePhases<PhaseCounters>, step: MeterStep): Meter {
  const phases = mapPhases(step.activeW, (activeW, phase) => readPhase(step, phase, activeW, step.reactiveVar[phase]!));
  return {
    frequencyHz: 50 + 0.06 * (curve(step.seed, STREAM_FREQUENCY, step.timeMs / 7000) - 0.5),
    phases,
    counters: mapPhases(counters, (counter, phase) => count(counter, phases[phase]!, step.stepMs)),
  };
}

/** Voltages of the grid without load: mains signalling, tap changers and neighbours in one slow curve. */
export function gridVoltages(seed: number, timeMs: number): ThreePhases<number> {
  const common = 4 * (curve(seed, STREAM_VOLTAGE, timeMs / 600_000) - 0.5);
  const own = (phase: number) => 3 * (curve(seed, STREAM_PHASE_VOLTAGE + phase, timeMs / 15_000) - 0.5);
  return [NOMINAL_V + common + own(0), NOMINAL_V + common + own(1), NOMINAL_V + common + own(2)];
}

function readPhase(step: MeterStep, phase: number, activeW: number, reactiveVar: number): PhaseReading {
  const activeMw = toMilli(activeW);
  const reactiveMvar = toMilli(reactiveVar);
  const openV = gridVoltages(step.seed, step.timeMs)[phase]!;
  const voltageV = openV - (LINE_OHM * activeW) / NOMINAL_V;
  const apparentVa = Math.hypot(activeMw, reactiveMvar) / 1000;
  return {
    voltageV,
    currentA: apparentVa / voltageV,
    activeMw,
    reactiveMvar,
    apparentVa,
    powerFactor: apparentVa === 0 ? 1 : activeMw / 1000 / apparentVa,
    thdVoltagePercent: 1.4 + 1.2 * curve(step.seed, STREAM_THD + phase, step.timeMs / 120_000),
  };
}

function count(counter: PhaseCounters, reading: PhaseReading, stepMs: number): PhaseCounters {
  return {
    importUj: counter.importUj + energyOf(Math.max(0, reading.activeMw), stepMs),
    exportUj: counter.exportUj + energyOf(Math.max(0, -reading.activeMw), stepMs),
    reactiveImportUvars: counter.reactiveImportUvars + energyOf(Math.max(0, reading.reactiveMvar), stepMs),
    reactiveExportUvars: counter.reactiveExportUvars + energyOf(Math.max(0, -reading.reactiveMvar), stepMs),
  };
}
