// The audit trail of a gateway, put together: writer, bundles, anchors, reads and checks over one set of logs.

import {utf8} from "../bytes.ts";
import type {AuditEntry, MachineVerdict} from "../client/index.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import {createService} from "../service.ts";
import {networkIdOf} from "../stardust/index.ts";
import {lastAnchored} from "./anchor-store.ts";
import {type Anchoring, createAnchoring} from "./anchoring.ts";
import type {Audit, AuditDeps, AuditGap, AuditOptions, AuditState} from "./audit.ts";
import {type Bundler, createBundler} from "./bundles.ts";
import {checkAll} from "./check.ts";
import {serializeLeaf} from "./entry.ts";
import {freezeTrail} from "./frozen.ts";
import {type Logs, openLogs} from "./logs.ts";
import {exportRange} from "./proof-file.ts";
import {latestCheckpoint, presentEntry, queryEntries, readEntry, readTileBytes, segmentsOf} from "./reader.ts";
import {checkRoom, createReopening, type Reopening} from "./reopening.ts";
import {createSettling, type Settling} from "./settling.ts";
import {verdictOf} from "./verdict.ts";
import {createWriter, type Writer, type WrittenEntry} from "./writer.ts";

const JOURNAL_BYTES_MAX = 64 * 2 ** 20;

interface Running {
  readonly logs: Logs;
  readonly writer: Writer;
  readonly bundler: Bundler;
  readonly anchoring: Anchoring;
  readonly settling: Settling;
}

interface Refusal {
  readonly code: string;
  readonly sentence: string;
  readonly gap: AuditGap;
}

const NOT_STARTED: Refusal = {
  code: "audit/unavailable",
  sentence: "The audit trail is not started.",
  gap: {from: "", because: ""},
};
const BEING_OPENED = "The audit trail is being opened anew; try again in a moment.";

/** The audit trail in a folder. `start` opens it and compares it with what the Tangle knows; nothing works before. */
export function createAudit(options: AuditOptions, deps: AuditDeps): Audit {
  const {clock, signer, feed} = deps;
  const log = deps.log.child({module: "audit"});
  const networkId = networkIdOf(options.networkName);
  const listeners = new Set<(entry: AuditEntry) => void>();
  const entriesWritten = deps.metrics.counter("tanglegate_audit_entries_total", "Audit entries made durable");
  const resumedListeners = new Set<(gap: AuditGap) => void>();
  let running: Running | null = null;
  let refusal: Refusal | null = NOT_STARTED;
  let reopening: Reopening | null = null;
  /** Verdicts as they were when the trail was closed for a try to open it anew. */
  let lastVerdicts: readonly MachineVerdict[] | null = null;
  let stopping = new AbortController();
  let checking = false;
  let reading = 0;

  const open = async (): Promise<Running> => {
    const place = {
      folder: options.folder,
      gateway: options.name,
      ...(options.disk === undefined ? {} : {disk: options.disk}),
    };
    const logs = await openLogs(place, {signer, log});
    const onFailure = (error: unknown) => refuse(error);
    const bundler = createBundler(logs, {
      journalBytesMax: options.journalBytesMax ?? JOURNAL_BYTES_MAX,
      log,
      onFailure,
    });
    const onDurable = (entries: readonly WrittenEntry[]) => {
      entriesWritten.inc(entries.length);
      bundler.wake();
      if (listeners.size > 0) tellEntries(entries);
    };
    const writer = createWriter(logs, deps, {onDurable, onFailure, bundled: bundler.idle});
    const anchoring = createAnchoring(logs, {...options, networkId}, {...deps, log, onFailure});
    for (const machine of logs.all()) {
      machine.confirmed = await lastAnchored(logs.store, machine);
      machine.submittedSize = machine.confirmed?.size ?? 0;
    }
    const settling = createSettling({logs, writer, anchoring}, {feed, signer, networkId, log, onFailure});
    return {logs, writer, bundler, anchoring, settling};
  };

  // The first failure counts: what fails after it, fails because of it.
  const refuse = (error: unknown) => {
    if (refusal !== null) return;
    refusal = refusalOf(error);
    log.error({reason: sentenceOf(error)}, "audit: no entry is accepted any more");
    if (refusal.code === "audit/disk-full") reopening?.begin();
  };

  const refusalOf = (error: unknown): Refusal => {
    const {code} = error as {code?: unknown};
    const isFull = code === "storage/disk-full" || code === "ENOSPC";
    return {
      code: isFull ? "audit/disk-full" : "audit/unavailable",
      sentence: `No audit entry is accepted: ${sentenceOf(error)} What was acknowledged is kept.`,
      gap: {from: new Date(clock.now()).toISOString(), because: sentenceOf(error)},
    };
  };

  const sentenceOfRefusal = ({sentence}: Refusal): string => {
    const nextAt = reopening?.nextAt() ?? null;
    return nextAt === null ? sentence : `${sentence} The trail tries again at ${new Date(nextAt).toISOString()}.`;
  };

  const tellEntries = (entries: readonly WrittenEntry[]) => {
    for (const {log: machine, leaf, body} of entries)
      tell(listeners, presentEntry(machine, {leaf: utf8(serializeLeaf(leaf)), body}));
  };

  const tell = <News>(to: ReadonlySet<(news: News) => void>, news: News) => {
    for (const listener of to) {
      try {
        listener(news);
      } catch (error) {
        // What is told has happened, and may be answered already; who listens must not stop what follows.
        log.warn({reason: sentenceOf(error)}, "audit: a listener failed");
      }
    }
  };

  const startAnew = async () => {
    const opened = await open();
    try {
      await opened.settling.start();
    } catch (error) {
      await close(opened);
      throw error;
    }
    running = opened;
    refusal = null;
    opened.bundler.wake();
    await opened.anchoring.start();
  };

  const close = async ({logs, writer, bundler, anchoring, settling}: Running) => {
    await settling.stop();
    await writer.idle();
    await bundler.idle();
    await anchoring.stop();
    await logs.close();
  };

  // Closed and not opened yet is a state like any other: the next try begins with opening.
  const openAnew = async () => {
    const before = refusal;
    const opened = running;
    if (opened !== null) lastVerdicts = verdictsOf(opened);
    running = null;
    refusal = {...(before ?? NOT_STARTED), code: "audit/unavailable", sentence: BEING_OPENED};
    try {
      if (opened !== null) await closeOrWarn(opened);
      stopping.signal.throwIfAborted();
      await startAnew();
    } catch (error) {
      const failed = refusalOf(error);
      refusal = {...failed, gap: before?.gap ?? failed.gap};
      reopening?.begin();
      throw error;
    }
    lastVerdicts = null;
    if (before === null) return;
    log.info({...before.gap}, "audit: entries are accepted again");
    tell(resumedListeners, before.gap);
  };

  // After a failure some parts cannot end as they should; the rest is closed all the same.
  const closeOrWarn = (opened: Running) =>
    close(opened).catch((error: unknown) => {
      log.warn({reason: sentenceOf(error)}, "audit: the trail did not close as it should");
    });

  const use = (): Running => {
    if (running === null) throw unavailable();
    return running;
  };

  const unavailable = () => {
    const {code, sentence} = refusal === null ? NOT_STARTED : {...refusal, sentence: sentenceOfRefusal(refusal)};
    return new GatewayError(code, sentence);
  };

  const read = async <Result>(work: (opened: Running) => Promise<Result>): Promise<Result> => {
    reading++;
    try {
      return await work(use());
    } finally {
      reading--;
    }
  };

  const whileReading = async function* <Item>(items: AsyncGenerator<Item>): AsyncGenerator<Item, void, undefined> {
    reading++;
    try {
      yield* items;
    } finally {
      reading--;
    }
  };

  const verdicts = () => (running === null && lastVerdicts !== null ? lastVerdicts : verdictsOf(use()));

  const service = createService({
    start: async () => {
      stopping = new AbortController();
      // Before anything runs that may fail.
      reopening = createReopening(
        {
          checkRoom: () => checkRoom(options.folder, deps.random, options.disk),
          reopen: openAnew,
          isBusy: () => checking || reading > 0,
        },
        {clock, log},
      );
      try {
        await startAnew();
      } catch (error) {
        reopening = null;
        throw error;
      }
    },
    stop: async () => {
      stopping.abort(new GatewayError("audit/unavailable", "The audit trail is stopping."));
      refusal = NOT_STARTED;
      await reopening?.stop();
      reopening = null;
      const opened = running;
      running = null;
      lastVerdicts = null;
      refusal = NOT_STARTED;
      if (opened !== null) await close(opened);
    },
  });

  return {
    ...service,
    append: async (inputs, by) => {
      if (refusal !== null) throw unavailable();
      try {
        return await use().writer.append(inputs, by);
      } catch (error) {
        if (error instanceof GatewayError && error.code.startsWith("storage/"))
          throw new GatewayError(unavailable().code, unavailable().message, {}, {cause: error});
        throw error;
      }
    },
    state: (): AuditState =>
      refusal === null ? {isAccepting: true} : {isAccepting: false, because: sentenceOfRefusal(refusal)},
    reopen: async () => {
      if (reopening === null) throw unavailable();
      await reopening.now();
    },
    onResumed: (listener) => {
      resumedListeners.add(listener);
      return () => resumedListeners.delete(listener);
    },
    machines: verdicts,
    machine: (machine) => verdicts().find((verdict) => verdict.machine === machine) ?? null,
    entries: (machine, query) => read(({logs}) => queryEntries(logs, machine, query)),
    entry: (machine, seq) => read(({logs}) => readEntry(logs, machine, seq)),
    checkpoint: (machine) => latestCheckpoint(use().logs, machine),
    tile: (machine, tilePath) => read(({logs}) => readTileBytes(logs, segmentsOf(logs, machine).at(-1)!, tilePath)),
    exportProof: (machine, range) => read(({logs}) => exportRange(logs, machine, range)),
    freeze: () => freezeTrail(use().logs, {verdicts: verdicts(), reading: whileReading}),
    check: async () => {
      const {logs, bundler} = use();
      if (checking) throw new GatewayError("audit/busy", "A check is running already; wait for its end.");
      checking = true;
      const startedMs = clock.monotonicMs();
      try {
        await bundler.idle();
        const now = () => new Date(clock.now()).toISOString();
        const {entries, bodies} = await checkAll(logs, {now, signal: stopping.signal});
        const machines = verdicts();
        for (const {machine, broken} of machines)
          if (broken !== null) log.error({machine, seq: broken.seq}, "audit: a log is broken");
        return {
          machines,
          entriesChecked: entries,
          bodiesChecked: bodies,
          tookMs: Math.round(clock.monotonicMs() - startedMs),
        };
      } finally {
        checking = false;
      }
    },
    onEntry: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function verdictsOf({logs}: Running): readonly MachineVerdict[] {
  return logs.machines().map((machine) => verdictOf(logs.segments(machine)));
}
