import type {MachineVerdict} from "../../../client/index.ts";
import {count, dayAndTime, utcTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import {State} from "../../parts/state.tsx";
import {addressOf, EMPTY_VIEW} from "./view.ts";
import {WORDS} from "./words.ts";

/** What to know and to do when a log is broken or could not be checked. The two are told apart: a disk that cannot be read is no tampering. */
export function Concerns({verdicts}: {verdicts: readonly MachineVerdict[]}) {
  const concerned = verdicts.filter(({broken, unchecked}) => broken !== null || unchecked !== null);
  return concerned.length === 0 ? null : (
    <div class="stack">
      {concerned.map((verdict) => (
        <Concern key={verdict.machine} verdict={verdict} />
      ))}
    </div>
  );
}

function Concern({verdict}: {verdict: MachineVerdict}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const {machine, broken, unchecked} = verdict;
  if (broken === null)
    return (
      <section class="card concern wait stack tight">
        <h2>
          <State mood="wait">{words.broken.uncheckedTitle(machine)}</State>
        </h2>
        <p>{unchecked!.because}</p>
        <p class="quiet">{words.broken.uncheckedText}</p>
      </section>
    );
  const {seq, because, differs, lastGoodAnchor, remedy} = broken;
  const around = {...EMPTY_VIEW, kinds: [], machines: [machine]};
  return (
    <section class="card concern bad stack tight">
      <h2>
        <State mood="bad">{words.broken.title(machine, count(seq, locale))}</State>
      </h2>
      <dl class="facts">
        <dt>{words.broken.first}</dt>
        <dd>
          <a href={addressOf({...around, open: {machine, seq}})}>{count(seq, locale)}</a>
        </dd>
        <dt>{words.broken.what}</dt>
        <dd>
          {words.broken.differs[differs]}. {because}
        </dd>
        <dt>{words.broken.good}</dt>
        <dd title={lastGoodAnchor === null ? undefined : utcTime(lastGoodAnchor.time)}>
          {lastGoodAnchor === null
            ? words.broken.noGood
            : words.broken.goodText(
                count(lastGoodAnchor.seq, locale),
                dayAndTime(lastGoodAnchor.time, locale, now.value),
                count(lastGoodAnchor.milestoneIndex, locale),
              )}
        </dd>
        <dt>{words.broken.todo}</dt>
        <dd>
          <strong>{remedy}</strong>
        </dd>
      </dl>
      <p>
        <a href={addressOf(around)}>{words.broken.look}</a>
      </p>
    </section>
  );
}
