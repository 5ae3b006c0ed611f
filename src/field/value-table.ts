import type {Reading} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import type {Sample} from "../fieldbus/index.ts";

interface Row {
  readonly sample: Sample;
  /** Monotonic time at which the value was last known to be true. */
  readonly confirmedAt: number;
}

/** The last value of each point of a device, and how old it is. */
export interface ValueTable {
  put(sample: Sample): void;
  /** Every good value is still true: the server says that nothing changed. */
  confirm(): void;
  /** Reading of a point as it stands now: good, stale by its age, or bad. `pending` is the reason while nothing was read. */
  reading(point: string, pending: string): Reading;
  /** Age of the youngest good value, ms; null when there is none. */
  lastGoodMs(): number | null;
  /** Points whose last answer was no value: all of them, and those where something is wrong, with the first one's reason. */
  withoutValue(): {readonly count: number; readonly faulty: number; readonly first: string | null};
}

export function createValueTable(
  options: {
    readonly device: string;
    readonly staleAfterMs: number;
    readonly unitOf: (point: string) => string | null;
  },
  clock: Clock,
): ValueTable {
  const {device, staleAfterMs, unitOf} = options;
  const rows = new Map<string, Row>();
  let lastGoodAt: number | null = null;

  return {
    put: (sample) => {
      const now = clock.monotonicMs();
      if (sample.quality === "good") lastGoodAt = now;
      rows.set(sample.point, {sample, confirmedAt: now});
    },
    confirm: () => {
      const now = clock.monotonicMs();
      for (const [point, row] of rows) {
        if (row.sample.quality !== "good") continue;
        rows.set(point, {...row, confirmedAt: now});
        lastGoodAt = now;
      }
    },
    reading: (point, pending) => {
      const row = rows.get(point);
      const unit = unitOf(point);
      if (row === undefined) {
        const sourceTime = new Date(clock.now()).toISOString();
        return {device, point, value: null, unit, quality: "bad", reason: pending, sourceTime};
      }
      const {value, reason, quality, sourceTimeMs} = row.sample;
      const base = {device, point, unit, sourceTime: new Date(sourceTimeMs).toISOString()};
      const isStale = quality === "good" && clock.monotonicMs() - row.confirmedAt > staleAfterMs;
      if (!isStale) return {...base, value, quality, reason};
      return {...base, value, quality: "stale", reason: `no new value for more than ${seconds(staleAfterMs)} s`};
    },
    lastGoodMs: () => (lastGoodAt === null ? null : clock.monotonicMs() - lastGoodAt),
    withoutValue: () => {
      const without = [...rows.values()].flatMap(({sample}) => (sample.quality === "bad" ? [sample] : []));
      const faulty = without.filter((sample) => !sample.isOnPurpose);
      const first = faulty[0] ?? without[0];
      return {
        count: without.length,
        faulty: faulty.length,
        first: first === undefined ? null : `${first.point}, ${first.reason}`,
      };
    },
  };
}

function seconds(ms: number): string {
  return String(Number((ms / 1_000).toFixed(1)));
}
