// Anchors: every interval one tagged-data block with the heads of all logs that changed; when nothing changes, once an hour all heads
// again. The node mines and stores the block; when a milestone references it, its proof is fetched and kept before the node may prune it.
// A block that no milestone takes is given up, and the next interval anchors the heads as they are then.
//
// Reading our own anchors back from the confirmed order is how a restored backup is noticed: the Tangle knows a head that this disk
// does not.

import {equalBytes, fromHex, fromUtf8, toHex, utf8} from "../bytes.ts";
import type {BlockId, ConfirmedFeed, FeedCursor, NodeClient} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Signer} from "../identity/index.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import type {Write} from "../storage/index.ts";
import {ANCHOR_TAG, type AnchoredHead, decodeAnchor, encodeAnchor, HEADS_MAX, originHashOf} from "./anchor-payload.ts";
import {keepAnchor} from "./anchor-store.ts";
import type {Logs} from "./logs.ts";
import {type MachineLog, rootAt, type SignedHead} from "./machine-log.ts";
import {keys} from "./tables.ts";

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
}

export interface Anchoring extends Service {
  /** Keeps the largest signed heads beside the journal. */
  keepHeads(): Promise<void>;
}

/** How the log on this disk differs from a head that was signed for it. */
export interface HeadConflict {
  readonly log: MachineLog;
  readonly size: number;
  readonly root: Uint8Array;
  /** `behind`: entries are missing; `fork`: the entries are others. */
  readonly kind: "behind" | "fork";
}

interface PendingAnchor {
  readonly blockId: BlockId;
  readonly heads: readonly {log: MachineLog; head: SignedHead}[];
  readonly submittedMs: number;
}

const PENDING_MAX = 64;
const FEED_PAGE = 1_000;
/** A block that no milestone took in this many intervals, and at least so long, is given up. */
const PATIENCE_INTERVALS = 6;
const PATIENCE_MS = 60_000;
const START: FeedCursor = {milestoneIndex: 0, whiteFlagIndex: 0};
const TAG = toHex(ANCHOR_TAG);

export function createAnchoring(
  logs: Logs,
  options: AnchoringOptions,
  {clock, log, signer, node, feed}: AnchoringDeps,
): Anchoring {
  let pending: PendingAnchor[] = [];
  let lastSubmitMs = 0;
  let settling: Promise<void> | null = null;
  let isSettleWanted = false;
  let unsubscribe: (() => void) | null = null;
  let looping: Promise<void> | null = null;
  let stopping = new AbortController();

  const submit = async (signal: AbortSignal) => {
    const all = [...logs.all()].filter(({signed}) => signed !== null);
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
      for (const {log: machine, head} of heads) machine.submittedSize = head.size;
      lastSubmitMs = submittedMs;
      log.debug({blockId, heads: heads.length}, "audit: heads submitted");
    }
    if (changed.length > 0) await keepHeads();
  };

  const keepHeads = async () => {
    const writes = [...logs.all()]
      .filter(({signed}) => signed !== null)
      .map((machine): Write => ({kind: "put", key: keys.head(machine), value: encodeHead(machine.signed!)}));
    // Not synced: it guards against a lost or restored journal, and a power cut loses neither more than the other.
    if (writes.length > 0) await logs.store.write(writes, {isSynced: false});
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
      .catch((error: unknown) => log.warn({reason: sentenceOf(error)}, "audit: anchors cannot be looked up"))
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
      const cursor = {milestoneIndex, whiteFlagIndex: metadata?.whiteFlagIndex ?? 0};
      await logs.store.write([{kind: "put", key: keys.cursor(), value: utf8(JSON.stringify(cursor))}], {
        isSynced: false,
      });
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
        log.warn({reason: sentenceOf(error)}, "audit: heads cannot be submitted");
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
      await keepHeads().catch((error: unknown) => log.warn({reason: sentenceOf(error)}, "audit: heads cannot be kept"));
    },
  });
  return {...service, keepHeads};
}

function encodeHead({size, root}: SignedHead): Uint8Array {
  return utf8(JSON.stringify({size, root: toHex(root)}));
}

/** Compares every log's newest segment with the largest head that was kept beside the journal. */
export async function compareKeptHeads(logs: Logs): Promise<readonly HeadConflict[]> {
  const conflicts: HeadConflict[] = [];
  for (const machine of logs.machines()) {
    const log = logs.current(machine)!;
    const kept = logs.store.get(keys.head(log));
    if (kept === null) continue;
    const {size, root} = JSON.parse(fromUtf8(kept)) as {size: number; root: string};
    const conflict = await compareHead(log, {size, root: fromHex(root)});
    if (conflict !== null) conflicts.push(conflict);
  }
  return conflicts;
}

/**
 * Compares the newest segments with our own anchors in the confirmed order since the last one that was kept. The worst conflict of each
 * log is returned. Errors: those of the feed.
 */
export async function compareAnchoredHeads(
  logs: Logs,
  {feed, signer, networkId}: {feed: ConfirmedFeed; signer: Signer; networkId: bigint},
): Promise<readonly HeadConflict[]> {
  const conflicts = new Map<MachineLog, HeadConflict>();
  const byOrigin = new Map(
    logs.machines().map((machine) => {
      const log = logs.current(machine)!;
      return [toHex(originHashOf(log.origin)), log] as const;
    }),
  );
  const kept = logs.store.get(keys.cursor());
  let after: FeedCursor | null = kept === null ? START : (JSON.parse(fromUtf8(kept)) as FeedCursor);
  while (after !== null) {
    const {blocks, next} = await feed.read({tag: TAG, after, limit: FEED_PAGE});
    for (const {data} of blocks) {
      for (const {originHash, size, root} of ownHeads(fromHex(data), {signer, networkId})) {
        const log = byOrigin.get(toHex(originHash));
        const conflict = log === undefined ? null : await compareHead(log, {size, root});
        if (conflict !== null && conflict.size >= (conflicts.get(conflict.log)?.size ?? 0))
          conflicts.set(conflict.log, conflict);
      }
    }
    after = next;
  }
  return [...conflicts.values()];
}

// Anybody may use the tag; what does not decode, or is signed by others, is not ours.
function ownHeads(data: Uint8Array, {signer, networkId}: {signer: Signer; networkId: bigint}): readonly AnchoredHead[] {
  try {
    const anchor = decodeAnchor(data);
    return equalBytes(anchor.publicKey, signer.publicKey) && anchor.networkId === networkId ? anchor.heads : [];
  } catch (error) {
    if (error instanceof GatewayError) return [];
    throw error;
  }
}

async function compareHead(
  log: MachineLog,
  {size, root}: {size: number; root: Uint8Array},
): Promise<HeadConflict | null> {
  if (size > log.tree.size) return {log, size, root, kind: "behind"};
  return equalBytes(await rootAt(log, size), root) ? null : {log, size, root, kind: "fork"};
}
