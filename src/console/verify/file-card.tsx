import type {Verification} from "../../audit/pure.ts";
import {count, utcTime} from "../format.ts";
import {language, wordsIn} from "../language.ts";
import {Copyable} from "../parts/copyable.tsx";
import {type Mood, State} from "../parts/state.tsx";
import type {CheckedFile} from "./checking.ts";
import {EntryTable} from "./entry-table.tsx";
import type {Unreadable} from "./given.ts";
import {Steps} from "./steps.tsx";
import {WORDS} from "./words.ts";

type Sound = Exclude<Verification, {state: "invalid"}>;

const GAPS_NAMED = 20;
const MOODS: Readonly<Record<Verification["state"], Mood>> = {
  verified: "good",
  waiting: "wait",
  consistent: "wait",
  invalid: "bad",
};

/** One proof file: verdict, what it proves and for whom, the entries, and the steps of the check. */
export function FileCard({file, isOpen}: {file: CheckedFile; isOpen: boolean}) {
  const words = wordsIn(WORDS);
  const {verdict, steps} = file;
  return (
    <article class="card stack tight verify-file" data-state={verdict.state}>
      <div class="row spread">
        <State mood={MOODS[verdict.state]}>{words.states[verdict.state]}</State>
        <span class="small quiet verify-name">{file.name}</span>
      </div>
      {verdict.state === "invalid" ? (
        <>
          <h2>
            {words.faults[verdict.fault]} {verdict.seq === null ? "" : words.atEntry(String(verdict.seq))}
          </h2>
          <p class="quiet">
            {words.inDetail}: <span lang="en">{verdict.because}</span> {words.notShown}
          </p>
        </>
      ) : (
        <Facts verdict={verdict} />
      )}
      <details class="for-print" open={isOpen}>
        <summary>{words.labels.steps}</summary>
        <Steps steps={steps} />
      </details>
      {verdict.state === "invalid" ? null : (
        <details class="for-print" open={isOpen}>
          <summary>
            {words.labels.entries} ({count(verdict.entries.length, language.value)})
          </summary>
          <EntryTable entries={verdict.entries} bodies={file.bodies} />
        </details>
      )}
    </article>
  );
}

function Facts({verdict}: {verdict: Sound}) {
  const words = wordsIn(WORDS);
  const {entries, machine, origin, anchor, gaps, signer} = verdict;
  const locale = language.value;
  const what = gaps.length === 0 ? words.what : words.chosen;
  return (
    <>
      <h2>{what(count(entries.length, locale), String(entries[0]!.seq), String(entries.at(-1)!.seq), machine)}</h2>
      <dl class="facts">
        <dt>{words.labels.existed}</dt>
        <dd>{anchor === null ? words.notAnchored : words.existedBefore(utcTime(anchor.time))}</dd>
        <dt>{words.labels.rewritable}</dt>
        <dd>{words.rewritableBy[verdict.state]}</dd>
        {gaps.length === 0 ? null : (
          <>
            <dt>{words.labels.gaps}</dt>
            <dd>{words.gaps(gapsIn(gaps))}</dd>
          </>
        )}
        <dt>{words.labels.log}</dt>
        <dd>{origin}</dd>
        <dt>{words.labels.key}</dt>
        <dd>
          <Copyable text={signer} />
        </dd>
        {anchor === null ? null : (
          <>
            <dt>{words.labels.milestone}</dt>
            <dd>{count(anchor.milestoneIndex, locale)}</dd>
            <dt>{words.labels.block}</dt>
            <dd>
              <Copyable text={anchor.blockId} />
            </dd>
          </>
        )}
      </dl>
    </>
  );
}

function gapsIn(gaps: Sound["gaps"]): string {
  const named = gaps.slice(0, GAPS_NAMED).map(({from, to}) => (from === to ? `${from}` : `${from}–${to}`));
  return named.join(", ") + (gaps.length > named.length ? ` + ${gaps.length - named.length}` : "");
}

/** A file that is no proof that could be checked. */
export function UnreadableCard({file}: {file: Unreadable}) {
  const words = wordsIn(WORDS);
  return (
    <article class="card stack tight verify-file" data-state="unreadable">
      <div class="row spread">
        <State mood="bad">{words.states.unreadable}</State>
        <span class="small quiet verify-name">{file.name}</span>
      </div>
      <h2>{file.because === null ? words.notJson : words.notRead}</h2>
      {file.because === null ? null : (
        <p class="quiet">
          {words.inDetail}: <span lang="en">{file.because}</span>
        </p>
      )}
    </article>
  );
}
