// What goes on beside recording: reviews, erasure, retention, checks, and what of it is worth an alarm. One set for each time that the logs
// are opened.

import type {AlarmCondition, AuditStorage, MachineVerdict} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import type {Log} from "../log.ts";
import {createService, joinServices, type Service} from "../service.ts";
import type {AuditOptions, AuditState} from "./audit.ts";
import type {Bundler} from "./bundles.ts";
import {type Checks, createChecks} from "./checks.ts";
import {conditionsOf} from "./conditions.ts";
import {createErasure, type Erasure} from "./erasure.ts";
import type {Logs} from "./logs.ts";
import {createRetention} from "./retention.ts";
import {createReviews, type Reviews} from "./reviews.ts";
import {createSavedFilters, type SavedFilters} from "./saved-filters.ts";
import {storageOf} from "./storage-report.ts";
import {verdictOf} from "./verdict.ts";
import type {Writer} from "./writer.ts";

export interface Upkeep extends Service {
  readonly reviews: Reviews;
  readonly erasure: Erasure;
  readonly checks: Checks;
  readonly filters: SavedFilters;
  verdicts(): readonly MachineVerdict[];
  verdict(machine: string): MachineVerdict | null;
  storage(): Promise<AuditStorage>;
  /** What is not as it should be, now. */
  conditions(state: AuditState): Promise<readonly AlarmCondition[]>;
}

const HOUR_MS = 3_600_000;
/** Anchors that may fail to come before somebody hears of it, and the least time. */
const LATE_INTERVALS = 20;
const LATE_MS = 10 * 60_000;
/** How long a look at the disk is good enough for alarms. */
const STORAGE_AGE_MS = 60_000;

export function createUpkeep(
  {logs, writer, bundler}: {logs: Logs; writer: Writer; bundler: Bundler},
  options: AuditOptions,
  {clock, log, onFailure}: {clock: Clock; log: Log; onFailure: (error: unknown) => void},
): Upkeep {
  const {folder, recheckIntervalMs = null, retentionDays = 0} = options;
  const checkAgeMaxMs = recheckIntervalMs === null ? null : 2 * recheckIntervalMs + HOUR_MS;
  const verdictNow = (machine: string) => {
    const segments = logs.segments(machine);
    return segments.length === 0 ? null : verdictOf(segments, {nowMs: clock.now(), checkAgeMaxMs});
  };
  const verdicts = () => logs.machines().map((machine) => verdictNow(machine)!);
  const erasure = createErasure(logs, {writer, bundler, log, onFailure});
  const reviews = createReviews(logs, writer, clock);
  const checks = createChecks(logs, bundler, {intervalMs: recheckIntervalMs, clock, log, verdicts});
  const retention = createRetention(logs, erasure, {days: retentionDays, clock, log});
  const storage = () => storageOf(logs, {folder, nowMs: clock.now(), retentionDays});

  const waiting = new Map<string, {anchored: number; sinceMs: number}>();
  const lateMs = Math.max(LATE_MS, LATE_INTERVALS * options.anchorIntervalMs);
  const late = () =>
    verdicts().flatMap(({machine, state, anchoredEntries}) => {
      const known = waiting.get(machine);
      if (state !== "waiting") waiting.delete(machine);
      else if (known?.anchored !== anchoredEntries)
        waiting.set(machine, {anchored: anchoredEntries, sinceMs: clock.now()});
      else if (clock.now() - known.sinceMs > lateMs) return [{machine, since: new Date(known.sinceMs).toISOString()}];
      return [];
    });
  let lastStorage: {readonly atMs: number; readonly value: AuditStorage} | null = null;
  const recentStorage = async () => {
    if (lastStorage === null || clock.monotonicMs() - lastStorage.atMs > STORAGE_AGE_MS)
      lastStorage = {atMs: clock.monotonicMs(), value: await storage()};
    return lastStorage.value;
  };

  return {
    ...joinServices([createService({start: () => erasure.finish(), stop: () => erasure.idle()}), checks, retention]),
    reviews,
    erasure,
    checks,
    filters: createSavedFilters(logs.store, clock),
    verdicts,
    verdict: verdictNow,
    storage,
    conditions: async (state) =>
      conditionsOf({
        state,
        verdicts: verdicts(),
        late: late(),
        overdue: reviews.overdue(),
        erasureFailure: erasure.failure(),
        storage: await recentStorage().catch(() => null),
        nowMs: clock.now(),
      }),
  };
}
