import type {ComponentType} from "preact";
import {useEffect, useMemo, useState} from "preact/hooks";
import type {DeviceHistory, DeviceStatus} from "../../../client/index.ts";
import {dayAndTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import type {PlotProps} from "../../parts/plot.tsx";
import {alignSeries} from "../../parts/plot-data.ts";
import {pointLabel} from "../../parts/point-label.ts";
import {WORDS} from "./words.ts";

const CHANGES_SHOWN = 40;

/** The courses of chosen points over the last day, and the changes of chosen states. */
export function DayPlot({
  device,
  history,
  points,
}: {
  device: DeviceStatus;
  history: DeviceHistory | null;
  points: readonly string[];
}) {
  const words = wordsIn(WORDS);
  const [Plot, setPlot] = useState<ComponentType<PlotProps> | null>(null);
  useEffect(() => {
    // The library is a part of its own: whoever looks at no plot does not load it.
    void import("../../parts/plot.tsx").then((loaded) => setPlot(() => loaded.default));
  }, []);
  const aligned = useMemo(() => {
    const labels = new Map(device.points.map((point) => [point.name, pointLabel(point)]));
    const courses = (history?.series ?? [])
      .filter(({point}) => points.includes(point))
      .map(({point, unit, times, min, mean, max}) => ({
        label: labels.get(point) ?? point,
        unit,
        times,
        min,
        mean,
        max,
      }));
    return alignSeries(courses);
  }, [history, points.join("\n")]);
  const states = (history?.states ?? []).filter(({point}) => points.includes(point));
  if (history === null || (aligned.times.length < 2 && states.length === 0))
    return <p class="quiet">{points.length === 0 && history !== null ? words.choose : words.dayEmpty}</p>;
  return (
    <>
      {aligned.times.length < 2 || Plot === null ? null : (
        <Plot
          title={`${device.name}: ${words.day}`}
          times={aligned.times}
          series={aligned.series}
          fileName={`${device.id}-${new Date().toISOString().slice(0, 10)}`}
        />
      )}
      {states.map(({point, times, values}) => (
        <div key={point} class="stack tight">
          <h3>{point}</h3>
          <ul class="events-list">
            {times
              .map((time, i) => ({time, value: values[i]}))
              .reverse()
              .slice(0, CHANGES_SHOWN)
              .map(({time, value}) => (
                <li key={time}>
                  <time>{dayAndTime(time * 1000, language.value, now.value)}</time>
                  <span>{value ?? "–"}</span>
                </li>
              ))}
          </ul>
        </div>
      ))}
      <p class="small quiet">{words.choose}</p>
    </>
  );
}
