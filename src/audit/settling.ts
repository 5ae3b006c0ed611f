// Acts on what the comparison of the logs with their signed heads finds, at the start and after every milestone. Signing another root for
// a size that is signed already would be two histories of one log. So the log ends there, and its next segment says why.

import {toHex} from "../bytes.ts";
import type {ConfirmedFeed} from "../client/index.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Signer} from "../identity/index.ts";
import type {Log} from "../log.ts";
import type {Anchoring} from "./anchoring.ts";
import {
  type AnchorComparison,
  compareAnchoredHeads,
  compareKeptHeads,
  continuedLogs,
  type HeadConflict,
} from "./head-conflicts.ts";
import type {Logs} from "./logs.ts";
import type {MachineLog} from "./machine-log.ts";
import {nextSegmentOf} from "./segments.ts";
import type {Writer} from "./writer.ts";

export interface Settling {
  /** Before anything is appended. A node that cannot answer yet keeps nothing from being recorded. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface SettlingDeps {
  readonly feed: ConfirmedFeed;
  readonly signer: Signer;
  readonly networkId: bigint;
  readonly log: Log;
  /** The store takes no write any more, or more is lost than can be kept in mind: nothing can be signed safely. */
  readonly onFailure: (error: unknown) => void;
}

export function createSettling(
  {logs, writer, anchoring}: {logs: Logs; writer: Writer; anchoring: Anchoring},
  {feed, signer, networkId, log, onFailure}: SettlingDeps,
): Settling {
  let watching: Promise<void> | null = null;
  let isWanted = false;
  let unsubscribe: (() => void) | null = null;

  const compareWithTangle = async (): Promise<AnchorComparison | null> => {
    try {
      return await compareAnchoredHeads(logs, {feed, signer, networkId, isOurs: anchoring.isOurs});
    } catch (error) {
      if (error instanceof GatewayError && /^(?:audit\/too-many$|storage\/)/.test(error.code)) throw error;
      log.warn({reason: sentenceOf(error)}, "audit: logs cannot be compared with their anchors");
      return null;
    }
  };

  const settle = async () => {
    const known = logs.lost.count;
    const comparison = await compareWithTangle();
    if (comparison === null) return;
    await continueAfter(comparison.conflicts);
    if (logs.lost.count !== known) await continueAfter(continuedLogs(logs));
    await comparison.keepPlace().catch((error: unknown) => {
      log.warn(
        {reason: sentenceOf(error)},
        "audit: the place in the anchors is not kept; they are read again next time",
      );
      onFailure(error);
    });
  };

  const continueAfter = async (conflicts: readonly HeadConflict[]) => {
    const byMachine = new Map<string, HeadConflict[]>();
    for (const conflict of conflicts) {
      const {machine} = conflict.log;
      byMachine.set(machine, [...(byMachine.get(machine) ?? []), conflict]);
    }
    for (const [machine, own] of byMachine) {
      const reason = reasonToEnd(logs.current(machine)!, own);
      if (reason !== null) await continueLog(machine, reason, Math.max(...own.map(endOf)));
    }
  };

  const continueLog = async (machine: string, {log: ended, kind, size, root}: HeadConflict, atLeast: number) => {
    const entries = ended.tree.size;
    log.error({machine, kind, entries, signed: size}, "audit: a log differs from its signed head");
    await writer.beginSegment(nextSegmentOf(logs, machine, atLeast), {
      kind,
      origin: ended.origin,
      entries,
      // With it this entry carries what the ended log says, even when no head of that is anchored any more.
      root: toHex(ended.tree.root()),
      ...(kind === "continued" ? {} : {signedEntries: size, signedRoot: toHex(root)}),
    });
  };

  // The Tangle may tell later what it did not know at the start: a node that was restored, too, gets the blocks back from its peers.
  const watch = async () => {
    while (isWanted) {
      isWanted = false;
      await settle();
    }
  };

  return {
    start: async () => {
      await continueAfter(await compareKeptHeads(logs));
      await continueAfter(continuedLogs(logs));
      await settle();
      unsubscribe = feed.onMilestone(() => {
        isWanted = true;
        watching ??= watch()
          .catch((error: unknown) => {
            log.warn({reason: sentenceOf(error)}, "audit: a log cannot begin its next segment");
            if (error instanceof GatewayError && error.code !== "audit/busy") onFailure(error);
          })
          .finally(() => {
            watching = null;
          });
      });
    },
    stop: async () => {
      unsubscribe?.();
      await watching;
    },
  };
}

/** The number after the last entry that the signed head covers. */
function endOf({log, size}: HeadConflict): number {
  return log.firstSeq + size;
}

// An older segment takes no entries any more, and as a rule its conflict is why it ended. It matters when more was signed for it than was
// known then: its numbers reach into those of the segment that takes entries.
function reasonToEnd(current: MachineLog, conflicts: readonly HeadConflict[]): HeadConflict | null {
  return (
    conflicts.find(({log}) => log === current) ??
    conflicts.find((conflict) => endOf(conflict) > current.firstSeq) ??
    null
  );
}
