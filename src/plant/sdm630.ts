import {toKwh} from "./energy.ts";
import {type Meter, type PhaseCounters, type PhaseReading, sumPhases} from "./meter.ts";

const PHASE = /^(.+)L([123])$/;
const TOTAL = /^(.+)Total$/;

/**
 * Value of a point of the Eastron SDM630 by its name in the profile `eastron-sdm630`: V, A, W, VA, var, kWh, kvarh, Hz, %. Null for a
 * name that the meter does not have.
 */
export function meterValue(meter: Meter, name: string): number | null {
  if (name === "frequency") return meter.frequencyHz;
  const ofPhase = PHASE.exec(name);
  if (ofPhase !== null) {
    const phase = Number(ofPhase[2]) - 1;
    return phaseValue(meter.phases[phase]!, ofPhase[1]!) ?? energyValue([meter.counters[phase]!], ofPhase[1]!);
  }
  const ofTotal = TOTAL.exec(name);
  if (ofTotal === null) return null;
  return totalValue(meter, ofTotal[1]!) ?? energyValue(meter.counters, ofTotal[1]!);
}

/** Sum of the phases, W; import positive. */
export function totalPowerW(meter: Meter): number {
  return (meter.phases[0].activeMw + meter.phases[1].activeMw + meter.phases[2].activeMw) / 1000;
}

function phaseValue(phase: PhaseReading, quantity: string): number | null {
  switch (quantity) {
    case "voltage":
      return phase.voltageV;
    case "current":
      return phase.currentA;
    case "activePower":
      return phase.activeMw / 1000;
    case "apparentPower":
      return phase.apparentVa;
    case "reactivePower":
      return phase.reactiveMvar / 1000;
    case "powerFactor":
      return phase.powerFactor;
    case "thdVoltage":
      return phase.thdVoltagePercent;
    default:
      return null;
  }
}

function totalValue(meter: Meter, quantity: string): number | null {
  const activeW = totalPowerW(meter);
  const apparentVa = sumPhases([meter.phases[0].apparentVa, meter.phases[1].apparentVa, meter.phases[2].apparentVa]);
  const powerFactor = apparentVa === 0 ? 1 : activeW / apparentVa;
  switch (quantity) {
    case "activePower":
      return activeW;
    case "apparentPower":
      return apparentVa;
    case "reactivePower":
      return (meter.phases[0].reactiveMvar + meter.phases[1].reactiveMvar + meter.phases[2].reactiveMvar) / 1000;
    case "powerFactor":
      return powerFactor;
    case "phaseAngle":
      return (Math.acos(powerFactor) * 180) / Math.PI;
    default:
      return null;
  }
}

function energyValue(counters: readonly PhaseCounters[], quantity: string): number | null {
  const total = (of: (counter: PhaseCounters) => bigint) =>
    toKwh(counters.reduce((sum, counter) => sum + of(counter), 0n));
  switch (quantity) {
    case "energyImport":
      return total((counter) => counter.importUj);
    case "energyExport":
      return total((counter) => counter.exportUj);
    case "energySum":
      return total((counter) => counter.importUj + counter.exportUj);
    case "reactiveEnergyImport":
      return total((counter) => counter.reactiveImportUvars);
    case "reactiveEnergyExport":
      return total((counter) => counter.reactiveExportUvars);
    case "reactiveEnergySum":
      return total((counter) => counter.reactiveImportUvars + counter.reactiveExportUvars);
    default:
      return null;
  }
}
