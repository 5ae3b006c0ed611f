// What a re-check says of a log that is not as it was signed, for a person.

import type {BrokenLog} from "../client/index.ts";
import {anchoredUpTo} from "./anchor-store.ts";
import type {Logs} from "./logs.ts";
import type {MachineLog} from "./machine-log.ts";

/** The first bad entry of a log. */
export interface Fault {
  readonly seq: number;
  readonly because: string;
  readonly differs: BrokenLog["differs"];
}

const REMEDIES: Readonly<Record<BrokenLog["differs"], string>> = {
  missing:
    "Find out who could reach this disk and when, and bring the files back from a backup; the next check says whether they are the right ones.",
  changed:
    "Keep this disk as it is: it is evidence. Compare it with a backup to see what was there before, and find out who could write to it.",
  reordered:
    "Keep this disk as it is: it is evidence. Entries stand in others' places, which no fault of a disk does by itself.",
  cut: "Find out whether the disk or its file system failed. Bring the end back from a backup; the next check says whether it is the right one.",
};

/** The fault with what a reader needs beside it. */
export async function describeFault(logs: Logs, log: MachineLog, fault: Fault): Promise<BrokenLog> {
  const anchor = await anchoredUpTo(logs.store, log, fault.seq - log.firstSeq);
  return {
    ...fault,
    lastGoodAnchor:
      anchor === null
        ? null
        : {
            milestoneIndex: anchor.milestoneIndex,
            time: anchor.time,
            blockId: anchor.blockId,
            seq: log.firstSeq + anchor.size - 1,
          },
    remedy: REMEDIES[fault.differs],
  };
}
