import {useEffect, useState} from "preact/hooks";
import type {MachineReview} from "../../../client/index.ts";
import {put} from "../../api.ts";
import {count, day} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {Field, Form} from "../../parts/form.tsx";
import {State} from "../../parts/state.tsx";
import {may} from "../../session.ts";
import {useAnswer} from "./answer.ts";
import {DETAIL_WORDS, type DetailWords} from "./detail-words.ts";
import {Failed} from "./failed.tsx";
import {runsText} from "./ranges.ts";
import {addressOf, EMPTY_VIEW} from "./view.ts";

const DAYS_MAX = 3_660;

/** What of one machine waits for a review, and when the next one is due. `turn` counts reviews that were made here. */
export function MachineReviewBox({machine, turn, onPlanned}: {machine: string; turn: number; onPlanned: () => void}) {
  const words = wordsIn(DETAIL_WORDS);
  const path = `/api/audit/v1/machines/${encodeURIComponent(machine)}/review`;
  const {answer, again} = useAnswer<MachineReview>(path, {isKept: false});
  useEffect(() => {
    if (turn > 0) again();
  }, [turn]);
  return (
    <section class="card stack" aria-labelledby="machine-review">
      <h2 id="machine-review">{words.plan.title(machine)}</h2>
      {answer.state === "failed" ? <Failed error={answer.error} again={again} /> : null}
      {answer.value === null ? null : (
        <div class="machine-review">
          <Facts review={answer.value} words={words} />
          {may("audit:review") ? (
            <Plan key={`${machine} ${answer.value.plan?.everyDays}`} review={answer.value} onPlanned={onPlanned} />
          ) : null}
        </div>
      )}
    </section>
  );
}

function Facts({review, words}: {review: MachineReview; words: DetailWords}) {
  const locale = language.value;
  const {machine, openCritical, isCountComplete, questions, lastReview, nextDue, isOverdue} = review;
  const critical = addressOf({...EMPTY_VIEW, machines: [machine], kinds: ["critical"], review: "open"});
  return (
    <dl class="facts">
      <dt>{words.plan.critical}</dt>
      <dd>
        {openCritical === 0 ? (
          words.plan.none
        ) : (
          <>
            {count(openCritical, locale)}
            {isCountComplete ? "" : "+"} · <a href={critical}>{words.plan.show}</a>
          </>
        )}
      </dd>
      <dt>{words.plan.questions}</dt>
      <dd>
        {questions.length === 0
          ? words.plan.none
          : questions.map(({seq, by, at, entries}) => (
              <div key={seq}>
                <a
                  href={addressOf({
                    ...EMPTY_VIEW,
                    machines: [machine],
                    kinds: [],
                    review: "question",
                    open: {machine, seq: entries[0]?.[0] ?? seq},
                  })}
                >
                  {words.plan.question(nameOf(by), day(at, locale), runsText(entries))}
                </a>
              </div>
            ))}
      </dd>
      <dt>{words.plan.last}</dt>
      <dd>
        {lastReview === null
          ? words.plan.never
          : words.plan.lastText(nameOf(lastReview.by), day(lastReview.at, locale))}
      </dd>
      <dt>{words.plan.due}</dt>
      <dd>
        {nextDue === null ? (
          words.plan.noPlan
        ) : isOverdue ? (
          <State mood="wait">{words.plan.overdue(day(nextDue, locale))}</State>
        ) : (
          day(nextDue, locale)
        )}
      </dd>
    </dl>
  );
}

function Plan({review: {machine, plan}, onPlanned}: {review: MachineReview; onPlanned: () => void}) {
  const words = wordsIn(DETAIL_WORDS);
  const [days, setDays] = useState(plan === null ? "" : String(plan.everyDays));
  const everyDays = /^\d{1,4}$/.test(days) ? Number(days) : null;
  const save = async () => {
    await put(`/api/audit/v1/machines/${encodeURIComponent(machine)}/review-plan`, {everyDays});
    onPlanned();
  };
  const isReady = everyDays !== null && everyDays <= DAYS_MAX && everyDays !== plan?.everyDays;
  return (
    <Form button={words.plan.save} isReady={isReady} onSubmit={save}>
      <Field label={words.plan.every} hint={words.plan.everyHint}>
        <input
          type="number"
          min={0}
          max={DAYS_MAX}
          inputMode="numeric"
          value={days}
          onInput={(event) => setDays(event.currentTarget.value)}
        />
      </Field>
    </Form>
  );
}

function nameOf(actor: string): string {
  return actor.replace(/^[a-z]+:/, "");
}
