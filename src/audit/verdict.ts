import type {MachineVerdict} from "../client/index.ts";
import type {MachineLog} from "./machine-log.ts";

export interface VerdictContext {
  readonly nowMs: number;
  /** A check older than this does not count as one; null when none is expected. */
  readonly checkAgeMaxMs: number | null;
}

/** Verdict over a machine from the segments of its log, oldest first, at least one. */
export function verdictOf(segments: readonly MachineLog[], context: VerdictContext): MachineVerdict {
  const last = segments.at(-1)!;
  const entries = segments.reduce((sum, {tree}) => sum + tree.size, 0);
  const anchoredEntries = segments.reduce(
    (sum, {confirmed, tree}) => sum + Math.min(confirmed?.size ?? 0, tree.size),
    0,
  );
  const broken = segments.find(({fault}) => fault !== null)?.fault ?? null;
  const anchor = segments.findLast(({confirmed}) => confirmed !== null)?.confirmed ?? null;
  return {
    machine: last.machine,
    state: broken !== null ? "broken" : anchoredEntries === entries ? "verified" : "waiting",
    entries,
    anchoredEntries,
    lastAnchor:
      anchor === null ? null : {milestoneIndex: anchor.milestoneIndex, time: anchor.time, blockId: anchor.blockId},
    broken,
    lastEntryTime: last.lastUtc,
    checkedAt: last.checkedAt,
    unchecked: uncheckedOf(segments, context),
  };
}

function uncheckedOf(
  segments: readonly MachineLog[],
  {nowMs, checkAgeMaxMs}: VerdictContext,
): MachineVerdict["unchecked"] {
  const unread = segments.find((log) => log.unread !== null);
  if (unread !== undefined)
    return {
      why: "unreadable",
      since: unread.checkedAt,
      because: `The disk could not be read: ${unread.unread} That says nothing about the entries; check the disk, then check again.`,
    };
  const since = segments.at(-1)!.checkedAt;
  if (since === null)
    return {why: "not-yet", since, because: "Nothing was hashed again yet; that happens by itself, or when you ask."};
  if (checkAgeMaxMs === null || nowMs - Date.parse(since) <= checkAgeMaxMs) return null;
  return {
    why: "too-old",
    since,
    because: "The last check is older than it should be; ask for one, and look into the gateway's log.",
  };
}
