import type {ComponentChildren} from "preact";
import {useState} from "preact/hooks";
import type {
  AuditEntry,
  AuditFacet,
  AuditSearchItem,
  EntryReview,
  MachineVerdict,
  Page,
} from "../../../client/index.ts";
import {get, Refusal} from "../../api.ts";
import {count, dayAndTime, exactFigure, THIN_SPACE, utcTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import {go} from "../../location.ts";
import {Sheet} from "../../parts/sheet.tsx";
import {State} from "../../parts/state.tsx";
import {may} from "../../session.ts";
import {useRead} from "./answer.ts";
import {DETAIL_WORDS, type DetailWords} from "./detail-words.ts";
import {reviewText} from "./entry-list.tsx";
import {changeOf, personOf, sentenceOf, subjectWords, valueText} from "./entry-words.ts";
import {Erase} from "./erase.tsx";
import {Failed} from "./failed.tsx";
import {Proof} from "./proof.tsx";
import {covers, keyOf, runsIn} from "./ranges.ts";
import {ReviewForm, type ReviewKind} from "./review-form.tsx";
import {addressOf, queryOf, type View} from "./view.ts";
import {WORDS} from "./words.ts";

const HISTORY_PAGE = 500;
const HISTORY_PAGES_MAX = 5;

interface SheetProps {
  readonly view: View;
  readonly open: {readonly machine: string; readonly seq: number};
  /** The entries of the list, for the way from one to the next. */
  readonly items: readonly AuditSearchItem[];
  readonly verdict: MachineVerdict | null;
  readonly people: readonly AuditFacet[];
  readonly onReviewed: (keys: ReadonlySet<string>, review: EntryReview) => void;
}

/** One entry: what happened in words, who and when, its review, its proof. */
export function EntrySheet({view, open, items, verdict, people, onReviewed}: SheetProps) {
  const words = wordsIn(DETAIL_WORDS);
  const {machine, seq} = open;
  const title = words.title(machine, count(seq, language.value));
  return (
    <Sheet title={title} onClose={() => go(addressOf({...view, open: null}), {isReplaced: true})}>
      <Steps view={view} open={open} items={items} verdict={verdict} />
      <EntryFacts
        key={keyOf(open)}
        open={open}
        view={view}
        known={items.find((item) => keyOf(item) === keyOf(open)) ?? null}
        verdict={verdict}
        people={people}
        onReviewed={onReviewed}
      />
    </Sheet>
  );
}

// The way to the neighbours: in the list where the entry is in it, else in the machine's log.
function Steps({view, open, items, verdict}: Pick<SheetProps, "view" | "open" | "items" | "verdict">) {
  const words = wordsIn(DETAIL_WORDS);
  const place = items.findIndex((item) => keyOf(item) === keyOf(open));
  const {machine, seq} = open;
  const isLast = verdict !== null && seq + 1 >= verdict.entries;
  const later = place < 0 ? (isLast ? null : {machine, seq: seq + 1}) : (items[place - 1] ?? null);
  const earlier = place < 0 ? (seq === 0 ? null : {machine, seq: seq - 1}) : (items[place + 1] ?? null);
  const step = (to: typeof earlier, text: string) => (
    <button
      class="button second"
      type="button"
      disabled={to === null}
      onClick={() =>
        go(addressOf({...view, open: to === null ? open : {machine: to.machine, seq: to.seq}}), {isReplaced: true})
      }
    >
      {text}
    </button>
  );
  return (
    <div class="row">
      {step(later, words.next)}
      {step(earlier, words.previous)}
    </div>
  );
}

interface FactsProps extends Omit<SheetProps, "items"> {
  readonly known: AuditSearchItem | null;
}

function EntryFacts({open, known, verdict, people, onReviewed, view}: FactsProps) {
  const words = wordsIn(DETAIL_WORDS);
  const page = wordsIn(WORDS);
  const locale = language.value;
  const {answer, again} = useRead(keyOf(open), (signal) => readItem(open, signal));
  const history = useRead(`history ${keyOf(open)}`, (signal) => readHistory(open, signal));
  const item = answer.value ?? known;
  if (item === null) {
    if (answer.state !== "failed") return <p class="quiet">{page.loading}</p>;
    return answer.error instanceof Refusal && answer.error.status === 404 ? (
      <p class="problem">{words.notFound}</p>
    ) : (
      <Failed error={answer.error} again={again} />
    );
  }
  const person = personOf(item, locale);
  const isBad = verdict?.broken != null && item.seq >= verdict.broken.seq;
  return (
    <>
      {answer.state === "failed" ? <Failed error={answer.error} again={again} /> : null}
      <div class="stack tight">
        <p class="entry-sentence">{sentenceOf(item, locale)}</p>
        <p>{words.sentence(person.name, person.role, item.machine)}</p>
        <div class="row small">
          <span class="kind-word">
            <i class={`swatch ${item.kind}`} />
            {page.kindOne[item.kind]}
          </span>
          {isBad ? null : (
            <State mood={item.state === "verified" ? "good" : "wait"}>{page.list.states[item.state]}</State>
          )}
          <span class="quiet">{reviewText(item, page)}</span>
        </div>
      </div>
      {isBad ? <p class="problem">{words.broken(count(verdict.broken.seq, locale))}</p> : null}
      <Erased item={item} view={view} words={words} />
      <Change item={item} words={words} />
      <When item={item} view={view} words={words} />
      <Body item={item} words={words} />
      <section class="stack tight" aria-labelledby="entry-review">
        <h3 id="entry-review">{words.history}</h3>
        {history.answer.state === "failed" ? (
          <Failed error={history.answer.error} again={history.again} />
        ) : (
          <History events={history.answer.value ?? []} isRead={history.answer.state === "ready"} words={words} />
        )}
        {may("audit:review") ? (
          <Actions
            item={item}
            people={people}
            onReviewed={(keys, review) => {
              onReviewed(keys, review);
              again();
              history.again();
            }}
          />
        ) : null}
      </section>
      <Proof machine={item.machine} seq={item.seq} />
      {may("audit:erase") && item.body !== null ? (
        <Erase
          machine={item.machine}
          seq={item.seq}
          onDone={() => {
            again();
            history.again();
          }}
        />
      ) : null}
    </>
  );
}

interface PartProps {
  readonly item: AuditSearchItem;
  readonly words: DetailWords;
}

function Erased({item: {machine, body, erased}, view, words}: PartProps & {view: View}) {
  if (body !== null) return null;
  if (erased === null) return <p class="erased">{words.erasedUnknown}</p>;
  const {at, by, reason, legalBasis, seq} = erased;
  return (
    <div class="erased stack tight">
      <p>{words.erased(dayAndTime(at, language.value, Number.NaN), nameOf(by), reason, legalBasis)}</p>
      <p class="small">
        <a href={addressOf({...view, open: {machine, seq}})}>{words.redaction}</a>
      </p>
    </div>
  );
}

function Change({item, words}: PartProps) {
  const change = changeOf(item, language.value);
  return (
    <dl class="facts">
      {change === null ? null : (
        <>
          <dt>{words.old}</dt>
          <dd>{change.old ?? "–"}</dd>
          <dt>{words.new}</dt>
          <dd>
            <strong>{change.new ?? "–"}</strong>
          </dd>
        </>
      )}
      <dt>{words.reason}</dt>
      <dd>{item.reason ?? <span class="quiet">{words.noReason}</span>}</dd>
    </dl>
  );
}

function When({item, view, words}: PartProps & {view: View}) {
  const locale = language.value;
  const {time, actor, actorRole, corrects, machine} = item;
  const uncertainty = time.uncertaintyMs === null ? null : `${exactFigure(time.uncertaintyMs, locale)}${THIN_SPACE}ms`;
  return (
    <dl class="facts">
      <dt>{words.who}</dt>
      <dd>
        {actor}
        {actorRole == null ? null : ` (${personOf(item, locale).role})`}
      </dd>
      <dt>{words.local}</dt>
      <dd>{dayAndTime(time.utc, locale, Number.NaN)}</dd>
      <dt>{words.utc}</dt>
      <dd>{utcTime(time.utc)}</dd>
      {time.recorded === undefined ? null : (
        <>
          <dt>{words.recorded}</dt>
          <dd>{utcTime(time.recorded)}</dd>
        </>
      )}
      <dt>{words.source}</dt>
      <dd>{words.sourceText(time.source, uncertainty, time.synced)}</dd>
      {corrects === null ? null : (
        <>
          <dt>{words.corrects}</dt>
          <dd>
            <a href={addressOf({...view, open: {machine, seq: corrects}})}>{words.entry(count(corrects, locale))}</a>
          </dd>
        </>
      )}
    </dl>
  );
}

const TOLD_ABOVE = new Set(["old", "new", "unit", "reason"]);

// What else the body holds, one line each; the raw entry below has it all.
function Body({item, words}: PartProps) {
  const isChange = changeOf(item, language.value) !== null;
  const facts = Object.entries(item.body ?? {}).filter(
    ([name]) => name !== "reason" && !(isChange && TOLD_ABOVE.has(name)),
  );
  if (facts.length === 0) return null;
  return (
    <section class="stack tight">
      <h3>{words.facts}</h3>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <BodyFact key={name} name={name} value={value} />
        ))}
      </dl>
    </section>
  );
}

function BodyFact({name, value}: {name: string; value: unknown}) {
  return (
    <>
      <dt title={name}>{subjectWords(name)}</dt>
      <dd>{typeof value === "string" ? value : valueText(value, language.value)}</dd>
    </>
  );
}

function History({events, isRead, words}: {events: readonly AuditSearchItem[]; isRead: boolean; words: DetailWords}) {
  if (events.length === 0) return isRead ? <p class="quiet">{words.noHistory}</p> : null;
  return (
    <ol class="history">
      {events.map((event) => (
        <HistoryEvent key={event.seq} event={event} words={words} />
      ))}
    </ol>
  );
}

function HistoryEvent({event, words}: {event: AuditSearchItem; words: DetailWords}): ComponentChildren {
  const by = nameOf(event.actor);
  const {kind, to, comment} = (event.body ?? {}) as {kind?: ReviewKind; to?: string; comment?: string};
  const line =
    kind === "handover"
      ? words.historyLine.handover(by, nameOf(to ?? "?"))
      : kind !== undefined && Object.hasOwn(words.historyLine, kind)
        ? words.historyLine[kind](by)
        : by;
  return (
    <li>
      <div class="row spread">
        <strong>{line}</strong>
        <time class="small quiet" datetime={event.time.utc} title={utcTime(event.time.utc)}>
          {dayAndTime(event.time.utc, language.value, now.peek())}
        </time>
      </div>
      {comment === undefined ? null : <p>{comment}</p>}
    </li>
  );
}

function Actions({
  item,
  people,
  onReviewed,
}: {
  item: AuditSearchItem;
  people: readonly AuditFacet[];
  onReviewed: SheetProps["onReviewed"];
}) {
  const words = wordsIn(DETAIL_WORDS);
  const [kind, setKind] = useState<ReviewKind | null>(null);
  if (kind !== null)
    return (
      <ReviewForm
        key={kind}
        items={[item]}
        kind={kind}
        people={people}
        onDone={(keys, review) => {
          setKind(null);
          onReviewed(keys, review);
        }}
        onCancel={() => setKind(null)}
      />
    );
  const kinds: readonly ReviewKind[] =
    item.review.state === "question" ? ["answer", "reviewed", "handover"] : ["reviewed", "question", "handover"];
  return (
    <div class="row">
      {kinds.map((each) => (
        <button key={each} class="button second" type="button" onClick={() => setKind(each)}>
          {words.actions[each]}
        </button>
      ))}
    </div>
  );
}

// The entry itself is asked for by its number; what a reader wants beside it only the search tells, so it is searched by its instant.
async function readItem({machine, seq}: SheetProps["open"], signal: AbortSignal): Promise<AuditSearchItem> {
  const path = `/api/audit/v1/machines/${encodeURIComponent(machine)}/entries/${seq}`;
  const entry = await get<AuditEntry>(path, {signal});
  const {utc} = entry.time;
  let cursor: string | undefined;
  do {
    const query = queryOf({machines: [machine], from: utc, to: utc}, {pageSize: HISTORY_PAGE, cursor});
    const page = await get<Page<AuditSearchItem>>(`/api/audit/v1/entries${query}`, {signal});
    const found = page.items.find((item) => item.seq === seq);
    if (found !== undefined) return found;
    cursor = page.cursor;
  } while (cursor !== undefined);
  throw new Refusal(404, "");
}

// Reviews are entries of the same log, written after the one they are about.
async function readHistory(
  {machine, seq}: SheetProps["open"],
  signal: AbortSignal,
): Promise<readonly AuditSearchItem[]> {
  const events: AuditSearchItem[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < HISTORY_PAGES_MAX; page++) {
    const query = queryOf({machines: [machine], types: ["review"]}, {pageSize: HISTORY_PAGE, cursor});
    const answer = await get<Page<AuditSearchItem>>(`/api/audit/v1/entries${query}`, {signal});
    events.push(...answer.items.filter((item) => covers(runsIn(item.body) ?? [], seq)));
    cursor = answer.cursor;
    // Newest first: what was written before the entry says nothing about it.
    if (cursor === undefined || (answer.items.at(-1)?.seq ?? seq) < seq) break;
  }
  return events.reverse();
}

function nameOf(actor: string): string {
  return actor.replace(/^[a-z]+:/, "");
}
