import type {PointHistory, Quality} from "../../client/index.ts";
import type {MinuteRow} from "./minute-ring.ts";

/** Rows of a grid: `step` minutes each, the first one beginning at minute `first`, `count` of them. All multiples of `step`. */
export interface Grid {
  readonly step: number;
  readonly first: number;
  readonly count: number;
}

/** The finest grid with at most `rows` rows for the minutes `from` to `to`, both included; `rows` >= 2. */
export function gridOf(from: number, to: number, rows: number): Grid {
  for (let step = Math.max(1, Math.ceil((to - from + 1) / rows)); ; step++) {
    const first = Math.floor(from / step);
    const count = Math.floor(to / step) - first + 1;
    // Where the grid begins within a step, one more row may be needed than the span alone says.
    if (count <= rows) return {step, first: first * step, count};
  }
}

type Columns = Omit<PointHistory, "point" | "unit">;

const ORDER: readonly Quality[] = ["good", "stale", "bad"];

/** Rows of minutes, in order of time, merged into the grid: least of the least, mean by the number of values. One row of nulls is a gap. */
export function columnsOf(rows: readonly MinuteRow[], grid: Grid): Columns {
  const times: number[] = [];
  const cells: (MinuteRow | null)[] = [];
  let before = -1;
  for (const row of rows) {
    const cell = Math.floor((row.minute - grid.first) / grid.step);
    if (cell < 0 || cell >= grid.count) continue;
    if (cell === before) {
      cells.push(merge(cells.pop()!, row));
      continue;
    }
    if (before >= 0 && cell > before + 1) {
      times.push(timeOf(before + 1));
      cells.push(null);
    }
    times.push(timeOf(cell));
    cells.push(row);
    before = cell;
  }
  return {
    times,
    min: cells.map((row) => row?.min ?? null),
    mean: cells.map((row) => row?.mean ?? null),
    max: cells.map((row) => row?.max ?? null),
    last: cells.map((row) => row?.last ?? null),
    count: cells.map((row) => row?.count ?? 0),
    quality: cells.map((row) => row?.quality ?? null),
  };

  function timeOf(cell: number): number {
    return (grid.first + cell * grid.step) * 60;
  }
}

/** Two rows as one; `next` is the later one. */
function merge(row: MinuteRow, next: MinuteRow): MinuteRow {
  const quality = ORDER[Math.max(ORDER.indexOf(row.quality), ORDER.indexOf(next.quality))]!;
  if (next.min === null || next.max === null || next.mean === null) return {...row, quality};
  if (row.min === null || row.max === null || row.mean === null) return {...next, minute: row.minute, quality};
  const count = row.count + next.count;
  const min = Math.min(row.min, next.min);
  const max = Math.max(row.max, next.max);
  const mean = row.mean + ((next.mean - row.mean) * next.count) / count;
  return {
    minute: row.minute,
    min,
    mean: Math.min(max, Math.max(min, Number(mean.toPrecision(12)))),
    max,
    last: next.last,
    count,
    quality,
  };
}
