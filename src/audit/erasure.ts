// Erasing bodies. First an entry says who erases what, why and by what right; when it is durable, salts and bodies go from everywhere: the
// files of bodies, the tail in the store, the journal. What a crash left of that is done at the next start, because the entry is there. The
// leaves, the tree and every proof stay as they are.

import {fromUtf8, utf8} from "../bytes.ts";
import type {AuditReceipt, EraseInput, SeqRange} from "../client/index.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import {type Bundler, cutJournal} from "./bundles.ts";
import type {Caller} from "./entry.ts";
import type {Logs} from "./logs.ts";
import {bundledSize, type MachineLog, readStored} from "./machine-log.ts";
import {OWN_TYPES, REDACTION, type Redaction, RUNS_MAX} from "./marks.ts";
import {segmentOf, segmentsOf} from "./reader.ts";
import {joinRanges} from "./review-rules.ts";
import {factsOf} from "./summary.ts";
import {keys} from "./tables.ts";
import {TILE_WIDTH} from "./tiles.ts";
import type {Writer} from "./writer.ts";

export interface Erasure {
  /** Resolves when the body is gone. Errors: `audit/not-found`, `audit/conflict` when it is gone already or must stay. */
  erase(machine: string, seq: number, input: EraseInput, by: Caller): Promise<AuditReceipt>;
  /** The same for runs of entries that are known to be erasable. */
  eraseRuns(machine: string, runs: readonly SeqRange[], input: EraseInput, by: Caller): Promise<void>;
  /** Ends what a crash or a failure left half done. */
  finish(): Promise<void>;
  /** Waits for the work at hand. */
  idle(): Promise<void>;
  /** Why bodies that should be gone are not; null when all are. */
  failure(): string | null;
}

/** Entries of a log, by place. */
interface Part {
  readonly log: MachineLog;
  readonly from: number;
  readonly to: number;
}

export interface ErasureContext {
  readonly writer: Pick<Writer, "append" | "settled">;
  readonly bundler: Bundler;
  readonly log: Log;
  /** Files could not be made durable, or the store takes nothing any more: logs and journal must be opened anew. */
  readonly onFailure: (error: unknown) => void;
}

export function createErasure(logs: Logs, {writer, bundler, log: journalLog, onFailure}: ErasureContext): Erasure {
  // One after the other: the number of the last finished one says that all before it are finished.
  let lane: Promise<unknown> = Promise.resolve();
  const failures = new Map<string, string>();
  const inLane = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = lane.then(work);
    lane = done.catch(() => undefined);
    return done;
  };

  const finishMachine = async (machine: string) => {
    const open = openRedactions(logs, machine);
    if (open.length === 0) return;
    try {
      await remove(open.flatMap(({entries}) => partsOf(logs, machine, entries)));
      const value = utf8(`${open.at(-1)!.seq}`);
      await logs.store.write([{kind: "put", key: keys.erasedUpTo(machine), value}], {isSynced: true});
      failures.delete(machine);
    } catch (error) {
      failures.set(machine, `Bodies of ${machine} that were erased are still on this disk: ${sentenceOf(error)}`);
      journalLog.error({machine, reason: sentenceOf(error)}, "audit: erased bodies could not be removed");
      throw error;
    }
  };

  // The journal goes on in a new file, and everything before it is known to the trees: then the old files can go as a whole.
  const remove = async (parts: readonly Part[]) => {
    const end = await logs.journal.beginFile();
    await writer.settled();
    // What is in a bundle stays there; only what becomes one meanwhile must wait for the bundler.
    const rest: Part[] = [];
    for (const part of parts) rest.push({...part, from: await removeFromBundles(logs, part)});
    await bundler.run(async () => {
      for (const part of rest) await removeFromBundles(logs, part);
      const isErased = (log: MachineLog, index: number) =>
        parts.some((part) => part.log === log && index >= part.from && index <= part.to);
      await cutJournal(logs, end, isErased).catch((error: unknown) => {
        onFailure(error);
        throw error;
      });
    });
    // A store keeps what was overwritten until its files are merged.
    for (const log of new Set(parts.map((part) => part.log))) {
      logs.summaries.forgetPending(log);
      await logs.store.compact(keys.tails(log));
    }
  };

  const append = async (
    machine: string,
    entries: readonly SeqRange[],
    {reason, legalBasis}: EraseInput,
    by: Caller,
  ): Promise<AuditReceipt> => {
    if (logs.marks.of(machine).erased.size + entries.length > RUNS_MAX)
      throw new GatewayError(
        "audit/too-many",
        `Bodies of ${machine} are erased in too many pieces; erase longer runs.`,
      );
    const body = {entries, reason, legalBasis};
    const [receipt] = await writer.append([{machine, type: REDACTION, body}], by);
    await finishMachine(machine);
    return receipt!;
  };

  return {
    erase: (machine, seq, input, by) =>
      inLane(async () => {
        await expectErasable(logs, machine, seq);
        return await append(machine, [[seq, seq]], input, by);
      }),
    eraseRuns: (machine, runs, input, by) =>
      inLane(async () => {
        await append(machine, joinRanges(runs), input, by);
      }),
    finish: () =>
      inLane(async () => {
        for (const machine of logs.machines()) await finishMachine(machine).catch(() => undefined);
      }),
    idle: async () => {
      await lane;
    },
    failure: () => failures.values().next().value ?? null,
  };
}

function openRedactions(logs: Logs, machine: string): readonly Redaction[] {
  const kept = logs.store.get(keys.erasedUpTo(machine));
  const done = kept === null ? -1 : Number(fromUtf8(kept));
  return logs.marks.of(machine).redactions.filter(({seq}) => seq > done);
}

async function expectErasable(logs: Logs, machine: string, seq: number): Promise<void> {
  segmentsOf(logs, machine);
  const log = segmentOf(logs, machine, seq);
  if (log === null)
    throw new GatewayError("audit/not-found", `The log of ${machine} has no entry ${seq}.`, {machine, seq});
  const {leaf, body} = await readStored(log, seq - log.firstSeq, logs);
  const {type} = factsOf(leaf);
  if (OWN_TYPES.has(type))
    throw new GatewayError(
      "audit/conflict",
      `Entry ${seq} of ${machine} is a ${type}: it says what was done with other entries, so its body stays.`,
      {machine, seq},
    );
  const erased = logs.marks.of(machine).erased.at(seq);
  if (erased !== null)
    throw new GatewayError(
      "audit/conflict",
      `The body of entry ${seq} of ${machine} was erased by ${erased.by} already, in entry ${erased.seq}.`,
      {machine, seq},
    );
  if (body === null)
    throw new GatewayError("audit/conflict", `The body of entry ${seq} of ${machine} is missing; run a check.`, {
      machine,
      seq,
    });
}

function partsOf(logs: Logs, machine: string, entries: readonly SeqRange[]): readonly Part[] {
  return entries.flatMap(([first, last]) =>
    logs.segments(machine).flatMap((log): Part[] => {
      const from = Math.max(0, first - log.firstSeq);
      const to = Math.min(log.tree.size - 1, last - log.firstSeq);
      return from > to ? [] : [{log, from, to}];
    }),
  );
}

// Returns the first entry of the part that is in no bundle yet.
async function removeFromBundles(logs: Logs, {log, from, to}: Part): Promise<number> {
  const last = Math.min(to, bundledSize(log) - 1);
  let at = from;
  while (at <= last) {
    const bundle = Math.floor(at / TILE_WIDTH);
    const end = Math.min(last, (bundle + 1) * TILE_WIDTH - 1);
    const bytes = await log.folder.eraseBodies(bundle, [at % TILE_WIDTH, end % TILE_WIDTH]);
    if (bytes > 0) await logs.summaries.shrink(log, bundle, bytes);
    at = end + 1;
  }
  return at;
}
