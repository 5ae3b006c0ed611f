// Sequence numbers with what holds for them, as runs: few values over very many numbers.

import type {SeqRange} from "../client/index.ts";

export interface Run<Value> {
  readonly from: number;
  readonly to: number;
  readonly value: Value;
}

/** Runs that do not overlap, in order. Numbers in no run have no value. */
export interface Runs<Value> {
  readonly size: number;
  /** Gives every number of a range a new value, made from its old one; null takes it out. Neighbours with the same value become one. */
  change(range: SeqRange, next: (value: Value | null) => Value | null): void;
  at(seq: number): Value | null;
  /** Runs that touch a range, cut to it, with the gaps between them as null. */
  over(range: SeqRange): readonly Run<Value | null>[];
  all(): Iterable<Run<Value>>;
}

export function createRuns<Value>(isSame: (a: Value, b: Value) => boolean): Runs<Value> {
  let runs: Run<Value>[] = [];

  // First run that ends at `seq` or later.
  const placeOf = (seq: number) => {
    let low = 0;
    let high = runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (runs[middle]!.to < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const over = ([from, to]: SeqRange): Run<Value | null>[] => {
    const parts: Run<Value | null>[] = [];
    let at = from;
    for (let place = placeOf(from); at <= to; place++) {
      const run = runs[place];
      if (run === undefined || run.from > to) {
        parts.push({from: at, to, value: null});
        break;
      }
      if (run.from > at) parts.push({from: at, to: run.from - 1, value: null});
      parts.push({from: Math.max(at, run.from), to: Math.min(to, run.to), value: run.value});
      at = run.to + 1;
    }
    return parts;
  };

  return {
    get size() {
      return runs.length;
    },
    change: (range, next) => {
      const [from, to] = range;
      const first = placeOf(from);
      let last = first;
      const parts: Run<Value | null>[] = over(range).map((part) => ({...part, value: next(part.value)}));
      while (last < runs.length && runs[last]!.from <= to) last++;
      const before = runs[first];
      if (last > first && before!.from < from) parts.unshift({...before!, to: from - 1});
      const after = runs[last - 1];
      if (last > first && after!.to > to) parts.push({...after!, from: to + 1});
      // The neighbours take part, so that equal ones become one.
      const start = Math.max(0, first - 1);
      const joined: Run<Value>[] = [];
      for (const part of [...runs.slice(start, first), ...parts, ...runs.slice(last, last + 1)]) {
        if (part.value === null) continue;
        const run = {...part, value: part.value};
        const left = joined.at(-1);
        if (left !== undefined && left.to + 1 === run.from && isSame(left.value, run.value))
          joined[joined.length - 1] = {...left, to: run.to};
        else joined.push(run);
      }
      if (last === runs.length && start === runs.length) runs.push(...joined);
      else runs = [...runs.slice(0, start), ...joined, ...runs.slice(last + 1)];
    },
    at: (seq) => {
      const run = runs[placeOf(seq)];
      return run !== undefined && run.from <= seq ? run.value : null;
    },
    over,
    all: () => runs,
  };
}
