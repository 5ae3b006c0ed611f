import "./live-value.css";
import type {PointDescription, Reading} from "../../client/index.ts";
import {age, readingText, THIN_SPACE} from "../format.ts";
import {language, wordsIn} from "../language.ts";
import {liveValue, now} from "../live.ts";
import {pointLabel} from "./point-label.ts";
import {Spark} from "./spark.tsx";

const WORDS = {
  en: {
    noValue: "no value",
    stale: (since: string) => `${since} old`,
    rising: (from: string, to: string) => `between ${from} and ${to} in the last minutes`,
  },
  de: {
    noValue: "kein Wert",
    stale: (since: string) => `${since} alt`,
    rising: (from: string, to: string) => `zwischen ${from} und ${to} in den letzten Minuten`,
  },
};

const LONG_FROM = 16;
/** Above this a value says how old it is. */
const OLD_AFTER_MS = 30_000;

/** One value of a device, kept up: name, course, figure with unit, and its age or its fault when there is one. */
export function LiveValue({device, point}: {device: string; point: PointDescription}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const known = liveValue(device, point.name).value;
  const reading = known?.reading ?? null;
  const trouble = reading === null ? null : troubleOf(reading, known!.arrivedMs, words.stale);
  const recent = known?.recent ?? [];
  const course = words.rising(
    readingText(Math.min(...recent), locale),
    `${readingText(Math.max(...recent), locale)} ${point.unit ?? ""}`,
  );
  return (
    <div class={trouble === null ? "value-row" : "value-row is-old"}>
      <span class="name" title={point.name}>
        {pointLabel(point)}
      </span>
      <Spark values={point.values === undefined ? recent : []} label={course} width={96} />
      <span class={`value ${isLong(reading) ? "is-long" : isWord(reading, point) ? "is-word" : ""}`}>
        {reading === null || reading.value === null ? (
          <small>{words.noValue}</small>
        ) : (
          <>
            {readingText(reading.value, locale, {values: point.values})}
            {reading.unit === null ? null : (
              <small>
                {THIN_SPACE}
                {reading.unit}
              </small>
            )}
          </>
        )}
      </span>
      {trouble === null ? null : <span class="old">{trouble}</span>}
    </div>
  );
}

function isWord(reading: Reading | null, {values}: PointDescription): boolean {
  return values !== undefined || typeof reading?.value !== "number";
}

// A serial number or a path, not a word: it may be broken anywhere, a word may not.
function isLong(reading: Reading | null): boolean {
  return typeof reading?.value === "string" && reading.value.length > LONG_FROM;
}

function troubleOf(reading: Reading, arrivedMs: number, stale: (since: string) => string): string | null {
  if (reading.quality === "bad") return reading.reason ?? "";
  const ageMs = now.value - Math.min(arrivedMs, Date.parse(reading.sourceTime));
  if (reading.quality === "stale") return stale(age(ageMs, language.value));
  // Values that do not change are told again and again by their device; silence is what counts.
  return now.value - arrivedMs > OLD_AFTER_MS ? stale(age(now.value - arrivedMs, language.value)) : null;
}
