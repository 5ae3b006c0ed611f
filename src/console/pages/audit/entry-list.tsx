import {useRef, useState} from "preact/hooks";
import type {AuditSearchItem, MachineVerdict} from "../../../client/index.ts";
import {clockTime, count, day, utcTime} from "../../format.ts";
import {type Language, language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import {go} from "../../location.ts";
import {State} from "../../parts/state.tsx";
import {may} from "../../session.ts";
import {changeOf, factsOf, personOf, sentenceOf} from "./entry-words.ts";
import {Failed} from "./failed.tsx";
import {chosenAfter, keyOf} from "./ranges.ts";
import {ReviewBar} from "./review-bar.tsx";
import type {Entries} from "./use-entries.ts";
import {addressOf, filtersSet, type View} from "./view.ts";
import {type AuditWords, WORDS} from "./words.ts";

const DAY_MS = 86_400_000;
const SHOWN_FRESH_MAX = 50;

interface ListProps {
  readonly entries: Entries;
  readonly view: View;
  readonly verdicts: readonly MachineVerdict[];
  /** Says that a review was made. */
  readonly onReviewed: () => void;
}

/** The entries, newest first, day by day. New ones wait behind a button; nothing that is shown moves. */
export function EntryList({entries, view, verdicts, onReviewed}: ListProps) {
  const words = wordsIn(WORDS);
  const {items, fresh, hasMoreFresh, cursor, isLoading, error, more, again, showFresh, mark} = entries;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef<string | null>(null);
  const mayReview = may("audit:review");
  const broken = new Map(verdicts.flatMap(({machine, broken}) => (broken === null ? [] : [[machine, broken.seq]])));

  if (items === null)
    return error === null ? (
      <p class="quiet" role="status">
        {words.loading}
      </p>
    ) : (
      <Failed error={error} again={again} />
    );
  const keys = items.map(keyOf);
  const picked = items.filter((item) => chosen.has(keyOf(item)));
  const choose = (key: string, isRange: boolean) => {
    setChosen(chosenAfter(chosen, {keys, key, anchor: anchor.current, isRange}));
    anchor.current = key;
  };
  return (
    <div class="stack">
      <div class="fresh-place" role="status">
        {fresh.length === 0 ? null : (
          <button class="button" type="button" onClick={showFresh}>
            {words.list.newEntries(Math.min(fresh.length, SHOWN_FRESH_MAX), hasMoreFresh)}
          </button>
        )}
      </div>
      {items.length === 0 && cursor === null && !isLoading ? <NoEntry view={view} words={words} /> : null}
      <div class={isLoading && fresh.length === 0 ? "entries is-loading" : "entries"} aria-busy={isLoading}>
        {daysOf(items).map(({id, date, entries: ofDay}) => (
          <div key={id}>
            <h3 class="day">{dayText(date, words)}</h3>
            <ol>
              {ofDay.map((item) => (
                <EntryRow
                  key={keyOf(item)}
                  item={item}
                  view={view}
                  words={words}
                  locale={language.value}
                  brokenSeq={broken.get(item.machine) ?? null}
                  isChosen={chosen.has(keyOf(item))}
                  onChoose={mayReview ? (isRange) => choose(keyOf(item), isRange) : null}
                />
              ))}
            </ol>
          </div>
        ))}
      </div>
      {error === null ? null : <Failed error={error} again={more} />}
      {cursor !== null ? (
        <button class="button second" type="button" disabled={isLoading} onClick={more}>
          {isLoading ? words.loading : words.list.more}
        </button>
      ) : items.length > 0 ? (
        <p class="small quiet">{words.list.end}</p>
      ) : null}
      {picked.length === 0 ? null : (
        <ReviewBar
          items={picked}
          onAll={() => setChosen(new Set(keys))}
          onNone={() => setChosen(new Set())}
          onDone={(done, review) => {
            mark(done, review);
            setChosen(new Set());
            onReviewed();
          }}
        />
      )}
    </div>
  );
}

function NoEntry({view, words}: {view: View; words: AuditWords}) {
  const hasKinds = view.kinds !== null && view.kinds.length > 0;
  return (
    <div class="card stack tight">
      <p>
        {words.list.none} {view.kinds?.join() === "critical" ? words.list.noCritical : ""}
      </p>
      <div class="row">
        {hasKinds ? <a href={addressOf({...view, kinds: []})}>{words.list.showAllKinds}</a> : null}
        {filtersSet(view) > 0 ? <a href="/audit">{words.clear}</a> : null}
      </div>
    </div>
  );
}

interface RowProps {
  readonly item: AuditSearchItem;
  readonly view: View;
  readonly words: AuditWords;
  readonly locale: Language;
  /** First bad entry of the machine; null when its log holds. */
  readonly brokenSeq: number | null;
  readonly isChosen: boolean;
  /** Null: this person reviews nothing. */
  readonly onChoose: ((isRange: boolean) => void) | null;
}

function EntryRow({item, view, words, locale, brokenSeq, isChosen, onChoose}: RowProps) {
  const {machine, seq, time, kind, reason, review, erased, state} = item;
  const open = {machine, seq};
  const isOpen = view.open?.machine === machine && view.open.seq === seq;
  const what = sentenceOf(item, locale);
  const person = personOf(item, locale);
  const isBad = brokenSeq !== null && seq >= brokenSeq;
  return (
    <li class={`entry kind-${kind}${isOpen ? " is-open" : ""}${isBad ? " is-bad" : ""}${isChosen ? " is-chosen" : ""}`}>
      {onChoose === null ? null : (
        <input
          type="checkbox"
          class="choose"
          aria-label={words.list.choose(`${what}, ${clockTime(time.utc, locale)}`)}
          checked={isChosen}
          onClick={(event) => onChoose(event.shiftKey)}
        />
      )}
      <div class="when">
        <time datetime={time.utc} title={utcTime(time.utc)}>
          {clockTime(time.utc, locale)}
        </time>
      </div>
      <div class="who">
        <span>{person.name}</span>
        {person.role === null ? null : <span class="small quiet">{person.role}</span>}
      </div>
      <div class="machine">{machine}</div>
      <div class="what">
        <a
          href={addressOf({...view, open})}
          aria-current={isOpen ? "true" : undefined}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            // From entry to entry the back button would only lead through the list again.
            go(addressOf({...view, open}), {isReplaced: view.open !== null});
          }}
        >
          {what}
        </a>
        <Values item={item} words={words} locale={locale} />
        {erased === null ? null : (
          <span class="small quiet">{words.list.erased(erased.by.replace(/^[a-z]+:/, ""))}</span>
        )}
        {reason === null ? null : <span class="small quiet">{words.list.because(reason)}</span>}
      </div>
      <div class="states small">
        {/* A list of one kind says it once, above. */}
        <span class={view.kinds?.length === 1 ? "unseen" : "kind-word"}>
          <i class={`swatch ${kind}`} />
          {words.kindOne[kind]}
        </span>
        {isBad ? (
          <State mood="bad">{words.list.notProven(count(brokenSeq, locale))}</State>
        ) : (
          <State mood={state === "verified" ? "good" : "wait"}>{words.list.states[state]}</State>
        )}
        <span class={review.state === "question" || review.state === "handed-over" ? "asks" : "quiet"}>
          {reviewText(item, words)}
        </span>
        {time.synced ? null : <span class="unsynced">{words.list.unsynced}</span>}
      </div>
    </li>
  );
}

/** From what to what, or what an entry without a change tells. */
export function Values({item, words, locale}: {item: AuditSearchItem; words: AuditWords; locale: Language}) {
  const change = changeOf(item, locale);
  if (change !== null)
    return (
      <span class="change">
        {change.old === null ? null : (
          <>
            <span class="unseen">{words.list.was} </span>
            <span class="old">{change.old}</span>
            <span aria-hidden="true"> → </span>
          </>
        )}
        <span class="unseen">{words.list.becomes} </span>
        <strong>{change.new ?? "–"}</strong>
      </span>
    );
  const facts = factsOf(item, locale);
  return facts.length === 0 ? null : <span class="change">{facts.join(" · ")}</span>;
}

export function reviewText({review}: Pick<AuditSearchItem, "review">, words: AuditWords): string {
  const name = (actor: string) => actor.replace(/^[a-z]+:/, "");
  switch (review.state) {
    case "open":
      return words.list.reviews.open;
    case "handed-over":
      return words.list.reviews["handed-over"](name(review.to));
    case "reviewed":
    case "question":
      return words.list.reviews[review.state](name(review.by));
  }
}

interface Day {
  readonly id: string;
  readonly date: string;
  readonly entries: AuditSearchItem[];
}

// Entries are in the order of writing; times that sources give may go back and forth over midnight, so a day may come twice.
function daysOf(items: readonly AuditSearchItem[]): readonly Day[] {
  const days: Day[] = [];
  for (const item of items) {
    const date = new Date(item.time.utc).toDateString();
    const last = days.at(-1);
    if (last?.date === date) last.entries.push(item);
    else days.push({id: `${date} ${days.filter((day) => day.date === date).length}`, date, entries: [item]});
  }
  return days;
}

function dayText(date: string, words: AuditWords): string {
  const today = now.peek();
  if (date === new Date(today).toDateString()) return words.list.today;
  if (date === new Date(today - DAY_MS).toDateString()) return words.list.yesterday;
  return day(Date.parse(date), language.value);
}
