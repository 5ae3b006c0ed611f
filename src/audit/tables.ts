import {fromUtf8} from "../bytes.ts";
import {type KeyRange, readU32, readU64, table, text, u32, u64} from "../storage/index.ts";
import type {LogName} from "./records.ts";

// Table numbers of the audit's store. A number is never used again.
const VERSION = table(1);
const LOG = table(2);
const TAIL = table(3);
// 4 was what a bundle holds, in an earlier form.
const HEAD = table(5);
const ANCHOR = table(6);
const ANCHORED = table(7);
const CURSOR = table(8);
const LOST = table(9);
const FORKED = table(10);
const SUMMARY = table(16);
const MARK = table(17);
const ERASED_UP_TO = table(18);
const CHECKED = table(19);
const FILTER = table(20);

const nameOf = ({machine, segment}: LogName) => [text(machine), u32(segment)] as const;
const nameFrom = (rest: Uint8Array): LogName => ({
  machine: fromUtf8(rest.subarray(0, rest.length - 5)),
  segment: readU32(rest, rest.length - 4),
});

/** Keys of the audit's store. */
export const keys = {
  version: () => VERSION.key(),
  /** State of a log at the last cut of the journal. */
  log: (name: LogName) => LOG.key(...nameOf(name)),
  /** The log of a key of `log`. */
  logName: (key: Uint8Array): LogName => nameFrom(LOG.rest(key)),
  logs: (): KeyRange => ({prefix: LOG.key()}),
  /** Journal record of an entry that is in no bundle yet, and no more in the journal. */
  tail: (name: LogName, index: number) => TAIL.key(...nameOf(name), u64(index)),
  tails: (name: LogName): KeyRange & {readonly prefix: Uint8Array} => ({prefix: TAIL.key(...nameOf(name))}),
  /** What a run of bundles holds, for queries: one bundle at level 0, 256 to the power of the level above. */
  summary: (name: LogName, level: number, index: number) =>
    SUMMARY.key(...nameOf(name), Uint8Array.of(level), u64(index)),
  /** An entry in a bundle that says something about other entries: a review, a redaction, a plan. */
  mark: (name: LogName, index: number) => MARK.key(...nameOf(name), u64(index)),
  marks: (name: LogName): KeyRange => ({prefix: MARK.key(...nameOf(name))}),
  /** Number of a machine's last redaction whose bodies are gone. */
  erasedUpTo: (machine: string) => ERASED_UP_TO.key(text(machine)),
  /** Outcome of the last check of a log. */
  checked: (name: LogName) => CHECKED.key(...nameOf(name)),
  /** A filter that was saved under a name. */
  filter: (name: string) => FILTER.key(text(name)),
  filters: (): KeyRange => ({prefix: FILTER.key()}),
  /** The largest head that was seen signed. */
  head: (name: LogName) => HEAD.key(...nameOf(name)),
  /** The log of a key of `head`. */
  headName: (key: Uint8Array): LogName => nameFrom(HEAD.rest(key)),
  heads: (): KeyRange => ({prefix: HEAD.key()}),
  /** A confirmed anchor with its proof. */
  anchor: (id: number) => ANCHOR.key(u64(id)),
  anchorId: (key: Uint8Array): number => readU64(ANCHOR.rest(key)),
  lastAnchor: (): KeyRange => ({prefix: ANCHOR.key(), isReverse: true, limit: 1}),
  /** By log and size: the signed checkpoint, and the anchor that carries it. */
  anchored: (name: LogName, size: number) => ANCHORED.key(...nameOf(name), u64(size)),
  anchoredSize: (key: Uint8Array): number => readU64(key, key.length - 8),
  firstAnchoredFrom: (name: LogName, size: number): KeyRange => ({
    prefix: ANCHORED.key(...nameOf(name)),
    gte: ANCHORED.key(...nameOf(name), u64(size)),
    limit: 1,
  }),
  lastAnchored: (name: LogName): KeyRange => ({prefix: ANCHORED.key(...nameOf(name)), isReverse: true, limit: 1}),
  lastAnchoredUpTo: (name: LogName, size: number): KeyRange => ({
    prefix: ANCHORED.key(...nameOf(name)),
    lte: ANCHORED.key(...nameOf(name), u64(size)),
    isReverse: true,
    limit: 1,
  }),
  /** Where reading our own anchors in the confirmed order goes on. */
  cursor: () => CURSOR.key(),
  /** By the SHA-256 of an origin: the largest size that was anchored for a log which is not on this disk. */
  lost: (originHash: Uint8Array) => LOST.key(originHash),
  lostOriginHash: (key: Uint8Array): Uint8Array => LOST.rest(key),
  allLost: (): KeyRange => ({prefix: LOST.key()}),
  /** Present when other entries than this log's were anchored for it. */
  forked: (name: LogName) => FORKED.key(...nameOf(name)),
};
