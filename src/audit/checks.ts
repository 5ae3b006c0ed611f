// When everything is hashed again: when somebody asks, and by itself every so many hours, slowly and on one thread, so that nobody notices.

import type {AuditCheckReport, MachineVerdict} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import type {Bundler} from "./bundles.ts";
import {type CheckCounts, type CheckOptions, checkAll} from "./check.ts";
import type {Logs} from "./logs.ts";

export interface Checks extends Service {
  /** Ends a check of the background, and checks at once on all workers. Errors: `audit/busy` while another such runs. */
  run(): Promise<AuditCheckReport>;
}

export interface ChecksOptions {
  /** Time between two checks of the background; null = none. */
  readonly intervalMs: number | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly verdicts: () => readonly MachineVerdict[];
}

/** After a start there is more urgent work. */
const FIRST_MS = 5 * 60_000;
/** The background rests this many times as long as it works: a fifth of one core. */
const REST_FACTOR = 4;

export function createChecks(logs: Logs, bundler: Bundler, {intervalMs, clock, log, verdicts}: ChecksOptions): Checks {
  let stopping = new AbortController();
  let isAsked = false;
  let background: {readonly abort: AbortController; readonly done: Promise<unknown>} | null = null;
  let looping: Promise<void> | null = null;

  const check = async (options: Pick<CheckOptions, "signal" | "workers" | "rest">): Promise<CheckCounts> => {
    await bundler.idle();
    const counts = await checkAll(logs, {now: () => new Date(clock.now()).toISOString(), ...options});
    for (const {machine, broken, unchecked} of verdicts()) {
      if (broken !== null) log.error({machine, seq: broken.seq, differs: broken.differs}, "audit: a log is broken");
      else if (unchecked !== null) log.warn({machine, because: unchecked.because}, "audit: a log could not be checked");
    }
    return counts;
  };

  const checkInBackground = async (signal: AbortSignal) => {
    if (isAsked) return;
    const abort = new AbortController();
    const both = AbortSignal.any([signal, abort.signal]);
    const rest = (tookMs: number) => clock.sleep(tookMs * REST_FACTOR, both);
    const done = check({signal: both, workers: 1, rest}).catch((error: unknown) => {
      if (!both.aborted) log.warn({reason: sentenceOf(error)}, "audit: the check in the background failed");
    });
    background = {abort, done};
    await done;
    background = null;
  };

  const loop = async (signal: AbortSignal, everyMs: number) => {
    for (let waitMs = Math.min(FIRST_MS, everyMs); !signal.aborted; waitMs = everyMs) {
      await clock.sleep(waitMs, signal).catch(() => undefined);
      if (!signal.aborted) await checkInBackground(signal);
    }
  };

  return {
    ...createService({
      start: async () => {
        stopping = new AbortController();
        if (intervalMs !== null) looping = loop(stopping.signal, intervalMs);
      },
      stop: async () => {
        stopping.abort(new GatewayError("audit/unavailable", "The audit trail is stopping."));
        await looping;
      },
    }),
    run: async () => {
      if (isAsked) throw new GatewayError("audit/busy", "A check is running already; wait for its end.");
      isAsked = true;
      const startedMs = clock.monotonicMs();
      try {
        background?.abort.abort(new GatewayError("audit/busy", "Somebody asked for a check."));
        await background?.done;
        const {entries, bodies} = await check({signal: stopping.signal});
        return {
          machines: verdicts(),
          entriesChecked: entries,
          bodiesChecked: bodies,
          tookMs: Math.round(clock.monotonicMs() - startedMs),
        };
      } finally {
        isAsked = false;
      }
    },
  };
}
