import {useState} from "preact/hooks";
import type {DeviceHistory, DeviceStatus, PointDescription, WriteResult} from "../../../client/index.ts";
import {post} from "../../api.ts";
import {age, readingText, THIN_SPACE} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {liveValue, now} from "../../live.ts";
import {Field, Form} from "../../parts/form.tsx";
import {keyPointsOf} from "../../parts/key-points.ts";
import {pointLabel} from "../../parts/point-label.ts";
import {Sheet} from "../../parts/sheet.tsx";
import {Spark} from "../../parts/spark.tsx";
import {State} from "../../parts/state.tsx";
import {may} from "../../session.ts";
import {WORDS} from "./words.ts";

interface ValueTableProps {
  readonly device: DeviceStatus;
  readonly plotted: readonly string[];
  readonly history: DeviceHistory | null;
  readonly onPlot: (point: string) => void;
}

/** All values of a device with age and quality; each can be drawn over the last day, some can be written. */
export function ValueTable({device, plotted, history, onPlot}: ValueTableProps) {
  const words = wordsIn(WORDS);
  const [written, setWritten] = useState<PointDescription | null>(null);
  const courses = new Set([...(history?.series ?? []), ...(history?.states ?? [])].map(({point}) => point));
  return (
    <>
      <div class="scroll">
        <table class="value-table">
          <thead>
            <tr>
              <th>{words.plot}</th>
              <th>{words.name}</th>
              <th class="wide">{words.course}</th>
              <th class="figure">{words.value}</th>
              <th class="wide">{words.quality}</th>
              <th class="figure wide">{words.age}</th>
              <th>
                <span class="unseen">{words.write}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {keyPointsOf(device).map((point) => (
              <ValueRow
                key={point.name}
                device={device.id}
                point={point}
                isPlotted={plotted.includes(point.name)}
                hasCourse={courses.has(point.name)}
                onPlot={() => onPlot(point.name)}
                onWrite={() => setWritten(point)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {written === null ? null : (
        <WriteSheet key={written.name} device={device.id} point={written} onClose={() => setWritten(null)} />
      )}
    </>
  );
}

interface ValueRowProps {
  readonly device: string;
  readonly point: PointDescription;
  readonly isPlotted: boolean;
  readonly hasCourse: boolean;
  readonly onPlot: () => void;
  readonly onWrite: () => void;
}

function ValueRow({device, point, isPlotted, hasCourse, onPlot, onWrite}: ValueRowProps) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const known = liveValue(device, point.name).value;
  const reading = known?.reading ?? null;
  const quality = reading?.quality ?? null;
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          aria-label={`${words.plot}: ${pointLabel(point)}`}
          checked={isPlotted}
          disabled={!hasCourse}
          onChange={onPlot}
        />
      </td>
      <td>
        <span title={point.name}>{pointLabel(point)}</span>
        {quality === "bad" && reading?.reason ? <p class="small quiet">{reading.reason}</p> : null}
      </td>
      <td class="wide">
        <Spark values={point.values === undefined ? (known?.recent ?? []) : []} width={96} height={22} />
      </td>
      <td class={typeof reading?.value === "string" ? "big words" : "figure big"}>
        {reading === null || reading.value === null
          ? "–"
          : `${readingText(reading.value, locale, {values: point.values})}${reading.unit === null ? "" : THIN_SPACE + reading.unit}`}
      </td>
      <td class="wide">
        {quality === null ? null : quality === "good" ? (
          <span class="small quiet">{words.qualities.good}</span>
        ) : (
          <State mood={quality === "stale" ? "wait" : "none"}>{words.qualities[quality]}</State>
        )}
      </td>
      <td class="figure wide">{known === null ? "–" : age(now.value - known.arrivedMs, locale)}</td>
      <td class="figure">
        {point.writable && may("field:write") ? (
          <button class="button plain" type="button" onClick={onWrite}>
            {words.write}
          </button>
        ) : null}
      </td>
    </tr>
  );
}

function WriteSheet({device, point, onClose}: {device: string; point: PointDescription; onClose: () => void}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const [text, setText] = useState("");
  const [result, setResult] = useState<WriteResult | null>(null);
  const reading = liveValue(device, point.name).value?.reading ?? null;
  const write = async () => {
    setResult(null);
    const body = {point: point.name, value: parseValue(text, point)};
    setResult(await post<WriteResult>(`/api/field/v1/devices/${encodeURIComponent(device)}/write`, body));
  };
  const shown = (value: WriteResult["reading"]) =>
    `${readingText(value.value, locale, {values: point.values, isExact: true})}${value.unit === null ? "" : THIN_SPACE + value.unit}`;
  return (
    <Sheet title={words.writeTo(pointLabel(point))} onClose={onClose}>
      {point.description === null ? null : <p>{point.description}</p>}
      {reading === null ? null : (
        <dl class="facts">
          <dt>{words.value}</dt>
          <dd>{shown(reading)}</dd>
        </dl>
      )}
      <Form onSubmit={write} button={words.write} isReady={text.trim() !== ""}>
        <Field label={words.newValue} hint={point.unit ?? undefined}>
          {point.values !== undefined ? (
            <select value={text} onChange={(event) => setText(event.currentTarget.value)}>
              <option value="" />
              {Object.entries(point.values).map(([number, word]) => (
                <option key={number} value={number}>
                  {word}
                </option>
              ))}
            </select>
          ) : (
            <input value={text} inputMode="decimal" onInput={(event) => setText(event.currentTarget.value)} />
          )}
        </Field>
      </Form>
      <p role="status">
        {result === null ? null : result.isVerified ? (
          <State mood="good">{words.written(shown(result.reading))}</State>
        ) : (
          <State mood="bad">{words.notVerified(shown(result.reading))}</State>
        )}
      </p>
    </Sheet>
  );
}

// The value in the type of the point: what is no number stays text, and the field process says what it expects.
function parseValue(text: string, {type}: PointDescription): number | string | boolean {
  const trimmed = text.trim();
  if (/^bool/i.test(type)) return /^(1|true|on|ein|ja|yes)$/i.test(trimmed);
  if (/^string/i.test(type)) return text;
  const number = Number(trimmed.replace(",", "."));
  return Number.isNaN(number) ? text : number;
}
