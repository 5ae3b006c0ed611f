import "./audit.css";
import {useEffect, useMemo, useState} from "preact/hooks";
import type {AuditDensity, AuditFacets, AuditSearchItem, Page} from "../../../client/index.ts";
import {get} from "../../api.ts";
import {count, dayAndTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now, status, verdicts} from "../../live.ts";
import {go, place} from "../../location.ts";
import {Empty} from "../../parts/empty.tsx";
import {PageHead} from "../../parts/page-head.tsx";
import {useAnswer, useRead} from "./answer.ts";
import {Concerns} from "./broken.tsx";
import {EntryList} from "./entry-list.tsx";
import {EntrySheet} from "./entry-sheet.tsx";
import {ClearButton, FilterBar} from "./filter-bar.tsx";
import {headlineOf} from "./headline.ts";
import {MachineReviewBox} from "./machine-review.tsx";
import {Machines} from "./machines.tsx";
import {Storage} from "./storage.tsx";
import {Timeline} from "./timeline.tsx";
import {hitsText, Tools} from "./tools.tsx";
import {useEntries} from "./use-entries.ts";
import {useHits} from "./use-hits.ts";
import {addressOf, filterOf, queryOf, rangeOf, type View, viewOf} from "./view.ts";
import {type AuditWords, WORDS} from "./words.ts";

const FIRST_COMMAND = `npx tanglegate audit append press-7 parameter-change '{"old": 180, "new": 185, "unit": "°C"}' --subject temperature`;
const BUCKETS = 240;
const REVIEWS_LOOKED_AT = 100;

/** Does every entry still check? And which ones must a person look at? */
export function AuditPage() {
  const words = wordsIn(WORDS);
  const view = viewOf(place.value.path, place.value.query);
  if (status.value === null) return <p class="quiet">{words.loading}</p>;
  const isEmpty = status.value.audit.entries === 0 && verdicts.value.length === 0;
  return (
    <>
      <PageHead question={words.question}>{headline(words)}</PageHead>
      {status.value.audit.because === null ? null : (
        <p class="problem">
          {words.stopped}
          {status.value.audit.because}
        </p>
      )}
      {isEmpty ? <FirstEntry /> : <Trail view={view} />}
    </>
  );
}

function headline(words: AuditWords): string {
  const locale = language.value;
  const told = headlineOf(verdicts.value);
  const time = (utc: string | null) => (utc === null ? null : dayAndTime(utc, locale, now.peek()));
  switch (told.kind) {
    case "empty":
      return words.verdict.empty;
    case "broken":
      return words.verdict.broken(told.machine, count(told.seq, locale), told.others);
    case "unchecked":
      return words.verdict.unchecked(told.machine, told.machines, time(told.since));
    case "waiting":
      return words.verdict.waiting(count(told.entries, locale), told.entries === 1, told.machines);
    case "verified":
      return words.verdict.verified(count(told.entries, locale), told.entries === 1, time(told.lastAnchor));
  }
}

function FirstEntry() {
  const words = wordsIn(WORDS).empty;
  const nodeRed = status.value?.nodeRedUrl ?? null;
  return (
    <Empty title={words.title}>
      <p>{words.text}</p>
      <p>{words.node}</p>
      {nodeRed === null ? null : (
        <p>
          <a class="button" href={nodeRed} target="_blank" rel="noreferrer">
            {words.open}
          </a>
        </p>
      )}
      <p>{words.cli}</p>
      <pre>{FIRST_COMMAND}</pre>
    </Empty>
  );
}

function Trail({view}: {view: View}) {
  const words = wordsIn(WORDS);
  const [reviews, setReviews] = useState(0);
  const facets = useAnswer<AuditFacets>("/api/audit/v1/entries/facets");
  const kinds = useKinds(view, facets.answer.value, facets.answer.state === "failed");
  const lastReview = useLastReview(view);
  // What moves with the time of now is fixed while the filters stay, so that a page fits to the one before.
  const address = addressOf({...view, open: null});
  const filter = useMemo(
    () =>
      kinds === null || lastReview === undefined
        ? null
        : filterOf({...view, kinds}, rangeOf(view, {now: Date.now(), lastReview})),
    [address, kinds?.join(), lastReview],
  );
  const query = filter === null ? null : queryOf(filter);
  const entries = useEntries(query);
  const hits = useHits(query, reviews + entries.fresh.length);
  const density = useAnswer<AuditDensity>(densityPath(filter));
  const showFresh = () => {
    entries.showFresh();
    density.again();
    facets.again();
  };
  const shown = verdicts.value;
  const {open} = view;
  return (
    <>
      <Concerns verdicts={shown} />
      <Machines verdicts={shown} view={view} turn={reviews} />
      {view.machines.length === 1 ? (
        <MachineReviewBox
          key={view.machines[0]}
          machine={view.machines[0]!}
          turn={reviews}
          onPlanned={() => setReviews((before) => before + 1)}
        />
      ) : null}
      <Timeline density={density} view={{...view, kinds}} />
      <section class="stack" aria-labelledby="entries">
        <div class="row spread">
          <h2 id="entries">
            {words.list.title}{" "}
            <span class="small quiet" role="status">
              {hitsText(hits)}
            </span>
          </h2>
          <div class="row">
            <ClearButton view={view} />
            {filter === null ? null : <Tools view={view} filter={filter} hits={hits} />}
          </div>
        </div>
        <FilterBar view={{...view, kinds}} facets={facets.answer.value} hits={hits} />
        <EntryList
          key={address}
          entries={{...entries, showFresh}}
          view={{...view, kinds}}
          verdicts={shown}
          onReviewed={() => setReviews((before) => before + 1)}
        />
      </section>
      <Storage />
      {open === null ? null : (
        <EntrySheet
          view={{...view, kinds}}
          open={open}
          items={entries.items ?? []}
          verdict={shown.find(({machine}) => machine === open.machine) ?? null}
          people={facets.answer.value?.actors ?? []}
          onReviewed={(keys, review) => {
            entries.mark(keys, review);
            setReviews((before) => before + 1);
          }}
        />
      )}
    </>
  );
}

/** Which kinds the list shows. A view without a choice gets the critical changes when there are any; the address then says so. */
function useKinds(view: View, facets: AuditFacets | null, isFailed: boolean): View["kinds"] {
  const hasCritical = facets?.types.some(({kind, count: entries}) => kind === "critical" && entries > 0) ?? null;
  const chosen =
    view.kinds ?? (hasCritical === null ? (isFailed ? [] : null) : hasCritical ? ["critical" as const] : []);
  useEffect(() => {
    if (view.kinds === null && chosen !== null && !isFailed)
      go(addressOf({...view, kinds: chosen}), {isReplaced: true});
  }, [view.kinds === null, chosen?.join()]);
  return chosen;
}

/** When the machines in view were last reviewed, for the range since then; undefined while it is not known. */
function useLastReview(view: View): string | null | undefined {
  const isAsked = view.preset === "since-review";
  const key = isAsked ? `last review ${view.machines.join(",")}` : null;
  const {answer} = useRead<{readonly at: string | null}>(
    key,
    async (signal) => {
      const query = queryOf({machines: view.machines, types: ["review"]}, {pageSize: REVIEWS_LOOKED_AT});
      const {items} = await get<Page<AuditSearchItem>>(`/api/audit/v1/entries${query.replace("machine=&", "")}`, {
        signal,
      });
      return {at: items.find(({body}) => body?.kind === "reviewed")?.time.utc ?? null};
    },
    {isKept: false},
  );
  if (!isAsked || answer.state === "failed") return null;
  return answer.state === "ready" ? answer.value.at : undefined;
}

// All kinds are drawn: alarms and batches stand on the same axis as the changes that one looks at.
function densityPath(filter: ReturnType<typeof filterOf> | null): string | null {
  if (filter === null) return null;
  const {kinds: _, ...rest} = filter;
  return `/api/audit/v1/entries/density${queryOf(rest, {buckets: BUCKETS})}`;
}
