import {useState} from "preact/hooks";
import type {Alarm} from "../../client/index.ts";
import {unnoticed} from "../alarms.ts";
import {post} from "../api.ts";
import {age, dayAndTime} from "../format.ts";
import {language, wordsIn} from "../language.ts";
import {alarms, devices, now, takeAlarm} from "../live.ts";
import {go, hrefWith, pathTo, place} from "../location.ts";
import {alarmWords, placeOf} from "../parts/alarm-words.ts";
import {sentenceOfFailure} from "../parts/form.tsx";
import {Icon} from "../parts/icon.tsx";
import {Sheet} from "../parts/sheet.tsx";
import {State} from "../parts/state.tsx";
import {may} from "../session.ts";

const WORDS = {
  en: {
    title: "Alarms and warnings",
    bell: (alarms: number, warnings: number) =>
      alarms + warnings === 0
        ? "Alarms: none that nobody has noted"
        : `Alarms: ${alarms === 1 ? "one alarm" : `${alarms} alarms`}, ${warnings === 1 ? "one warning" : `${warnings} warnings`} that nobody has noted`,
    none: "Nothing is out of order. What needs somebody appears here by itself, and in the tab of this page.",
    severities: {alarm: "Alarm", warning: "Warning"},
    since: (time: string, ago: string) => `since ${time}, for ${ago}`,
    look: "Look at it",
    note: "I take note of it",
    noted: (by: string, time: string) => `${by} took note of it, ${time}.`,
    hint: "An alarm ends by itself when its cause is gone. To take note of it tells the others that somebody has seen it.",
  },
  de: {
    title: "Alarme und Warnungen",
    bell: (alarms: number, warnings: number) =>
      alarms + warnings === 0
        ? "Alarme: keiner, den noch niemand gesehen hat"
        : `Alarme: ${alarms === 1 ? "ein Alarm" : `${alarms} Alarme`}, ${warnings === 1 ? "eine Warnung" : `${warnings} Warnungen`}, die noch niemand gesehen hat`,
    none: "Alles in Ordnung. Was jemanden braucht, erscheint hier von selbst und im Reiter dieser Seite.",
    severities: {alarm: "Alarm", warning: "Warnung"},
    since: (time: string, ago: string) => `seit ${time}, also ${ago}`,
    look: "Ansehen",
    note: "Zur Kenntnis nehmen",
    noted: (by: string, time: string) => `${by} hat es zur Kenntnis genommen, ${time}.`,
    hint: "Ein Alarm endet von selbst, wenn seine Ursache weg ist. Zur Kenntnis nehmen sagt den anderen, dass ihn jemand gesehen hat.",
  },
};
/** In the query of the address: the sheet lies beside any page. */
const QUERY = "alarms";

/** How many alarms and warnings nobody has noted; opens and closes their sheet. */
export function Bell() {
  const words = wordsIn(WORDS);
  const fresh = unnoticed(alarms.value);
  const serious = fresh.filter(({severity}) => severity === "alarm").length;
  const isOpen = place.value.query.has(QUERY);
  return (
    <button
      class="icon-button bell"
      type="button"
      aria-label={words.bell(serious, fresh.length - serious)}
      title={words.title}
      aria-expanded={isOpen}
      onClick={() => go(hrefWith({[QUERY]: isOpen ? null : "open"}))}
    >
      <Icon name="bell" />
      {fresh.length === 0 ? null : <span class={serious > 0 ? "count" : "count mild"}>{fresh.length}</span>}
    </button>
  );
}

/** What is out of order, since when, and what to do about it; null while the address does not ask for it. */
export function AlarmSheet() {
  const words = wordsIn(WORDS);
  if (!place.value.query.has(QUERY)) return null;
  return (
    <Sheet title={words.title} onClose={() => go(hrefWith({[QUERY]: null}))}>
      {alarms.value.length === 0 ? (
        <p>{words.none}</p>
      ) : (
        <>
          <ul class="alarm-list">
            {alarms.value.map((alarm) => (
              <AlarmRow key={alarm.id} alarm={alarm} />
            ))}
          </ul>
          <p class="small quiet">{words.hint}</p>
        </>
      )}
    </Sheet>
  );
}

function AlarmRow({alarm}: {alarm: Alarm}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const [problem, setProblem] = useState("");
  const {sentence, remedy, detail} = alarmWords(alarm, locale, devices.value);
  const where = placeOf(alarm);
  const takeNote = async () => {
    setProblem("");
    try {
      const noted = await post<Alarm>(`/api/gateway/v1/alarms/${encodeURIComponent(alarm.id)}/acknowledge`);
      takeAlarm({what: "acknowledged", alarm: noted, at: noted.acknowledged?.at ?? ""});
    } catch (error) {
      setProblem(sentenceOfFailure(error));
    }
  };
  return (
    <li class="stack tight">
      <div class="row spread">
        <State mood={alarm.severity === "alarm" ? "bad" : "wait"}>{words.severities[alarm.severity]}</State>
        <span class="small quiet">
          {words.since(dayAndTime(alarm.since, locale, now.value), age(now.value - Date.parse(alarm.since), locale))}
        </span>
      </div>
      <p>
        <strong>{sentence}</strong>
      </p>
      {detail === null ? null : (
        <p class="small quiet" lang="en">
          {detail}
        </p>
      )}
      <p>{remedy}</p>
      <div class="row">
        {where === null ? null : <a href={pathTo(...where)}>{words.look}</a>}
        {alarm.acknowledged === null ? (
          may("gateway:acknowledge") ? (
            <button class="button second" type="button" onClick={() => void takeNote()}>
              {words.note}
            </button>
          ) : null
        ) : (
          <span class="small quiet">
            {words.noted(
              alarm.acknowledged.by.replace(/^[a-z]+:/, ""),
              dayAndTime(alarm.acknowledged.at, locale, now.value),
            )}
          </span>
        )}
      </div>
      <div role="alert">{problem === "" ? null : <p class="problem">{problem}</p>}</div>
    </li>
  );
}
