// How a restored backup is noticed before it does harm: the largest heads kept beside the journal, and our own anchors in the confirmed
// order, are compared with the logs as they are on this disk.

import {equalBytes, fromHex, fromUtf8, toHex, utf8} from "../bytes.ts";
import type {BlockId, ConfirmedFeed, FeedCursor} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import type {Signer} from "../identity/index.ts";
import type {Write} from "../storage/index.ts";
import {ANCHOR_TAG, type AnchoredHead, decodeAnchor, originHashOf} from "./anchor-payload.ts";
import type {Logs} from "./logs.ts";
import {type MachineLog, rootAt, type SignedHead} from "./machine-log.ts";
import {keys} from "./tables.ts";

/** How the log on this disk differs from a head that was signed for it. */
export interface HeadConflict {
  readonly log: MachineLog;
  readonly size: number;
  readonly root: Uint8Array;
  /** `behind`: entries are missing; `fork`: the entries are others. */
  readonly kind: "behind" | "fork";
}

const FEED_PAGE = 1_000;
const START: FeedCursor = {milestoneIndex: 0, whiteFlagIndex: 0};
const TAG = toHex(ANCHOR_TAG);

/** Keeps the largest signed heads beside the journal. */
export async function keepHeads(logs: Logs): Promise<void> {
  const writes = [...logs.all()]
    .filter(({signed}) => signed !== null)
    .map((log): Write => ({kind: "put", key: keys.head(log), value: encodeHead(log.signed!)}));
  // Not synced: it guards against a lost or restored journal, and a power cut loses neither more than the other.
  if (writes.length > 0) await logs.store.write(writes, {isSynced: false});
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

/** `keepPlace`: where the next reading begins; only after the conflicts are acted on, or they would never be seen again. */
export interface AnchorComparison {
  readonly conflicts: readonly HeadConflict[];
  readonly keepPlace: () => Promise<void>;
}

/**
 * Reads our own anchors in the confirmed order from where the last reading ended, and compares the logs with them. `isOurs` knows the
 * blocks that this process submitted; they need no look. The worst conflict of each log is returned. Errors: those of the feed.
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
  const byOrigin = new Map(
    logs.machines().map((machine) => {
      const log = logs.current(machine)!;
      return [toHex(originHashOf(log.origin)), log] as const;
    }),
  );
  const kept = logs.store.get(keys.cursor());
  let after: FeedCursor | null = kept === null ? START : (JSON.parse(fromUtf8(kept)) as FeedCursor);
  let last: FeedCursor | null = null;
  while (after !== null) {
    const {blocks, next} = await feed.read({tag: TAG, after, limit: FEED_PAGE});
    for (const {data, blockId} of blocks) {
      if (isOurs(blockId)) continue;
      for (const {originHash, size, root} of ownHeads(fromHex(data), {signer, networkId})) {
        const log = byOrigin.get(toHex(originHash));
        const conflict = log === undefined ? null : await compareHead(log, {size, root});
        if (conflict !== null && conflict.size >= (conflicts.get(conflict.log)?.size ?? 0))
          conflicts.set(conflict.log, conflict);
      }
    }
    last = blocks.at(-1)?.cursor ?? last;
    after = next;
  }
  const value = last === null ? null : utf8(JSON.stringify(last));
  return {
    conflicts: [...conflicts.values()],
    keepPlace: async () => {
      if (value !== null) await logs.store.write([{kind: "put", key: keys.cursor(), value}], {isSynced: false});
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
  return equalBytes(await rootAt(log, size), root) ? null : {log, size, root, kind: "fork"};
}
