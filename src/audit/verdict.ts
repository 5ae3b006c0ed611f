import type {MachineVerdict} from "../client/index.ts";
import type {MachineLog} from "./machine-log.ts";

/** Verdict over a machine from the segments of its log, oldest first, at least one. */
export function verdictOf(segments: readonly MachineLog[]): MachineVerdict {
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
    unchecked: last.checkedAt === null ? {since: null, because: "Nothing was hashed again yet."} : null,
  };
}
