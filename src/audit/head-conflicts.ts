// How a restored backup is noticed before it does harm: the largest heads kept beside the journal, and our own anchors in the confirmed
// order, are compared with the logs as they are on this disk.

import {equalBytes, fromHex, fromUtf8, toHex, utf8} from "../bytes.ts";
import type {BlockId, ConfirmedFeed, FeedCursor} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import type {Signer} from "../identity/index.ts";
import type {Write} from "../storage/index.ts";
import {ANCHOR_TAG, type AnchoredHead, decodeAnchor, originHashOf} from "./anchor-payload.ts";
import {originOf} from "./checkpoint.ts";
import type {Logs} from "./logs.ts";
import {type MachineLog, rootAt, type SignedHead} from "./machine-log.ts";
import {lostAfter} from "./segments.ts";
import {keys} from "./tables.ts";

/** How the log on this disk differs from what was signed for it. */
export interface HeadConflict {
  readonly log: MachineLog;
  /**
   * `behind`: entries are missing; `fork`: the entries are others; `continued`: its next segment was begun already, and is not here.
   */
  readonly kind: "behind" | "fork" | "continued";
  /** The head that was signed; of `continued` the log's own. */
  readonly size: number;
  readonly root: Uint8Array;
}

const FEED_PAGE = 1_000;
const START: FeedCursor = {milestoneIndex: 0, whiteFlagIndex: 0};
const TAG = toHex(ANCHOR_TAG);

/** Keeps the largest signed heads beside the journal. A log that lost entries does not take its larger head away. */
export async function keepHeads(logs: Logs): Promise<void> {
  const larger = [...logs.all()].filter(({signed, keptSize}) => signed !== null && signed.size > keptSize);
  if (larger.length === 0) return;
  const heads = larger.map((log) => ({log, head: log.signed!}));
  // Not synced: it guards against a lost or restored journal, and a power cut loses neither more than the other.
  await logs.store.write(
    heads.map(({log, head}): Write => ({kind: "put", key: keys.head(log), value: encodeHead(head)})),
    {isSynced: false},
  );
  for (const {log, head} of heads) log.keptSize = head.size;
}

function encodeHead({size, root}: SignedHead): Uint8Array {
  return utf8(JSON.stringify({size, root: toHex(root)}));
}

/** Compares every log with the largest head that was kept beside the journal, and takes note of heads whose log is not there. */
export async function compareKeptHeads(logs: Logs): Promise<readonly HeadConflict[]> {
  const conflicts: HeadConflict[] = [];
  for await (const [key, value] of logs.store.entries(keys.heads())) {
    const {machine, segment} = keys.headName(key);
    const {size, root} = JSON.parse(fromUtf8(value)) as {size: number; root: string};
    const originHash = originHashOf(originOf(logs.gateway, machine, segment));
    const log = logs.byOrigin(originHash);
    if (log === null) {
      logs.lost.note({originHash, size}, "kept-head");
      continue;
    }
    log.keptSize = size;
    const conflict = await compareHead(log, {size, root: fromHex(root)});
    if (conflict !== null) conflicts.push(conflict);
  }
  return conflicts;
}

/** The logs that take entries although a later segment of theirs is known, and lost. */
export function continuedLogs(logs: Logs): readonly HeadConflict[] {
  if (logs.lost.count === 0) return [];
  return logs
    .machines()
    .filter((machine) => lostAfter(logs, machine) !== null)
    .map((machine) => logs.current(machine)!)
    .map((log) => ({log, kind: "continued", size: log.tree.size, root: log.tree.root()}));
}

/** `keepPlace`: where the next reading begins; only after the conflicts are acted on, or they would never be seen again. */
export interface AnchorComparison {
  readonly conflicts: readonly HeadConflict[];
  readonly keepPlace: () => Promise<void>;
}

/**
 * Reads our own anchors in the confirmed order from where the last reading ended, and compares the logs with them. `isOurs` knows the
 * blocks that this process submitted; they need no look. The worst conflict of each log is returned; a log with another root is marked as
 * forked, and origins of no log here are noted. Errors: those of the feed, `audit/too-many`.
 */
export async function compareAnchoredHeads(
  logs: Logs,
  {
    feed,
    signer,
    networkId,
    isOurs,
  }: {
    feed: ConfirmedFeed;
    signer: Signer;
    networkId: bigint;
    isOurs: (blockId: BlockId) => boolean;
  },
): Promise<AnchorComparison> {
  const conflicts = new Map<MachineLog, HeadConflict>();
  const forked = new Set<MachineLog>();
  const kept = logs.store.get(keys.cursor());
  let after: FeedCursor | null = kept === null ? START : (JSON.parse(fromUtf8(kept)) as FeedCursor);
  let last: FeedCursor | null = null;
  while (after !== null) {
    const {blocks, next} = await feed.read({tag: TAG, after, limit: FEED_PAGE});
    for (const {data, blockId} of blocks) {
      if (isOurs(blockId)) continue;
      for (const head of ownHeads(fromHex(data), {signer, networkId})) {
        // In one step with the look-up: no log may begin between them.
        const log = logs.byOrigin(head.originHash);
        if (log === null) {
          logs.lost.note(head, "anchor");
          continue;
        }
        const conflict = await compareHead(log, head);
        if (conflict === null) continue;
        if (conflict.kind === "fork") forked.add(log);
        if (conflict.size >= (conflicts.get(log)?.size ?? 0)) conflicts.set(log, conflict);
      }
    }
    await logs.lost.keep();
    last = blocks.at(-1)?.cursor ?? last;
    after = next;
  }
  return {
    conflicts: [...conflicts.values()],
    keepPlace: async () => {
      const writes = [...forked].map((log): Write => ({kind: "put", key: keys.forked(log), value: new Uint8Array(0)}));
      if (last !== null) writes.push({kind: "put", key: keys.cursor(), value: utf8(JSON.stringify(last))});
      if (writes.length > 0) await logs.store.write(writes, {isSynced: false});
    },
  };
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
  if (equalBytes(await rootAt(log, size), root)) return null;
  // From here on no head of it is anchored: that would show two roots of one size to everybody.
  log.isForked = true;
  return {log, size, root, kind: "fork"};
}
