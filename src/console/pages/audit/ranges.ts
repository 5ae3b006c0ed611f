// Chosen entries as the gateway takes them: runs of numbers, machine by machine. Pure.

import type {AuditSearchItem, SeqRange} from "../../../client/index.ts";

/** Names an entry among those of all machines. */
export function keyOf({machine, seq}: {readonly machine: string; readonly seq: number}): string {
  return `${machine}/${seq}`;
}

/** Numbers as runs, ascending; twice the same is once. */
export function runsOf(seqs: readonly number[]): readonly SeqRange[] {
  const runs: [number, number][] = [];
  for (const seq of [...new Set(seqs)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === seq - 1) last[1] = seq;
    else runs.push([seq, seq]);
  }
  return runs;
}

/** What is in runs, in words: "3, 7–9". */
export function runsText(runs: readonly SeqRange[]): string {
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(", ");
}

/** Runs in a body of an entry about other entries; null when it names none. */
export function runsIn(body: Readonly<Record<string, unknown>> | null): readonly SeqRange[] | null {
  const entries = body?.entries;
  return Array.isArray(entries) && entries.length > 0 && entries.every(isRun) ? entries : null;
}

export function covers(runs: readonly SeqRange[], seq: number): boolean {
  return runs.some(([from, to]) => from <= seq && seq <= to);
}

/** Runs of each machine, in the order in which the machines come. */
export function byMachine(
  items: readonly Pick<AuditSearchItem, "machine" | "seq">[],
): readonly {readonly machine: string; readonly runs: readonly SeqRange[]}[] {
  const seqs = new Map<string, number[]>();
  for (const {machine, seq} of items) {
    const known = seqs.get(machine);
    if (known === undefined) seqs.set(machine, [seq]);
    else known.push(seq);
  }
  return [...seqs].map(([machine, numbers]) => ({machine, runs: runsOf(numbers)}));
}

/**
 * What is chosen after a click on `key`. With shift everything between the click before (`anchor`) and this one is as this one becomes.
 * `keys`: all in the order of the list.
 */
export function chosenAfter(
  chosen: ReadonlySet<string>,
  {keys, key, anchor, isRange}: {keys: readonly string[]; key: string; anchor: string | null; isRange: boolean},
): ReadonlySet<string> {
  const after = new Set(chosen);
  const isOn = !chosen.has(key);
  const [start, end] = [keys.indexOf(anchor ?? key), keys.indexOf(key)];
  const changed =
    isRange && start >= 0 && end >= 0 ? keys.slice(Math.min(start, end), Math.max(start, end) + 1) : [key];
  for (const each of changed) {
    if (isOn) after.add(each);
    else after.delete(each);
  }
  return after;
}

function isRun(value: unknown): value is SeqRange {
  return Array.isArray(value) && value.length === 2 && value.every((seq) => Number.isSafeInteger(seq));
}
