// The trail as it stands at one moment. An export reads it several times over, while entries are appended and anchors are confirmed; each
// time it must find the same.

import type {AuditFilter, AuditSearchItem, MachineVerdict} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import type {Logs} from "./logs.ts";
import type {MachineLog} from "./machine-log.ts";
import {type ProofPart, proofParts} from "./proof-file.ts";
import {segmentsOf} from "./reader.ts";
import {searchEntries} from "./search.ts";

export interface FrozenTrail {
  /** Verdicts over the machines of a filter as they were. Errors: `audit/not-found`. */
  verdicts(filter: AuditFilter): readonly MachineVerdict[];
  /** The hits of a filter, newest first. Errors: those of the search. */
  entries(filter: AuditFilter): AsyncGenerator<AuditSearchItem, void, undefined>;
  /** Proof files of a machine's hits, newest first. */
  proofs(machine: string, filter: AuditFilter): AsyncGenerator<ProofPart, void, undefined>;
}

interface FrozenSegment {
  readonly firstSeq: number;
  /** Numbers below these are there, and are anchored. */
  readonly end: number;
  readonly anchoredEnd: number;
}

export interface FreezingContext {
  /** Verdicts over all machines now. */
  readonly verdicts: readonly MachineVerdict[];
  /** Passes items on, and hears by their end that nothing reads the disk any more. */
  reading<Item>(items: AsyncGenerator<Item>): AsyncGenerator<Item, void, undefined>;
}

export function freezeTrail(logs: Logs, {verdicts, reading}: FreezingContext): FrozenTrail {
  const machines = new Map(
    verdicts.map((verdict) => [verdict.machine, {verdict, segments: segmentsOf(logs, verdict.machine).map(freeze)}]),
  );

  const found = (machine: string) => {
    const known = machines.get(machine);
    if (known !== undefined) return known;
    throw new GatewayError("audit/not-found", `There is no log of the machine ${machine}.`, {machine});
  };

  const namesIn = ({machines: names = machines.keys()}: {machines?: Iterable<string>}) => [...new Set(names)];

  const entries = async function* ({state: wanted, ...filter}: AuditFilter) {
    for (const machine of filter.machines ?? []) found(machine);
    for await (const item of searchEntries(logs, filter)) {
      // A machine whose log began after the moment has nothing to show.
      const segments = machines.get(item.machine)?.segments ?? [];
      const segment = segments.find(({firstSeq, end}) => item.seq >= firstSeq && item.seq < end);
      if (segment === undefined) continue;
      // Somebody reviewed it after it was found: left out, it is missing from what was counted, and that ends the export.
      if (filter.review !== undefined && item.review.state !== filter.review) continue;
      const state = item.seq < segment.anchoredEnd ? "verified" : "waiting";
      if (wanted === undefined || wanted === state) yield {...item, state} satisfies AuditSearchItem;
    }
  };

  return {
    verdicts: (filter) => namesIn(filter).map((machine) => found(machine).verdict),
    entries: (filter) => reading(entries(filter)),
    proofs: (machine, filter) =>
      reading(proofParts(logs, machine, numbersOf(entries({...filter, machines: [machine]})))),
  };
}

function freeze({firstSeq, tree, confirmed}: MachineLog): FrozenSegment {
  return {
    firstSeq,
    end: firstSeq + tree.size,
    anchoredEnd: firstSeq + Math.min(confirmed?.size ?? 0, tree.size),
  };
}

async function* numbersOf(items: AsyncIterable<AuditSearchItem>): AsyncGenerator<number, void, undefined> {
  for await (const {seq} of items) yield seq;
}
