import "uplot/dist/uPlot.min.css";
import "./plot.css";
import {useEffect, useRef, useState} from "preact/hooks";
import uPlot from "uplot";
import {clockTime, exactFigure, liveFigure, shortTime} from "../format.ts";
import {language, wordsIn} from "../language.ts";
import {csvOf, type PlotSeries} from "./plot-data.ts";

const WORDS = {
  en: {table: "As a table", png: "Save as PNG", csv: "Save as CSV", time: "Time", from: "lowest", to: "highest"},
  de: {
    table: "Als Tabelle",
    png: "Als PNG sichern",
    csv: "Als CSV sichern",
    time: "Zeit",
    from: "tiefster",
    to: "höchster",
  },
};
const HEIGHT_PX = 280;
const TABLE_ROWS_MAX = 400;
const COLOURS = ["--series-1", "--series-2", "--series-3", "--series-4"];

export interface PlotProps {
  readonly title: string;
  /** Unix seconds, growing; the same for all series. */
  readonly times: readonly number[];
  readonly series: readonly PlotSeries[];
  /** Name of a saved file, without its ending. */
  readonly fileName: string;
}

/** Courses over time: means as lines, the span between lowest and highest behind them; a table says the same, and both can be saved. */
export default function Plot({title, times, series, fileName}: PlotProps) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const area = useRef<HTMLDivElement>(null);
  const [isTable, setTable] = useState(false);
  const [scheme, setScheme] = useState(0);

  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const onChange = () => setScheme((before) => before + 1);
    dark.addEventListener("change", onChange);
    return () => dark.removeEventListener("change", onChange);
  }, []);

  const shape = series.map(({label, unit}) => `${label}/${unit}`).join("|");
  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    if (isTable) return;
    const place = area.current!;
    const drawn = new uPlot(optionsOf(place.clientWidth, series, locale), dataOf(times, series), place);
    plot.current = drawn;
    const watch = new ResizeObserver(() => drawn.setSize({width: place.clientWidth, height: HEIGHT_PX}));
    watch.observe(place);
    return () => {
      watch.disconnect();
      drawn.destroy();
      plot.current = null;
    };
  }, [shape, locale, scheme, isTable]);
  useEffect(() => {
    plot.current?.setData(dataOf(times, series), plot.current.cursor.drag?.x !== true || isWholeRange(plot.current));
  }, [times, series]);

  const save = (blob: Blob, ending: string) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${fileName}.${ending}`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <figure class="plot" aria-label={title}>
      {isTable ? (
        <PlotTable times={times} series={series} />
      ) : (
        <div class="area" ref={area} role="img" aria-label={`${title}. ${inWords(series, locale)}`} />
      )}
      <div class="tools">
        <button class="button plain small" type="button" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {words.table}
        </button>
        {isTable ? null : (
          <button
            class="button plain small"
            type="button"
            onClick={() => plot.current?.ctx.canvas.toBlob((blob) => (blob === null ? undefined : save(blob, "png")))}
          >
            {words.png}
          </button>
        )}
        <button
          class="button plain small"
          type="button"
          onClick={() => save(new Blob([csvOf(times, series)], {type: "text/csv;charset=utf-8"}), "csv")}
        >
          {words.csv}
        </button>
      </div>
    </figure>
  );
}

function PlotTable({times, series}: {times: readonly number[]; series: readonly PlotSeries[]}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const first = Math.max(0, times.length - TABLE_ROWS_MAX);
  return (
    <div class="scroll" style={{maxHeight: `${HEIGHT_PX}px`, overflowY: "auto"}}>
      <table>
        <thead>
          <tr>
            <th>{words.time}</th>
            {series.map(({label, unit}) => (
              <th key={label} class="figure">
                {label}
                {unit === null ? "" : ` (${unit})`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times
            .slice(first)
            .map((time, i) => ({time, place: first + i}))
            .reverse()
            .map(({time, place}) => (
              <tr key={time}>
                <td>{shortTime(time * 1000, locale)}</td>
                {series.map(({label, mean}) => (
                  <td key={label} class="figure">
                    {typeof mean[place] === "number" ? exactFigure(Number(mean[place].toPrecision(6)), locale) : "–"}
                  </td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

// What a person who cannot see the picture is told.
function inWords(series: readonly PlotSeries[], locale: "en" | "de"): string {
  const words = WORDS[locale];
  return series
    .map(({label, unit, min, max}) => {
      const low = Math.min(...min.filter((value) => value !== null));
      const high = Math.max(...max.filter((value) => value !== null));
      return `${label}: ${words.from} ${liveFigure(low, locale)}, ${words.to} ${liveFigure(high, locale)} ${unit ?? ""}`;
    })
    .join("; ");
}

function isWholeRange(plot: uPlot): boolean {
  const {min, max} = plot.scales.x ?? {};
  const times = plot.data[0];
  return min === undefined || min === null || max === undefined || max === null
    ? true
    : min <= (times[0] ?? 0) && max >= (times.at(-1) ?? 0);
}

// Three columns a series: mean, lowest, highest; the last two bound the band.
function dataOf(times: readonly number[], series: readonly PlotSeries[]): uPlot.AlignedData {
  return [times, ...series.flatMap(({mean, min, max}) => [mean, min, max])] as unknown as uPlot.AlignedData;
}

function optionsOf(width: number, series: readonly PlotSeries[], locale: "en" | "de"): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const units = [...new Set(series.map(({unit}) => unit ?? ""))];
  const [text, line] = [colour("--quiet"), colour("--line")];
  const font = "12px system-ui, sans-serif";
  return {
    width,
    height: HEIGHT_PX,
    cursor: {drag: {x: true, y: false}, points: {size: 7}},
    legend: {live: true},
    scales: {x: {time: true}},
    series: [
      {label: WORDS[locale].time, value: (_, time) => (time === null ? "–" : clockTime(time * 1000, locale))},
      ...series.flatMap(({label, unit}, i): uPlot.Series[] => {
        const stroke = colour(COLOURS[i % COLOURS.length]!);
        const scale = `y${units.indexOf(unit ?? "")}`;
        const hidden: uPlot.Series = {scale, stroke: "transparent", width: 0, points: {show: false}, label: ""};
        return [
          {
            label: unit === null ? label : `${label} (${unit})`,
            scale,
            stroke,
            width: 1.6,
            spanGaps: false,
            points: {show: false},
            value: (_, value) => (value === null ? "–" : liveFigure(value, locale)),
          },
          hidden,
          hidden,
        ];
      }),
    ],
    bands: series.map((_, i) => ({
      series: [3 * i + 3, 3 * i + 2] as [number, number],
      fill: `color-mix(in srgb, ${colour(COLOURS[i % COLOURS.length]!)} 16%, transparent)`,
    })),
    axes: [
      {
        stroke: text,
        font,
        grid: {stroke: line, width: 1},
        ticks: {stroke: line},
        values: (_, ticks) => ticks.map((tick) => shortTime(tick * 1000, locale)),
      },
      ...units.slice(0, 2).map(
        (unit, i): uPlot.Axis => ({
          scale: `y${i}`,
          side: i === 0 ? 3 : 1,
          stroke: text,
          font,
          size: 64,
          label: unit,
          labelFont: font,
          labelSize: unit === "" ? 0 : 18,
          grid: {show: i === 0, stroke: line, width: 1},
          ticks: {stroke: line},
          values: (_, ticks) => ticks.map((tick) => liveFigure(tick, locale)),
        }),
      ),
    ],
  };
}
