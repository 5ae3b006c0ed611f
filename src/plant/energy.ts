// Energy without rounding: power is a whole number of milliwatts for a whole number of milliseconds, so energy is a whole number of
// microjoules and a counter is the exact sum of power over time. The same holds for reactive energy (millivar, "microvar-seconds").

/** Microjoules. */
export type Microjoules = bigint;

const MICROJOULES_PER_KWH = 3.6e12;

/** Whole milliwatts nearest to `watts`. */
export function toMilli(watts: number): number {
  return Math.round(watts * 1000);
}

/** Energy of a constant power. `milliwatts` and `ms` are whole numbers. */
export function energyOf(milliwatts: number, ms: number): Microjoules {
  return BigInt(milliwatts) * BigInt(ms);
}

/** Kilowatt-hours, for registers that carry them as a float. */
export function toKwh(energy: Microjoules): number {
  return Number(energy) / MICROJOULES_PER_KWH;
}

/** Whole watt-hours, rounded down: a counter shows only what it has counted. */
export function toWh(energy: Microjoules): number {
  return Number(energy / 3_600_000_000n);
}

/** Energy of a number of kilowatt-hours, for counters that do not begin at zero. */
export function fromKwh(kwh: number): Microjoules {
  return BigInt(Math.round(kwh * 1000)) * 3_600_000_000n;
}
