// The audit trail of a gateway, put together: writer, bundles, anchors, reads and checks over one set of logs.

import {utf8} from "../bytes.ts";
import type {AlarmCondition, AuditEntryInput, AuditSearchItem, MachineVerdict} from "../client/index.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import {createService} from "../service.ts";
import {networkIdOf} from "../stardust/index.ts";
import {lastAnchored} from "./anchor-store.ts";
import {type Anchoring, createAnchoring} from "./anchoring.ts";
import type {Audit, AuditDeps, AuditGap, AuditOptions, AuditState} from "./audit.ts";
import {type Bundler, createBundler} from "./bundles.ts";
import {recallChecks} from "./check.ts";
import {conditionOf} from "./conditions.ts";
import {parseBody, serializeLeaf} from "./entry.ts";
import {freezeTrail} from "./frozen.ts";
import {type Logs, openLogs} from "./logs.ts";
import {OWN_TYPES} from "./marks.ts";
import {exportRange} from "./proof-file.ts";
import {latestCheckpoint, queryEntries, readEntry, readTileBytes, segmentsOf} from "./reader.ts";
import {checkRoom, createReopening, type Reopening} from "./reopening.ts";
import {searchPage} from "./search.ts";
import {itemOf, presentItem} from "./search-item.ts";
import {createSettling, type Settling} from "./settling.ts";
import {countEntries, densityOf, facetsOf} from "./tally.ts";
import {createUpkeep, type Upkeep} from "./upkeep.ts";
import {createWriter, type Writer, type WrittenEntry} from "./writer.ts";

const JOURNAL_BYTES_MAX = 64 * 2 ** 20;

interface Running {
  readonly logs: Logs;
  readonly writer: Writer;
  readonly bundler: Bundler;
  readonly anchoring: Anchoring;
  readonly settling: Settling;
  readonly upkeep: Upkeep;
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
  const listeners = new Set<(entry: AuditSearchItem) => void>();
  const entriesWritten = deps.metrics.counter("tanglegate_audit_entries_total", "Audit entries made durable");
  const resumedListeners = new Set<(gap: AuditGap) => void>();
  let running: Running | null = null;
  let refusal: Refusal | null = NOT_STARTED;
  let reopening: Reopening | null = null;
  /** Verdicts as they were when the trail was closed for a try to open it anew. */
  let lastVerdicts: readonly MachineVerdict[] | null = null;
  let lastConditions: readonly AlarmCondition[] = [];
  let stopping = new AbortController();
  /** What reads, checks or erases at the moment, and would be disturbed. */
  let users = 0;

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
      for (const written of entries) noteWritten(logs, written);
      bundler.wake();
      if (listeners.size > 0) tellEntries(logs, entries);
    };
    const writer = createWriter(logs, deps, {onDurable, onFailure, bundled: bundler.idle});
    const anchoring = createAnchoring(logs, {...options, networkId}, {...deps, log, onFailure});
    for (const machine of logs.all()) {
      machine.confirmed = await lastAnchored(logs.store, machine);
      machine.submittedSize = machine.confirmed?.size ?? 0;
    }
    const settling = createSettling({logs, writer, anchoring}, {feed, signer, networkId, log, onFailure});
    recallChecks(logs);
    const upkeep = createUpkeep({logs, writer, bundler}, options, {clock, log, onFailure});
    return {logs, writer, bundler, anchoring, settling, upkeep};
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

  const stateNow = (): AuditState =>
    refusal === null ? {isAccepting: true} : {isAccepting: false, because: sentenceOfRefusal(refusal)};

  const tellEntries = (logs: Logs, entries: readonly WrittenEntry[]) => {
    for (const {log: machine, leaf, body} of entries)
      tell(listeners, presentItem(logs, machine, {leaf: utf8(serializeLeaf(leaf)), body}));
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
    await opened.upkeep.start();
    await opened.anchoring.start();
  };

  const close = async ({logs, writer, bundler, anchoring, settling, upkeep}: Running) => {
    await upkeep.stop();
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
    if (opened !== null) lastVerdicts = opened.upkeep.verdicts();
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
    users++;
    try {
      return await work(use());
    } finally {
      users--;
    }
  };

  const whileReading = async function* <Item>(items: AsyncGenerator<Item>): AsyncGenerator<Item, void, undefined> {
    users++;
    try {
      yield* items;
    } finally {
      users--;
    }
  };

  const write = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (refusal !== null) throw unavailable();
    try {
      return await work();
    } catch (error) {
      const isOurs = error instanceof GatewayError && !error.code.startsWith("storage/");
      if (refusal !== null && !isOurs)
        throw new GatewayError(unavailable().code, unavailable().message, {}, {cause: error});
      throw error;
    }
  };

  const verdicts = () => (running === null && lastVerdicts !== null ? lastVerdicts : use().upkeep.verdicts());

  // While the trail is closed, what was wrong before stays so, and that it takes no entry is certain.
  const conditions = async (): Promise<readonly AlarmCondition[]> => {
    const state = stateNow();
    if (running === null) {
      const closed = conditionOf(state);
      return [...(closed === null ? [] : [closed]), ...lastConditions.filter(({id}) => id !== closed?.id)];
    }
    lastConditions = await read(({upkeep}) => upkeep.conditions(state));
    return lastConditions;
  };

  const service = createService({
    start: async () => {
      stopping = new AbortController();
      // Before anything runs that may fail.
      reopening = createReopening(
        {
          checkRoom: () => checkRoom(options.folder, deps.random, options.disk),
          reopen: openAnew,
          isBusy: () => users > 0,
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
    append: (inputs, by) =>
      write(async () => {
        refuseOwnTypes(inputs);
        return await use().writer.append(inputs, by);
      }),
    state: stateNow,
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
    entries: (machine, query) =>
      read(async ({logs}) => {
        const page = await queryEntries(logs, machine, query);
        return {...page, items: page.items.map((entry) => itemOf(logs, entry))};
      }),
    entry: (machine, seq) =>
      read(async ({logs}) => {
        const entry = await readEntry(logs, machine, seq);
        return entry === null ? null : itemOf(logs, entry);
      }),
    checkpoint: (machine) => latestCheckpoint(use().logs, machine),
    tile: (machine, tilePath) => read(({logs}) => readTileBytes(logs, segmentsOf(logs, machine).at(-1)!, tilePath)),
    exportProof: (machine, range) => read(({logs}) => exportRange(logs, machine, range)),
    freeze: () => freezeTrail(use().logs, {verdicts: verdicts(), reading: whileReading}),
    check: () => read(({upkeep}) => upkeep.checks.run()),
    search: (query = {}) => read(({logs}) => searchPage(logs, query)),
    count: (query) => read(({logs}) => countEntries(logs, query)),
    density: (query) => read(({logs}) => densityOf(logs, query)),
    facets: (filter) => read(({logs}) => facetsOf(logs, filter)),
    review: (machine, input, by) => write(() => read(({upkeep}) => upkeep.reviews.review(machine, input, by))),
    planReviews: (machine, plan, by) => write(() => read(({upkeep}) => upkeep.reviews.planReviews(machine, plan, by))),
    reviewOf: (machine) => read(({upkeep}) => upkeep.reviews.reviewOf(machine)),
    erase: (machine, seq, input, by) => write(() => read(({upkeep}) => upkeep.erasure.erase(machine, seq, input, by))),
    storage: () => read(({upkeep}) => upkeep.storage()),
    filters: () => use().upkeep.filters,
    conditions,
    onEntry: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function noteWritten(logs: Logs, {log, leaf, body}: WrittenEntry): void {
  const {type, seq, actorRef, time} = leaf;
  if (!OWN_TYPES.has(type)) return;
  logs.marks.note(log.machine, {type, seq, by: actorRef, at: time.recorded ?? time.utc, body: parseBody(body)});
}

// What they say holds for other entries, so they come by their own routes, with the rules of these.
function refuseOwnTypes(inputs: readonly AuditEntryInput[]): void {
  const own = inputs.find((input) => OWN_TYPES.has(input?.type));
  if (own !== undefined)
    throw new GatewayError(
      "audit/invalid",
      `type: ${own.type} is written by the audit trail itself, when somebody reviews or erases; take another one.`,
      {field: "type"},
    );
}
