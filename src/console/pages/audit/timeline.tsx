import {useEffect, useLayoutEffect, useRef, useState} from "preact/hooks";
import type {AuditDensity, AuditKind} from "../../../client/index.ts";
import {count, day, dayAndTime, shortTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import {go} from "../../location.ts";
import type {Asked} from "./answer.ts";
import {Failed} from "./failed.tsx";
import {
  bucketAt,
  bucketSpan,
  chosenSpan,
  drawStrip,
  groupsOf,
  type Span,
  STRIP_HEIGHT,
  spanOf,
  type Tick,
  timeAt,
  zoomed,
} from "./strip.ts";
import {addressOf, KINDS, type View} from "./view.ts";
import {type AuditWords, WORDS} from "./words.ts";

const ROWS_MAX = 40;
/** A shorter drag is a click. */
const DRAG_MIN_PX = 4;
const ZOOM_OUT = 3;
const SECONDS_UNTIL_MS = 3 * 60_000;

/** When things happened: the density of entries over the range in view. A drag chooses a part of it. */
export function Timeline({density: {answer, again}, view}: {density: Asked<AuditDensity>; view: View}) {
  const words = wordsIn(WORDS);
  const density = answer.value;
  const range = density === null ? null : spanOf(density);
  const isWhole = view.preset === null && view.from === null && view.to === null;
  const choose = ({from, to}: Span) =>
    go(
      addressOf({
        ...view,
        preset: null,
        from: new Date(Math.floor(from)).toISOString(),
        to: new Date(Math.ceil(to)).toISOString(),
      }),
    );
  return (
    <section class="stack tight" aria-labelledby="timeline">
      <div class="row spread">
        <h2 id="timeline">{words.timeline}</h2>
        {isWhole ? null : (
          <div class="row">
            <button
              class="button second"
              type="button"
              disabled={range === null}
              onClick={() => choose(zoomed(range!, ZOOM_OUT, now.peek()))}
            >
              {words.zoomOut}
            </button>
            <button
              class="button second"
              type="button"
              onClick={() => go(addressOf({...view, preset: null, from: null, to: null}))}
            >
              {words.wholeTime}
            </button>
          </div>
        )}
      </div>
      {answer.state === "failed" ? <Failed error={answer.error} again={again} /> : null}
      {density === null ? (
        answer.state === "loading" ? (
          <div class="card strip-card" style={{minHeight: `${STRIP_HEIGHT + 45}px`}} aria-busy="true" />
        ) : null
      ) : range === null ? (
        <p class="card quiet">{words.timelineEmpty}</p>
      ) : (
        <Strip density={density} range={range} kinds={view.kinds ?? []} onChoose={choose} />
      )}
      {density === null || range === null ? null : (
        <>
          <Legend />
          <DensityTable density={density} range={range} onChoose={choose} />
        </>
      )}
    </section>
  );
}

interface StripProps {
  readonly density: AuditDensity;
  readonly range: Span;
  readonly kinds: readonly AuditKind[];
  readonly onChoose: (span: Span) => void;
}

function Strip({density, range, kinds, onChoose}: StripProps) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [isDark, setDark] = useState(matchMedia("(prefers-color-scheme: dark)").matches);
  const [cursor, setCursor] = useState<number | null>(null);
  const [chosen, setChosen] = useState<Span | null>(null);
  const start = useRef<{x: number; time: number} | null>(null);
  const buckets = density.buckets.length;

  useLayoutEffect(() => {
    const theme = matchMedia("(prefers-color-scheme: dark)");
    const onTheme = () => setDark(theme.matches);
    theme.addEventListener("change", onTheme);
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(canvas.current!.parentElement!);
    return () => {
      theme.removeEventListener("change", onTheme);
      observer.disconnect();
    };
  }, []);
  useEffect(() => {
    setChosen(null);
    setCursor(null);
  }, [density.from, density.to]);
  useEffect(() => {
    if (width === 0) return;
    drawStrip(
      canvas.current!,
      {density, kinds, chosen},
      {width, cursor, words: {tick: (tick) => tickText(tick, range)}},
    );
  }, [density, kinds.join(), chosen, cursor, width, isDark, locale]);

  const timeOf = (event: PointerEvent) => timeAt(event.offsetX, width, range);
  const onDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    canvas.current!.setPointerCapture(event.pointerId);
    start.current = {x: event.offsetX, time: timeOf(event)};
    setChosen(null);
  };
  const onMove = (event: PointerEvent) => {
    setCursor(bucketAt(timeOf(event), buckets, range));
    if (start.current !== null && Math.abs(event.offsetX - start.current.x) >= DRAG_MIN_PX)
      setChosen(chosenSpan(start.current.time, timeOf(event), range));
  };
  const onUp = (event: PointerEvent) => {
    if (start.current === null) return;
    const isDrag = Math.abs(event.offsetX - start.current.x) >= DRAG_MIN_PX;
    const span = chosenSpan(start.current.time, timeOf(event), range);
    start.current = null;
    if (isDrag) onChoose(span);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = {ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -buckets, End: buckets}[event.key];
    if (step !== undefined) {
      const before = cursor ?? (step > 0 ? -1 : buckets);
      const next = Math.min(buckets - 1, Math.max(0, before + step));
      setCursor(next);
      if (event.shiftKey) {
        const here = bucketSpan(next, buckets, range);
        const from = chosen ?? bucketSpan(Math.min(Math.max(before, 0), buckets - 1), buckets, range);
        // The end that the cursor stands at moves; the other one stays.
        const isAtEnd = Math.abs(from.to - bucketSpan(before, buckets, range).to) < 1;
        setChosen(isAtEnd ? chosenSpan(from.from, here.to, range) : chosenSpan(here.from, from.to, range));
      } else setChosen(null);
    } else if (event.key === "Enter" && (chosen !== null || cursor !== null))
      onChoose(chosen ?? bucketSpan(cursor!, buckets, range));
    else if (event.key === "-") onChoose(zoomed(range, ZOOM_OUT, now.peek()));
    else if (event.key === "Escape" && chosen !== null) setChosen(null);
    else return;
    event.preventDefault();
  };

  const said =
    chosen !== null
      ? spanText(chosen, range)
      : cursor === null
        ? words.hover
        : `${spanText(bucketSpan(cursor, buckets, range), range)}: ${countsText(density.buckets[cursor]!, words)}`;
  const save = () => {
    canvas.current!.toBlob((blob) => {
      if (blob === null) return;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `audit-${new Date(range.from).toISOString().slice(0, 10)}-${new Date(range.to).toISOString().slice(0, 10)}.png`;
      link.click();
      URL.revokeObjectURL(link.href);
    });
  };
  return (
    <figure class="card strip-card">
      <canvas
        ref={canvas}
        class="strip"
        style={{height: `${STRIP_HEIGHT}px`}}
        tabIndex={0}
        role="img"
        aria-label={`${words.timeline}: ${countsText(sumOf(density), words)}. ${words.timelineHelp}`}
        onPointerDown={onDown}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerCancel={() => {
          start.current = null;
          setChosen(null);
        }}
        onPointerLeave={() => setCursor(null)}
        onKeyDown={onKey}
        onBlur={() => setCursor(null)}
      />
      <figcaption class="small quiet">
        <span aria-live="polite">
          {said}
          {density.isExact || cursor !== null ? null : ` ${words.approximate}`}
        </span>
        <button class="button plain" type="button" onClick={save}>
          PNG<span class="unseen">: {words.save}</span>
        </button>
      </figcaption>
    </figure>
  );
}

function Legend() {
  const words = wordsIn(WORDS);
  return (
    <ul class="legend">
      {KINDS.map((kind) => (
        <li key={kind}>
          <i class={`swatch ${kind}`} />
          {words.kinds[kind]}
        </li>
      ))}
      <li>
        <i class="swatch anchor" />
        {words.anchors}
      </li>
    </ul>
  );
}

// The picture as text; each line leads into its time.
function DensityTable({
  density,
  range,
  onChoose,
}: {
  density: AuditDensity;
  range: Span;
  onChoose: (span: Span) => void;
}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const [isOpen, setOpen] = useState(false);
  const {buckets} = density;
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.asTable}</summary>
      {isOpen ? (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>{words.time}</th>
                {KINDS.map((kind) => (
                  <th key={kind} class="figure">
                    {words.kinds[kind]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {groupsOf(buckets, ROWS_MAX).map(({first, last, counts}) => {
                const from = bucketSpan(first, buckets.length, range).from;
                const span = {from, to: bucketSpan(last, buckets.length, range).to};
                return (
                  <tr key={first}>
                    <td>
                      <button class="button plain" type="button" onClick={() => onChoose(span)}>
                        {spanText(span, range)}
                      </button>
                    </td>
                    {KINDS.map((kind) => (
                      <td key={kind} class="figure">
                        {counts[kind] === 0 ? "–" : count(counts[kind], locale)}
                      </td>
                    ))}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      ) : null}
    </details>
  );
}

function sumOf({buckets}: AuditDensity): Readonly<Record<AuditKind, number>> {
  return groupsOf(buckets, 1)[0]?.counts ?? {critical: 0, alarm: 0, batch: 0, access: 0, other: 0};
}

function countsText(counts: Readonly<Record<AuditKind, number>>, words: AuditWords): string {
  const parts = KINDS.filter((kind) => counts[kind] > 0).map(
    (kind) => `${count(counts[kind], language.value)} ${counts[kind] === 1 ? words.kindOne[kind] : words.kinds[kind]}`,
  );
  return parts.length === 0 ? words.nothingThen : parts.join(", ");
}

function spanText({from, to}: Span, range: Span): string {
  const locale = language.value;
  const isOneDay = new Date(range.from).toDateString() === new Date(range.to).toDateString();
  const start = dayAndTime(from, locale, isOneDay ? from : Number.NaN);
  const end = dayAndTime(to, locale, new Date(from).toDateString() === new Date(to).toDateString() ? to : Number.NaN);
  return `${start} – ${end}`;
}

function tickText({at, isDay}: Tick, range: Span): string {
  const locale = language.value;
  if (isDay) return day(at, locale);
  return range.to - range.from < SECONDS_UNTIL_MS ? dayAndTime(at, locale, at) : shortTime(at, locale);
}
