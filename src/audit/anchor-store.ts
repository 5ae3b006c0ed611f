// Confirmed anchors on disk: the proof of each block, and by log and size the checkpoint that it carries. Kept for as long as the log:
// the node prunes blocks, the proof stays.

import {fromUtf8, utf8} from "../bytes.ts";
import type {BlockInclusionProof} from "../client/index.ts";
import type {KeyRange, Store, Write} from "../storage/index.ts";
import type {ConfirmedHead, SignedHead} from "./machine-log.ts";
import type {LogName} from "./records.ts";
import {keys} from "./tables.ts";

/** A block with heads that a milestone references. */
export interface ConfirmedAnchor {
  readonly blockId: string;
  readonly milestoneIndex: number;
  /** RFC 3339, UTC: the milestone's time. */
  readonly time: string;
  readonly proof: BlockInclusionProof;
}

interface AnchoredNote {
  readonly anchorId: number;
  readonly note: string;
}

/** A checkpoint that is under a milestone. */
export interface AnchoredCheckpoint extends AnchoredNote {
  readonly size: number;
}

/** Keeps a confirmed anchor with the heads it carries, in one durable batch. */
export async function keepAnchor(
  store: Store,
  anchor: ConfirmedAnchor,
  heads: readonly {log: LogName; head: Pick<SignedHead, "size" | "note">}[],
): Promise<void> {
  const id = ((await lastAnchorId(store)) ?? -1) + 1;
  const put = (key: Uint8Array, value: unknown): Write => ({kind: "put", key, value: utf8(JSON.stringify(value))});
  await store.write(
    [
      put(keys.anchor(id), anchor),
      ...heads.map(({log, head}) =>
        put(keys.anchored(log, head.size), {anchorId: id, note: head.note} satisfies AnchoredNote),
      ),
    ],
    {isSynced: true},
  );
}

/** The first anchored checkpoint of at least `size` entries; null when there is none yet. */
export async function anchoredFrom(store: Store, log: LogName, size: number): Promise<AnchoredCheckpoint | null> {
  for await (const [key, value] of store.entries(keys.firstAnchoredFrom(log, size)))
    return {...(JSON.parse(fromUtf8(value)) as AnchoredNote), size: keys.anchoredSize(key)};
  return null;
}

/** The newest confirmed anchor of a log. */
export async function lastAnchored(store: Store, log: LogName): Promise<(ConfirmedHead & {note: string}) | null> {
  return await firstIn(store, keys.lastAnchored(log));
}

/** The newest confirmed anchor of at most `size` entries of a log. */
export async function anchoredUpTo(
  store: Store,
  log: LogName,
  size: number,
): Promise<(ConfirmedHead & {note: string}) | null> {
  return await firstIn(store, keys.lastAnchoredUpTo(log, size));
}

async function firstIn(store: Store, range: KeyRange): Promise<(ConfirmedHead & {note: string}) | null> {
  for await (const [key, value] of store.entries(range)) {
    const {anchorId, note} = JSON.parse(fromUtf8(value)) as AnchoredNote;
    const {blockId, milestoneIndex, time} = readAnchor(store, anchorId);
    return {size: keys.anchoredSize(key), note, blockId, milestoneIndex, time};
  }
  return null;
}

/** The way of an anchor's block to its milestone. */
export function proofOf(store: Store, id: number): BlockInclusionProof {
  return readAnchor(store, id).proof;
}

async function lastAnchorId(store: Store): Promise<number | null> {
  for await (const key of store.keys(keys.lastAnchor())) return keys.anchorId(key);
  return null;
}

/** Anchors in a range of time, at most `max`, evenly chosen when there are more. Their numbers are in the order of their times. */
export async function anchorsBetween(
  store: Store,
  {from, to}: {from: string; to: string},
  max: number,
): Promise<readonly {time: string; milestoneIndex: number}[]> {
  const last = await lastAnchorId(store);
  if (last === null) return [];
  // First anchor for which `isPast` holds.
  const search = (isPast: (time: string) => boolean) => {
    let low = 0;
    let high = last + 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isPast(readAnchor(store, middle).time)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const first = search((time) => time >= from);
  const count = search((time) => time > to) - first;
  const shown = Math.min(count, max);
  return Array.from({length: shown}, (_, i) => {
    const {time, milestoneIndex} = readAnchor(store, first + Math.floor((i * count) / shown));
    return {time, milestoneIndex};
  });
}

function readAnchor(store: Store, id: number): ConfirmedAnchor {
  return JSON.parse(fromUtf8(store.get(keys.anchor(id))!)) as ConfirmedAnchor;
}
