// Retention: bodies older than so many days are erased by the gateway itself, each group under a redaction that says so. What a log keeps
// for ever, leaves and proofs, stays.

import {setImmediate} from "node:timers/promises";
import type {SeqRange} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import type {Erasure} from "./erasure.ts";
import type {Logs} from "./logs.ts";
import {OWN_TYPES} from "./marks.ts";
import {countOf, joinRanges, RANGES_MAX} from "./review-rules.ts";
import {SELF} from "./segments.ts";
import {factsOf, type Summary} from "./summary.ts";
import type {Span} from "./summary-tree.ts";

/** Entries of one redaction. */
const GROUP_ENTRIES_MAX = 65_536;
const FIRST_MS = 10 * 60_000;
const EVERY_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;

export interface Retention extends Service {
  /** Erases what is too old now. */
  apply(): Promise<void>;
}

/** `days` 0: bodies are kept for ever. */
export function createRetention(
  logs: Logs,
  erasure: Erasure,
  {days, clock, log}: {days: number; clock: Clock; log: Log},
): Retention {
  let stopping = new AbortController();
  let looping: Promise<void> | null = null;

  const apply = async () => {
    if (days === 0) return;
    const before = new Date(clock.now() - days * DAY_MS).toISOString();
    const why = {reason: "retention", legalBasis: `setting audit.retention_days = ${days}`};
    for (const machine of logs.machines()) {
      for await (const runs of groupsBefore(logs, machine, before)) {
        if (stopping.signal.aborted) return;
        await erasure.eraseRuns(machine, runs, why, SELF);
        log.info({machine, entries: countOf(runs), before}, "audit: old bodies erased");
      }
    }
  };

  const loop = async (signal: AbortSignal) => {
    for (let waitMs = FIRST_MS; !signal.aborted; waitMs = EVERY_MS) {
      await clock.sleep(waitMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      await apply().catch((error: unknown) =>
        log.error({reason: sentenceOf(error)}, "audit: old bodies could not be erased"),
      );
    }
  };

  return {
    ...createService({
      start: async () => {
        stopping = new AbortController();
        if (days > 0) looping = loop(stopping.signal);
      },
      stop: async () => {
        stopping.abort(new GatewayError("audit/unavailable", "The audit trail is stopping."));
        await looping;
      },
    }),
    apply,
  };
}

/** Runs of entries with bodies written before a time, in groups that one redaction names. Bodies of this module's own entries stay. */
export async function* groupsBefore(logs: Logs, machine: string, before: string): AsyncGenerator<readonly SeqRange[]> {
  let group: readonly SeqRange[] = [];
  for (const log of logs.segments(machine)) {
    for await (const run of runsIn(logs, await logs.summaries.roots(log), before)) {
      const longer = joinRanges([...group, run]);
      if (group.length > 0 && (longer.length > RANGES_MAX || countOf(longer) > GROUP_ENTRIES_MAX)) {
        yield group;
        group = [run];
      } else group = longer;
    }
  }
  if (group.length > 0) yield group;
}

async function* runsIn(logs: Logs, spans: readonly Span[], before: string): AsyncGenerator<SeqRange> {
  for (const span of spans) {
    const {log, summary, start, end, level} = span;
    if (summary.writtenFrom >= before || summary.bodyBytes === 0) continue;
    await setImmediate();
    if (level > 0) {
      yield* runsIn(logs, await logs.summaries.children(span), before);
      continue;
    }
    const whole: SeqRange = [log.firstSeq + start, log.firstSeq + end - 1];
    const hasErased = logs.marks
      .of(log.machine)
      .erased.over(whole)
      .some(({value}) => value !== null);
    if (span.isExact && summary.writtenTo < before && !hasErased && !hasOwnTypes(summary)) {
      yield whole;
      continue;
    }
    for (const [index, {leaf}] of await logs.summaries.entries(span, {hasBodies: false})) {
      const {type, written} = factsOf(leaf);
      const seq = log.firstSeq + index;
      if (written < before && !OWN_TYPES.has(type) && logs.marks.of(log.machine).erased.at(seq) === null)
        yield [seq, seq];
    }
  }
}

function hasOwnTypes({types}: Summary): boolean {
  return types === null || [...OWN_TYPES].some((type) => types.has(type));
}
