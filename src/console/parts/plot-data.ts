// What a plot shows, and its spelling as CSV. Pure.

/** A course; all columns have the length of the plot's times. Null = a gap, never a zero. */
export interface PlotSeries {
  readonly label: string;
  readonly unit: string | null;
  readonly mean: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

/** RFC 4180: time in UTC, then mean, lowest and highest of each course. Begins with the mark by which spreadsheets know UTF-8. */
export function csvOf(times: readonly number[], series: readonly PlotSeries[]): string {
  const head = [
    "time",
    ...series.flatMap(({label, unit}) =>
      ["mean", "min", "max"].map((part) => `${label} ${part}${unit === null ? "" : ` (${unit})`}`),
    ),
  ];
  const rows = times.map((time, i) => [
    new Date(time * 1000).toISOString(),
    ...series.flatMap(({mean, min, max}) => [mean[i], min[i], max[i]].map((value) => value ?? "")),
  ]);
  return `\ufeff${[head, ...rows].map((cells) => `${cells.map(cellOf).join(",")}\r\n`).join("")}`;
}

// A text that a spreadsheet would take for a formula is told from one by an apostrophe.
function cellOf(value: string | number): string {
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Courses on one time axis: those whose times differ are laid over the union of all. */
export function alignSeries(courses: readonly (PlotSeries & {readonly times: readonly number[]})[]): {
  readonly times: readonly number[];
  readonly series: readonly PlotSeries[];
} {
  const times = [...new Set(courses.flatMap((course) => course.times))].sort((a, b) => a - b);
  const series = courses.map((course) => {
    const place = new Map(course.times.map((time, i) => [time, i]));
    const spread = (column: readonly (number | null)[]) =>
      times.map((time) => {
        const i = place.get(time);
        return i === undefined ? null : (column[i] ?? null);
      });
    const {label, unit, mean, min, max} = course;
    return {label, unit, mean: spread(mean), min: spread(min), max: spread(max)};
  });
  return {times, series};
}
