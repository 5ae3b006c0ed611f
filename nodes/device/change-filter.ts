import type {Reading} from "../../src/client/index.ts";

export interface ChangeRule {
  /** Only readings whose value or quality differs from the last one that passed. */
  readonly onlyChanges: boolean;
  /** A number must differ by more than this; 0 = by anything. */
  readonly deadband: number;
  /** Readings that are stale or bad do not pass. */
  readonly onlyGood: boolean;
}

/** Decides point by point which readings pass on. Keeps one reading a point; a device has at most some hundred. */
export function createChangeFilter(rule: ChangeRule): (reading: Reading) => boolean {
  const lastByPoint = new Map<string, Reading>();
  return (reading) => {
    if (rule.onlyGood && reading.quality !== "good") return false;
    const last = lastByPoint.get(reading.point);
    if (rule.onlyChanges && last !== undefined && !differs(last, reading, rule.deadband)) return false;
    lastByPoint.set(reading.point, reading);
    return true;
  };
}

function differs(last: Reading, next: Reading, deadband: number): boolean {
  if (last.quality !== next.quality) return true;
  if (typeof last.value === "number" && typeof next.value === "number") {
    return deadband === 0 ? last.value !== next.value : Math.abs(next.value - last.value) > deadband;
  }
  return last.value !== next.value;
}
