// The audit trail of a gateway, put together: writer, bundles, anchors, reads and checks over one set of logs.

import {utf8} from "../bytes.ts";
import type {AuditEntry} from "../client/index.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import {createService} from "../service.ts";
import {networkIdOf} from "../stardust/index.ts";
import {lastAnchored} from "./anchor-store.ts";
import {type Anchoring, createAnchoring} from "./anchoring.ts";
import type {Audit, AuditDeps, AuditOptions, AuditState} from "./audit.ts";
import {type Bundler, createBundler} from "./bundles.ts";
import {checkAll} from "./check.ts";
import {serializeLeaf} from "./entry.ts";
import {type Logs, openLogs} from "./logs.ts";
import {
  exportRange,
  latestCheckpoint,
  presentEntry,
  queryEntries,
  readEntry,
  readTileBytes,
  segmentsOf,
} from "./reader.ts";
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

/** The audit trail in a folder. `start` opens it and compares it with what the Tangle knows; nothing works before. */
export function createAudit(options: AuditOptions, deps: AuditDeps): Audit {
  const {clock, signer, feed} = deps;
  const log = deps.log.child({module: "audit"});
  const networkId = networkIdOf(options.networkName);
  const listeners = new Set<(entry: AuditEntry) => void>();
  const entriesWritten = deps.metrics.counter("tanglegate_audit_entries_total", "Audit entries made durable");
  let running: Running | null = null;
  let refusal: string | null = "The audit trail is not started.";
  let refusalCode = "audit/unavailable";
  let stopping = new AbortController();
  let checking = false;

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
      if (listeners.size > 0) tell(entries);
    };
    const writer = createWriter(logs, deps, {onDurable, onFailure, bundled: bundler.idle});
    const anchoring = createAnchoring(logs, {...options, networkId}, {...deps, log});
    for (const machine of logs.all()) {
      machine.confirmed = await lastAnchored(logs.store, machine);
      machine.submittedSize = machine.confirmed?.size ?? 0;
    }
    const settling = createSettling({logs, writer, anchoring}, {feed, signer, networkId, log, onFailure});
    return {logs, writer, bundler, anchoring, settling};
  };

  const refuse = (error: unknown) => {
    const {code} = error as {code?: unknown};
    const isFull = code === "storage/disk-full" || code === "ENOSPC";
    refusalCode = isFull ? "audit/disk-full" : "audit/unavailable";
    refusal = `No audit entry is accepted: ${sentenceOf(error)} What was acknowledged is kept.`;
    log.error({reason: sentenceOf(error)}, "audit: no entry is accepted any more");
  };

  const tell = (entries: readonly WrittenEntry[]) => {
    for (const {log: machine, leaf, body} of entries) {
      const entry = presentEntry(machine, {leaf: utf8(serializeLeaf(leaf)), body});
      for (const listener of listeners) {
        try {
          listener(entry);
        } catch (error) {
          // The entry is durable and answered; who listens must not stop the next one.
          log.warn({machine: entry.machine, reason: sentenceOf(error)}, "audit: a listener failed");
        }
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

  const use = (): Running => {
    if (running === null) throw new GatewayError("audit/unavailable", refusal ?? "The audit trail is not started.");
    return running;
  };

  const service = createService({
    start: async () => {
      stopping = new AbortController();
      await startAnew();
    },
    stop: async () => {
      stopping.abort(new GatewayError("audit/unavailable", "The audit trail is stopping."));
      const opened = running;
      running = null;
      refusal = "The audit trail is not started.";
      refusalCode = "audit/unavailable";
      if (opened !== null) await close(opened);
    },
  });

  return {
    ...service,
    append: async (inputs, {actor}) => {
      if (refusal !== null) throw new GatewayError(refusalCode, refusal);
      try {
        return await use().writer.append(inputs, actor);
      } catch (error) {
        if (error instanceof GatewayError && error.code.startsWith("storage/"))
          throw new GatewayError(refusalCode, refusal ?? error.message, {}, {cause: error});
        throw error;
      }
    },
    state: (): AuditState => (refusal === null ? {isAccepting: true} : {isAccepting: false, because: refusal}),
    reopen: async () => {
      const opened = use();
      running = null;
      refusal = "The audit trail is being opened anew.";
      await close(opened);
      await startAnew();
    },
    machines: () => {
      const {logs} = use();
      return logs.machines().map((machine) => verdictOf(logs.segments(machine)));
    },
    machine: (machine) => {
      const segments = use().logs.segments(machine);
      return segments.length === 0 ? null : verdictOf(segments);
    },
    entries: async (machine, query) => await queryEntries(use().logs, machine, query),
    entry: async (machine, seq) => await readEntry(use().logs, machine, seq),
    checkpoint: (machine) => latestCheckpoint(use().logs, machine),
    tile: async (machine, tilePath) => {
      const {logs} = use();
      return await readTileBytes(logs, segmentsOf(logs, machine).at(-1)!, tilePath);
    },
    exportProof: async (machine, range) => await exportRange(use().logs, machine, range),
    check: async () => {
      const {logs, bundler} = use();
      if (checking) throw new GatewayError("audit/busy", "A check is running already; wait for its end.");
      checking = true;
      const startedMs = clock.monotonicMs();
      try {
        await bundler.idle();
        const now = () => new Date(clock.now()).toISOString();
        const {entries, bodies} = await checkAll(logs, {now, signal: stopping.signal});
        const machines = logs.machines().map((machine) => verdictOf(logs.segments(machine)));
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
