import {useEffect, useState} from "preact/hooks";
import type {
  CallResult,
  DeviceEvent,
  DeviceHistory,
  DeviceStatus,
  MethodDescription,
  Page,
} from "../../../client/index.ts";
import {get, post, remove} from "../../api.ts";
import {age, count, dayAndTime, liveFigure, THIN_SPACE} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {devices, now, refresh, status} from "../../live.ts";
import {go, pathTo} from "../../location.ts";
import {DeviceState} from "../../parts/device-state.tsx";
import {Empty} from "../../parts/empty.tsx";
import {Form, sentenceOfFailure} from "../../parts/form.tsx";
import {keyPointsOf} from "../../parts/key-points.ts";
import {PageHead} from "../../parts/page-head.tsx";
import {may} from "../../session.ts";
import {DayPlot} from "./day-plot.tsx";
import {remedyOf} from "./device-words.ts";
import {ValueTable} from "./value-table.tsx";
import {type DeviceWords, WORDS} from "./words.ts";

const HISTORY_EVERY_MS = 60_000;
const PLOTTED_MAX = 4;
/** A value that came so lately needs no age. */
const JUST_NOW_MS = 5_000;

/** One device: is it read, what does it say, how was the last day. */
export function DevicePage({id}: {id: string}) {
  const words = wordsIn(WORDS);
  const device = devices.value.find((known) => known.id === id);
  if (device !== undefined) return <KnownDevice device={device} />;
  if (status.value === null) return <p class="quiet">{words.loading}</p>;
  return (
    <Empty title={words.device.unknown} isPage>
      <p>{words.device.unknownText}</p>
      <p>
        <a href={pathTo("devices")}>{words.device.back}</a>
      </p>
    </Empty>
  );
}

function KnownDevice({device}: {device: DeviceStatus}) {
  const words = wordsIn(WORDS);
  const [chosen, setChosen] = useState<readonly string[] | null>(null);
  const path = `/api/field/v1/devices/${encodeURIComponent(device.id)}`;
  const history = useReadEvery<DeviceHistory>(`${path}/history?maxPoints=480`);
  const events = useReadEvery<Page<DeviceEvent>>(`${path}/events`);
  const plotted = chosen ?? firstCourses(device, history);
  const toggle = (point: string) =>
    setChosen(
      plotted.includes(point) ? plotted.filter((other) => other !== point) : [...plotted, point].slice(-PLOTTED_MAX),
    );
  const remedy = remedyOf(device);
  return (
    <>
      <div class="stack tight">
        <a class="small" href={pathTo("devices")}>
          ← {words.device.back}
        </a>
        <PageHead question={words.device.question}>{headline(device, words)}</PageHead>
        <DeviceState state={device.state} />
      </div>
      {device.reason === null ? null : (
        <p class="problem">
          {device.reason} {remedy}
        </p>
      )}
      <section class="card stack" aria-labelledby="day">
        <h2 id="day">{words.day}</h2>
        <DayPlot device={device} history={history} points={plotted} />
      </section>
      <section class="card stack" aria-labelledby="values">
        <h2 id="values">{words.values}</h2>
        <ValueTable device={device} plotted={plotted} history={history} onPlot={toggle} />
      </section>
      {(device.methods ?? []).length > 0 && may("field:write") ? <Methods device={device} /> : null}
      <div class="cards">
        <LinkFacts device={device} />
        <Events events={events?.items ?? []} />
      </div>
      {may("field:configure") ? <Removal device={device} /> : null}
    </>
  );
}

function headline(device: DeviceStatus, words: DeviceWords): string {
  const {name, state, lastGoodMs} = device;
  const since = lastGoodMs === null ? null : age(lastGoodMs, language.value);
  if (state === "connected" && since !== null)
    return lastGoodMs! < JUST_NOW_MS ? words.device.fresh(name) : words.device.good(name, since);
  if (state === "connecting") return words.device.connecting(name);
  return since === null ? words.device.badNever(name) : words.device.bad(name, since);
}

// What is drawn before the person chooses: the first value that people look for and that has a course.
function firstCourses(device: DeviceStatus, history: DeviceHistory | null): readonly string[] {
  const known = new Set(history?.series.map(({point}) => point));
  const first = keyPointsOf(device).find(({name}) => known.has(name));
  return first === undefined ? [] : [first.name];
}

// Reads a path now and once a minute; null until the first answer, and while there is none.
function useReadEvery<Answer>(path: string): Answer | null {
  const [answer, setAnswer] = useState<Answer | null>(null);
  useEffect(() => {
    const read = () => get<Answer>(path).then(setAnswer, () => undefined);
    void read();
    const timer = setInterval(() => void read(), HISTORY_EVERY_MS);
    return () => clearInterval(timer);
  }, [path]);
  return answer;
}

function LinkFacts({device}: {device: DeviceStatus}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const {medianMs, lastMs, successRate, seconds} = device.link;
  const ms = (value: number | null) => (value === null ? "–" : `${liveFigure(value, locale)}${THIN_SPACE}ms`);
  return (
    <section class="card stack tight" aria-labelledby="link">
      <h2 id="link">{words.link}</h2>
      <dl class="facts">
        <dt>{words.address}</dt>
        <dd>{device.address}</dd>
        <dt>{words.protocol}</dt>
        <dd>{device.protocol}</dd>
        <dt>{words.profile}</dt>
        <dd>{device.profile ?? words.noProfile}</dd>
        <dt>{words.answerTime}</dt>
        <dd>{medianMs === null ? words.noRequests : words.median(ms(medianMs), ms(lastMs))}</dd>
        <dt>{words.success}</dt>
        <dd>
          {successRate === null
            ? words.noRequests
            : words.successOf(
                `${liveFigure(Math.floor(successRate * 1000) / 10, locale)}${THIN_SPACE}%`,
                count(Math.round(seconds / 60), locale),
              )}
        </dd>
        <dt>{words.definedBy}</dt>
        <dd>{words.owners[device.definedBy]}</dd>
      </dl>
    </section>
  );
}

function Events({events}: {events: readonly DeviceEvent[]}) {
  const words = wordsIn(WORDS);
  return (
    <section class="card stack tight" aria-labelledby="events">
      <h2 id="events">{words.events}</h2>
      {events.length === 0 ? <p class="quiet">{words.noEvents}</p> : null}
      <ul class="events-list">
        {events.slice(0, 20).map((event) => (
          <li key={event.time}>
            <time dateTime={event.time}>{dayAndTime(event.time, language.value, now.value)}</time>
            <div>
              <DeviceState state={event.state} />
              {event.reason === null ? null : <p class="small quiet">{event.reason}</p>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Methods({device}: {device: DeviceStatus}) {
  const words = wordsIn(WORDS);
  return (
    <section class="card stack tight" aria-labelledby="methods">
      <h2 id="methods">{words.methods}</h2>
      {device.methods!.map((method) => (
        <MethodRow key={method.name} device={device.id} method={method} />
      ))}
    </section>
  );
}

function MethodRow({device, method}: {device: string; method: MethodDescription}) {
  const words = wordsIn(WORDS);
  const [said, setSaid] = useState<string | null>(null);
  const call = async () => {
    setSaid(null);
    try {
      const {statusCode} = await post<CallResult>(`/api/field/v1/devices/${encodeURIComponent(device)}/call`, {
        method: method.name,
      });
      setSaid(words.called(statusCode));
    } catch (error) {
      setSaid(sentenceOfFailure(error));
    }
  };
  return (
    <div class="method-row">
      <div>
        <strong>{method.name}</strong>
        <p class="small quiet">{method.description}</p>
        <p class="small" role="status">
          {said}
        </p>
      </div>
      <button class="button second" type="button" onClick={() => void call()}>
        {words.call}
      </button>
    </div>
  );
}

function Removal({device}: {device: DeviceStatus}) {
  const words = wordsIn(WORDS);
  const isOurs = device.definedBy === "console";
  return (
    <details>
      <summary>{words.remove}</summary>
      <div class="card stack">
        {isOurs ? (
          <Form
            onSubmit={async () => {
              await remove(`/api/field/v1/devices/${encodeURIComponent(device.id)}`);
              await refresh();
              go(pathTo("devices"));
            }}
            button={words.removeSure}
            isDanger
          >
            <p>{words.removeText}</p>
          </Form>
        ) : (
          <p>{words.removeElsewhere(words.owners[device.definedBy])}</p>
        )}
      </div>
    </details>
  );
}
