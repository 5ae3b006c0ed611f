import {useEffect, useState} from "preact/hooks";
import type {MachineReview, MachineVerdict} from "../../../client/index.ts";
import {get} from "../../api.ts";
import {count, day, dayAndTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import {State} from "../../parts/state.tsx";
import {verdictWords} from "../../parts/verdict.ts";
import {CheckAll} from "./check-all.tsx";
import {inOrderOfConcern, isUnchecked} from "./headline.ts";
import {addressOf, type View} from "./view.ts";
import {type AuditWords, WORDS} from "./words.ts";

const SHOWN = 6;
const SHOWN_ON_PHONE = 3;
/** Reviews are read for machines that are shown, so many at a time. */
const AT_ONCE = 4;

/** One verdict for each machine; a click filters by it, and another click shows all again. `turn` counts reviews that were made here. */
export function Machines({verdicts, view, turn}: {verdicts: readonly MachineVerdict[]; view: View; turn: number}) {
  const words = wordsIn(WORDS);
  const [isAll, setAll] = useState(false);
  const ordered = inOrderOfConcern(verdicts);
  const most = matchMedia("(max-width: 639px)").matches ? SHOWN_ON_PHONE : SHOWN;
  const shown = isAll ? ordered : ordered.filter(({machine}, place) => place < most || view.machines.includes(machine));
  const reviews = useReviews(
    shown.map(({machine}) => machine),
    turn,
  );
  return (
    <section class="stack tight" aria-labelledby="machines">
      <div class="row spread">
        <h2 id="machines">{words.machines}</h2>
        <CheckAll />
      </div>
      <ul class="cards machine-cards">
        {shown.map((verdict) => (
          <MachineCard
            key={verdict.machine}
            verdict={verdict}
            review={reviews.get(verdict.machine) ?? null}
            view={view}
          />
        ))}
      </ul>
      {ordered.length > most ? (
        <div>
          <button class="button plain" type="button" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
            {isAll ? words.showFewer : words.showAllMachines(count(ordered.length, language.value))}
          </button>
        </div>
      ) : null}
    </section>
  );
}

function MachineCard({verdict, review, view}: {verdict: MachineVerdict; review: MachineReview | null; view: View}) {
  const words = wordsIn(WORDS);
  const {machine, unchecked, broken} = verdict;
  const {mood, word, anchor} = verdictWords(verdict);
  const isChosen = view.machines.length === 1 && view.machines[0] === machine;
  const href = addressOf({...view, open: null, machines: isChosen ? [] : [machine]});
  return (
    <li>
      <a class="card card-link stack tight" href={href} aria-current={isChosen ? "true" : undefined}>
        <div class="row spread">
          <h3>{machine}</h3>
          {broken === null && unchecked !== null && isUnchecked(verdict) ? (
            <State mood="wait">{uncheckedWords(words, unchecked.since)}</State>
          ) : (
            <State mood={mood}>{word}</State>
          )}
        </div>
        <p class="small quiet">{anchor}</p>
        {review === null ? null : <ReviewLine review={review} />}
      </a>
    </li>
  );
}

function ReviewLine({review}: {review: MachineReview}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const {openCritical, isCountComplete, questions, nextDue, isOverdue} = review;
  const open = `${count(openCritical, locale)}${isCountComplete ? "" : "+"}`;
  const parts = [
    openCritical === 0 ? null : words.openCritical(open, openCritical === 1),
    questions.length === 0 ? null : words.openQuestions(questions.length),
    nextDue === null || isOverdue ? null : words.reviewDue(day(nextDue, locale)),
  ].filter((part) => part !== null);
  return (
    <p class="small">
      {isOverdue && nextDue !== null ? (
        <>
          <State mood="wait">{words.reviewOverdue(day(nextDue, locale))}</State>
          {parts.length === 0 ? "" : " · "}
        </>
      ) : null}
      {parts.length === 0 && !isOverdue ? <span class="quiet">{words.nothingOpen}</span> : parts.join(" · ")}
    </p>
  );
}

function uncheckedWords(words: AuditWords, since: string | null): string {
  return since === null ? words.neverChecked : words.notCheckedSince(dayAndTime(since, language.value, now.value));
}

function useReviews(machines: readonly string[], turn: number): ReadonlyMap<string, MachineReview> {
  const [reviews, setReviews] = useState<ReadonlyMap<string, MachineReview>>(new Map());
  const names = machines.join(",");
  useEffect(() => {
    const ending = new AbortController();
    const {signal} = ending;
    const waiting = [...machines];
    const work = async () => {
      for (let machine = waiting.shift(); machine !== undefined; machine = waiting.shift()) {
        const name = machine;
        const review = await get<MachineReview>(`/api/audit/v1/machines/${encodeURIComponent(name)}/review`, {signal});
        setReviews((before) => new Map(before).set(name, review));
      }
    };
    // A card without its line of reviews still tells its verdict.
    for (let i = 0; i < AT_ONCE; i++) work().catch(() => undefined);
    return () => ending.abort();
  }, [names, turn]);
  return reviews;
}
