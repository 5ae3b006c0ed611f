import type {MachineVerdict} from "../../../client/index.ts";
import {count, dayAndTime, utcTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import {State} from "../../parts/state.tsx";
import {isUnchecked} from "./headline.ts";
import {addressOf, EMPTY_VIEW} from "./view.ts";
import {WORDS} from "./words.ts";

const NAMES_SHOWN = 6;

/** What to know and to do when a log is broken or was not checked. The two are told apart: a disk that cannot be read is no tampering. */
export function Concerns({verdicts}: {verdicts: readonly MachineVerdict[]}) {
  const broken = verdicts.filter((verdict) => verdict.broken !== null);
  const unchecked = verdicts.filter((verdict) => verdict.broken === null && isUnchecked(verdict));
  if (broken.length + unchecked.length === 0) return null;
  return (
    <div class="stack">
      {broken.map((verdict) => (
        <Broken key={verdict.machine} verdict={verdict} />
      ))}
      {unchecked.length === 0 ? null : <Unchecked verdicts={unchecked} />}
    </div>
  );
}

// One notice for all: what was not read has one cause more often than many.
function Unchecked({verdicts}: {verdicts: readonly MachineVerdict[]}) {
  const words = wordsIn(WORDS);
  const machinesOf = new Map<string, string[]>();
  for (const {machine, unchecked} of verdicts) {
    const known = machinesOf.get(unchecked!.because);
    if (known === undefined) machinesOf.set(unchecked!.because, [machine]);
    else known.push(machine);
  }
  return (
    <section class="card concern wait stack tight">
      {[...machinesOf].map(([because, machines]) => (
        <div key={because}>
          <State mood="wait">{words.broken.uncheckedTitle(namesText(machines))}</State>
          <p>{because}</p>
        </div>
      ))}
      <p class="small quiet">{words.broken.uncheckedText}</p>
    </section>
  );
}

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(", ");
  return names.length > NAMES_SHOWN ? `${shown}, +${names.length - NAMES_SHOWN}` : shown;
}

function Broken({verdict}: {verdict: MachineVerdict}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const {machine, broken} = verdict;
  const {seq, because, differs, lastGoodAnchor, remedy} = broken!;
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
