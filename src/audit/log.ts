// The audit trail of a gateway, put together: writer, bundles, anchors, reads and checks over one set of logs.

import {toHex, utf8} from "../bytes.ts";
import type {AuditEntryInput, AuditSearchItem} from "../client/index.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import {createService} from "../service.ts";
import {networkIdOf} from "../stardust/index.ts";
import {lastAnchored} from "./anchor-store.ts";
import {type Anchoring, createAnchoring} from "./anchoring.ts";
import type {Audit, AuditDeps, AuditOptions, AuditState} from "./audit.ts";
import {type Bundler, createBundler} from "./bundles.ts";
import {recallChecks} from "./check.ts";
import {parseBody, serializeLeaf} from "./entry.ts";
import {type AnchorComparison, compareAnchoredHeads, compareKeptHeads, type HeadConflict} from "./head-conflicts.ts";
import {type Logs, openLogs} from "./logs.ts";
import {OWN_TYPES} from "./marks.ts";
import {exportRange, queryEntries, readEntry, readTileBytes, segmentsOf} from "./reader.ts";
import {searchEntries, searchPage} from "./search.ts";
import {itemOf, presentItem} from "./search-item.ts";
import {countEntries, densityOf, facetsOf} from "./tally.ts";
import {createUpkeep, type Upkeep} from "./upkeep.ts";
import {createWriter, type Writer, type WrittenEntry} from "./writer.ts";

const JOURNAL_BYTES_MAX = 64 * 2 ** 20;
/** The gateway itself, as actor of entries that it writes. */
const SELF = "process:audit";

interface Running {
  readonly logs: Logs;
  readonly writer: Writer;
  readonly bundler: Bundler;
  readonly anchoring: Anchoring;
  readonly upkeep: Upkeep;
}

interface Watch {
  end(): Promise<void>;
}

/** The audit trail in a folder. `start` opens it and compares it with what the Tangle knows; nothing works before. */
export function createAudit(options: AuditOptions, deps: AuditDeps): Audit {
  const {clock, signer, feed} = deps;
  const log = deps.log.child({module: "audit"});
  const networkId = networkIdOf(options.networkName);
  const listeners = new Set<(entry: AuditSearchItem) => void>();
  const entriesWritten = deps.metrics.counter("tanglegate_audit_entries_total", "Audit entries made durable");
  let running: Running | null = null;
  let watch: Watch | null = null;
  let refusal: string | null = "The audit trail is not started.";
  let refusalCode = "audit/unavailable";

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
      if (listeners.size > 0) tell(logs, entries);
    };
    const writer = createWriter(logs, deps, {onDurable, onFailure, bundled: bundler.idle});
    const anchoring = createAnchoring(logs, {...options, networkId}, {...deps, log});
    for (const machine of logs.all()) {
      machine.confirmed = await lastAnchored(logs.store, machine);
      machine.submittedSize = machine.confirmed?.size ?? 0;
    }
    recallChecks(logs);
    const upkeep = createUpkeep({logs, writer, bundler}, options, {clock, log});
    return {logs, writer, bundler, anchoring, upkeep};
  };

  const refuse = (error: unknown) => {
    const {code} = error as {code?: unknown};
    const isFull = code === "storage/disk-full" || code === "ENOSPC";
    refusalCode = isFull ? "audit/disk-full" : "audit/unavailable";
    refusal = `No audit entry is accepted: ${sentenceOf(error)} What was acknowledged is kept.`;
    log.error({reason: sentenceOf(error)}, "audit: no entry is accepted any more");
  };

  const tell = (logs: Logs, entries: readonly WrittenEntry[]) => {
    for (const {log: machine, leaf, body} of entries) {
      const entry = presentItem(logs, machine, {leaf: utf8(serializeLeaf(leaf)), body});
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
      await continueAfterConflicts(opened, await compareKeptHeads(opened.logs));
      await settleWithTangle(opened);
    } catch (error) {
      await close(opened);
      throw error;
    }
    watch = watchTangle(opened);
    running = opened;
    refusal = null;
    opened.bundler.wake();
    await opened.upkeep.start();
    await opened.anchoring.start();
  };

  // A node that cannot answer yet must not keep the audit trail from recording.
  const compareWithTangle = async ({logs, anchoring}: Running): Promise<AnchorComparison | null> => {
    try {
      return await compareAnchoredHeads(logs, {feed, signer, networkId, isOurs: anchoring.isOurs});
    } catch (error) {
      log.warn({reason: sentenceOf(error)}, "audit: logs cannot be compared with their anchors");
      return null;
    }
  };

  const settleWithTangle = async (opened: Running) => {
    const comparison = await compareWithTangle(opened);
    if (comparison === null) return;
    await continueAfterConflicts(opened, comparison.conflicts);
    await comparison.keepPlace().catch((error: unknown) => {
      log.warn(
        {reason: sentenceOf(error)},
        "audit: the place in the anchors is not kept; they are read again next time",
      );
    });
  };

  // The Tangle may tell later what it did not know at the start: a node that was restored, too, gets the blocks back from its peers.
  const watchTangle = (opened: Running): Watch => {
    let watching: Promise<void> | null = null;
    let isWanted = false;
    const watch = async () => {
      while (isWanted) {
        isWanted = false;
        await settleWithTangle(opened);
      }
    };
    const unsubscribe = feed.onMilestone(() => {
      isWanted = true;
      watching ??= watch()
        .catch((error: unknown) => log.warn({reason: sentenceOf(error)}, "audit: a log cannot begin its next segment"))
        .finally(() => {
          watching = null;
        });
    });
    return {
      end: async () => {
        unsubscribe();
        await watching;
      },
    };
  };

  // Signing another root for a size that is signed already would be two histories of one log. So the log ends here, and its next
  // segment says why in its first entry.
  const continueAfterConflicts = async ({logs, writer}: Running, conflicts: readonly HeadConflict[]) => {
    for (const {log: machine, size, root, kind} of conflicts) {
      if (logs.current(machine.machine) !== machine) continue;
      log.error(
        {machine: machine.machine, kind, entries: machine.tree.size, signed: size},
        "audit: a log differs from its signed head",
      );
      const body = {
        kind,
        origin: machine.origin,
        entries: machine.tree.size,
        signedEntries: size,
        signedRoot: toHex(root),
      };
      const firstSeq = machine.firstSeq + Math.max(size, machine.assigned);
      await writer.beginSegment(machine, firstSeq, {machine: machine.machine, type: "restored", body}, SELF);
    }
  };

  const close = async ({logs, writer, bundler, anchoring, upkeep}: Running) => {
    await upkeep.stop();
    await watch?.end();
    watch = null;
    await writer.idle();
    await bundler.idle();
    await anchoring.stop();
    await logs.close();
  };

  const stateNow = (): AuditState => (refusal === null ? {isAccepting: true} : {isAccepting: false, because: refusal});

  const expectAccepting = () => {
    if (refusal !== null) throw new GatewayError(refusalCode, refusal);
  };

  const use = (): Running => {
    if (running === null) throw new GatewayError("audit/unavailable", refusal ?? "The audit trail is not started.");
    return running;
  };

  const service = createService({
    start: async () => {
      await startAnew();
    },
    stop: async () => {
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
      expectAccepting();
      refuseOwnTypes(inputs);
      try {
        return await use().writer.append(inputs, actor);
      } catch (error) {
        if (error instanceof GatewayError && error.code.startsWith("storage/"))
          throw new GatewayError(refusalCode, refusal ?? error.message, {}, {cause: error});
        throw error;
      }
    },
    state: stateNow,
    reopen: async () => {
      const opened = use();
      running = null;
      refusal = "The audit trail is being opened anew.";
      await close(opened);
      await startAnew();
    },
    machines: () => use().upkeep.verdicts(),
    machine: (machine) => use().upkeep.verdict(machine),
    entries: async (machine, query) => {
      const {logs} = use();
      const page = await queryEntries(logs, machine, query);
      return {...page, items: page.items.map((entry) => itemOf(logs, entry))};
    },
    entry: async (machine, seq) => {
      const {logs} = use();
      const entry = await readEntry(logs, machine, seq);
      return entry === null ? null : itemOf(logs, entry);
    },
    checkpoint: (machine) => segmentsOf(use().logs, machine).at(-1)!.signed?.note ?? "",
    tile: async (machine, tilePath) => {
      const {logs} = use();
      return await readTileBytes(logs, segmentsOf(logs, machine).at(-1)!, tilePath);
    },
    exportProof: async (machine, range) => await exportRange(use().logs, machine, range),
    check: async () => await use().upkeep.checks.run(),
    search: async (query = {}) => await searchPage(use().logs, query),
    searchAll: (filter) => searchEntries(use().logs, filter),
    count: async (query) => await countEntries(use().logs, query),
    density: async (query) => await densityOf(use().logs, query),
    facets: async (filter) => await facetsOf(use().logs, filter),
    review: async (machine, input, by) => {
      expectAccepting();
      return await use().upkeep.reviews.review(machine, input, by);
    },
    planReviews: async (machine, plan, by) => {
      expectAccepting();
      return await use().upkeep.reviews.planReviews(machine, plan, by);
    },
    reviewOf: async (machine) => await use().upkeep.reviews.reviewOf(machine),
    erase: async (machine, seq, input, by) => {
      expectAccepting();
      return await use().upkeep.erasure.erase(machine, seq, input, by);
    },
    storage: async () => await use().upkeep.storage(),
    filters: () => use().upkeep.filters,
    conditions: async () => await use().upkeep.conditions(stateNow()),
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
