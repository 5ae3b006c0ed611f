// Where a machine's log goes on: which segment, and from which entry number. Origins and numbers of segments that are lost with a restored
// backup stay used.

import type {AuditEntryInput} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import {originHashOf} from "./anchor-payload.ts";
import {originOf} from "./checkpoint.ts";
import type {Logs} from "./logs.ts";
import type {LogName} from "./records.ts";

/** The gateway itself, as actor of entries that it writes. */
export const SELF = {actor: "process:audit", role: "process"};

/** Segments that are passed over: heads of the last of them, and of most, were signed, and none is on this disk. */
export interface LostSegments {
  readonly from: number;
  readonly to: number;
  /** Entries of theirs that are known to be signed. */
  readonly entries: number;
}

export interface NextSegment {
  readonly name: LogName;
  readonly firstSeq: number;
  readonly lost: LostSegments | null;
}

const SEGMENT_MAX = 0xffff;
/**
 * A segment may be lost without a trace between two that left one (blocks take 400 heads, and one block of two may never be confirmed).
 * So many are looked past.
 */
const GAP_MAX = 4;
/**
 * Behind lost segments, segment n begins at (n - 1) times this. What is anchored tells how many entries a lost segment had, not where its
 * numbers began, and none has so many entries.
 */
const SEQS_OF_SEGMENT = 1_000_000_000;

/**
 * The segment with which a machine's log begins or goes on. `atLeast`: a number below which entries are known to be signed. Errors:
 * `audit/too-many`.
 */
export function nextSegmentOf(logs: Logs, machine: string, atLeast = 0): NextSegment {
  const own = logs.segments(machine);
  const first = (own.at(-1)?.segment ?? 0) + 1;
  const lost = lostFrom(logs, machine, first);
  const segment = (lost?.to ?? first - 1) + 1;
  if (segment > SEGMENT_MAX)
    throw new GatewayError("audit/too-many", `The log of ${machine} has begun anew ${SEGMENT_MAX} times.`, {machine});
  const next = own.reduce((max, log) => Math.max(max, log.firstSeq + log.assigned), atLeast);
  const firstSeq = lost === null ? next : Math.max(next + lost.entries, (segment - 1) * SEQS_OF_SEGMENT);
  return {name: {machine, segment}, firstSeq, lost};
}

/** Segments after the one that takes a machine's entries that are known and not on this disk; null = none. */
export function lostAfter(logs: Logs, machine: string): LostSegments | null {
  return lostFrom(logs, machine, (logs.current(machine)?.segment ?? 0) + 1);
}

function lostFrom({lost, gateway}: Logs, machine: string, from: number): LostSegments | null {
  if (lost.count === 0) return null;
  let to = from - 1;
  let entries = 0;
  for (let segment = from; segment <= to + 1 + GAP_MAX; segment++) {
    const size = lost.sizeOf(originHashOf(originOf(gateway, machine, segment)));
    if (size === null) continue;
    to = segment;
    entries += size;
  }
  return to < from ? null : {from, to, entries};
}

/** The entry with which a segment begins that is not a machine's first: why, and what is missing. */
export function restoredEntry(
  {name: {machine}, lost}: NextSegment,
  body: Readonly<Record<string, unknown>>,
): AuditEntryInput {
  return {machine, type: "restored", body: lost === null ? body : {...body, lostSegments: lost}};
}
