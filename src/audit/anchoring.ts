// Anchors: every interval one tagged-data block with the heads of all logs that changed; when nothing changes, once an hour all heads
// again. The node mines and stores the block; when a milestone references it, its proof is fetched and kept before the node may prune it.
// A block that no milestone takes is given up, and the next interval anchors the heads as they are then.

import type {BlockId, ConfirmedFeed, NodeClient} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Signer} from "../identity/index.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import {ANCHOR_TAG, encodeAnchor, HEADS_MAX} from "./anchor-payload.ts";
import {keepAnchor} from "./anchor-store.ts";
import {keepHeads} from "./head-conflicts.ts";
import type {Logs} from "./logs.ts";
import type {MachineLog, SignedHead} from "./machine-log.ts";

export interface AnchoringOptions {
  readonly networkId: bigint;
  readonly anchorIntervalMs: number;
  readonly idleAnchorIntervalMs: number;
}

export interface AnchoringDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly signer: Signer;
  readonly node: NodeClient;
  readonly feed: ConfirmedFeed;
  /** The store refused a write: it takes none any more until it is opened anew. */
  readonly onFailure: (error: unknown) => void;
}

export interface Anchoring extends Service {
  /** Whether this process submitted the block. */
  isOurs(blockId: BlockId): boolean;
}

interface PendingAnchor {
  readonly blockId: BlockId;
  readonly heads: readonly {log: MachineLog; head: SignedHead}[];
  readonly submittedMs: number;
}

const PENDING_MAX = 64;
const SUBMITTED_KEPT = 1_024;
/** A block that no milestone took in this many intervals, and at least so long, is given up. */
const PATIENCE_INTERVALS = 6;
const PATIENCE_MS = 60_000;

export function createAnchoring(
  logs: Logs,
  options: AnchoringOptions,
  {clock, log, signer, node, feed, onFailure}: AnchoringDeps,
): Anchoring {
  let pending: PendingAnchor[] = [];
  const submitted = new Set<BlockId>();
  let lastSubmitMs = 0;
  let settling: Promise<void> | null = null;
  let isSettleWanted = false;
  let unsubscribe: (() => void) | null = null;
  let looping: Promise<void> | null = null;
  let stopping = new AbortController();

  const warn = (error: unknown, text: string) => {
    log.warn({reason: sentenceOf(error)}, text);
    if (error instanceof GatewayError && error.code.startsWith("storage/")) onFailure(error);
  };

  const submit = async (signal: AbortSignal) => {
    const all = [...logs.all()].filter(({signed, isForked}) => signed !== null && !isForked);
    const changed = all.filter((machine) => machine.signed!.size !== machine.submittedSize);
    const isIdleDue = clock.monotonicMs() - lastSubmitMs >= options.idleAnchorIntervalMs;
    const due = changed.length > 0 ? changed : isIdleDue ? all : [];
    for (let i = 0; i < due.length && pending.length < PENDING_MAX; i += HEADS_MAX) {
      const heads = due.slice(i, i + HEADS_MAX).map((machine) => ({log: machine, head: machine.signed!}));
      const data = encodeAnchor(
        options.networkId,
        heads.map(({log: {origin}, head: {size, root}}) => ({origin, size, root})),
        signer,
      );
      const submittedMs = clock.monotonicMs();
      const blockId = await node.submitTaggedData({tag: ANCHOR_TAG, data}, {signal});
      pending.push({blockId, heads, submittedMs});
      if (submitted.size >= SUBMITTED_KEPT) submitted.delete(submitted.values().next().value!);
      submitted.add(blockId);
      for (const {log: machine, head} of heads) machine.submittedSize = head.size;
      lastSubmitMs = submittedMs;
      log.debug({blockId, heads: heads.length}, "audit: heads submitted");
    }
    if (changed.length > 0) await keepHeads(logs);
  };

  // One at a time; a milestone during the work asks for one more round.
  const settle = () => {
    isSettleWanted = true;
    settling ??= (async () => {
      while (isSettleWanted) {
        isSettleWanted = false;
        for (const anchor of [...pending]) await settleOne(anchor);
      }
    })()
      .catch((error: unknown) => warn(error, "audit: anchors cannot be looked up"))
      .finally(() => {
        settling = null;
      });
    return settling;
  };

  const settleOne = async (anchor: PendingAnchor) => {
    const metadata = await node.blockMetadata(anchor.blockId);
    const milestoneIndex = metadata?.referencedByMilestoneIndex;
    const proof = milestoneIndex === undefined ? null : ((await node.proveInclusion?.(anchor.blockId)) ?? null);
    if (milestoneIndex !== undefined && proof !== null) {
      const milestone = await node.milestone(milestoneIndex);
      if (milestone === null) return;
      const time = new Date(milestone.timestamp * 1000).toISOString();
      const confirmed = {blockId: anchor.blockId, milestoneIndex, time, proof};
      await keepAnchor(logs.store, confirmed, anchor.heads);
      for (const {log: machine, head} of anchor.heads)
        if (head.size >= (machine.confirmed?.size ?? 0))
          machine.confirmed = {size: head.size, blockId: anchor.blockId, milestoneIndex, time};
      pending = pending.filter((other) => other !== anchor);
      return;
    }
    const patienceMs = Math.max(PATIENCE_MS, PATIENCE_INTERVALS * options.anchorIntervalMs);
    const isLost =
      metadata === null || metadata.shouldReattach === true || clock.monotonicMs() - anchor.submittedMs > patienceMs;
    if (!isLost) return;
    log.warn({blockId: anchor.blockId}, "audit: no milestone took the anchor; the heads are submitted again");
    pending = pending.filter((other) => other !== anchor);
    for (const {log: machine} of anchor.heads) machine.submittedSize = machine.confirmed?.size ?? 0;
  };

  const loop = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      try {
        await submit(signal);
        if (pending.length > 0) await settle();
      } catch (error) {
        if (signal.aborted) return;
        warn(error, "audit: heads cannot be submitted");
      }
      await clock.sleep(options.anchorIntervalMs, signal).catch(() => undefined);
    }
  };

  const service = createService({
    start: async () => {
      stopping = new AbortController();
      lastSubmitMs = clock.monotonicMs();
      unsubscribe = feed.onMilestone(() => {
        if (pending.length > 0) void settle();
      });
      looping = loop(stopping.signal);
    },
    stop: async () => {
      unsubscribe?.();
      stopping.abort(new GatewayError("audit/unavailable", "The audit trail is stopping."));
      await looping;
      await settling;
      await keepHeads(logs).catch((error: unknown) =>
        log.warn({reason: sentenceOf(error)}, "audit: heads cannot be kept"),
      );
    },
  });
  return {...service, isOurs: (blockId) => submitted.has(blockId)};
}
