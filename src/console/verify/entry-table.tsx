import {useState} from "preact/hooks";
import {changeOf, type Leaf, reasonOf} from "../../audit/pure.ts";
import {count, dayAndTime, utcTime} from "../format.ts";
import {language, wordsIn} from "../language.ts";
import {WORDS} from "./words.ts";

const ROWS_AT_FIRST = 50;
const ROWS_MORE = 500;

/** The entries that a proof holds: who did what, when, from which value to which. */
export function EntryTable({entries, bodies}: {entries: readonly Leaf[]; bodies: readonly (string | null)[]}) {
  const words = wordsIn(WORDS);
  const {columns} = words;
  const [shown, setShown] = useState(ROWS_AT_FIRST);
  const more = Math.min(ROWS_MORE, entries.length - shown);
  return (
    <>
      <table class="verify-entries">
        <thead>
          <tr>
            {Object.values(columns).map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {entries.slice(0, shown).map((leaf, i) => (
            <Row key={leaf.seq} leaf={leaf} body={bodies[i] ?? null} />
          ))}
        </tbody>
      </table>
      {more > 0 ? (
        <button class="button second verify-more" type="button" onClick={() => setShown(shown + more)}>
          {words.more(count(more, language.value))}
        </button>
      ) : null}
    </>
  );
}

function Row({leaf, body}: {leaf: Leaf; body: string | null}) {
  const words = wordsIn(WORDS);
  const {columns} = words;
  const value = body === null ? null : (JSON.parse(body) as Readonly<Record<string, unknown>>);
  const change = changeOf(value);
  const reason = reasonOf(value) ?? leaf.reasonCode ?? null;
  return (
    <tr>
      <td data-label={columns.entry}>{leaf.seq}</td>
      <td data-label={columns.time}>
        {dayAndTime(leaf.time.utc, language.value, 0)}
        <br />
        <span class="small quiet">{utcTime(leaf.time.utc)}</span>
        {leaf.time.synced ? null : <div class="small state wait">{words.clockOff}</div>}
      </td>
      <td data-label={columns.who}>
        {leaf.actorRef}
        {leaf.actorRole === undefined ? null : <div class="small quiet">{leaf.actorRole}</div>}
      </td>
      <td data-label={columns.what}>
        <strong>{leaf.type}</strong>
        {leaf.subject === null ? null : <div>{leaf.subject}</div>}
        {leaf.corrects === undefined ? null : <div class="small">{words.corrects(String(leaf.corrects))}</div>}
        {body === null ? (
          <div class="small quiet">{words.erased}</div>
        ) : (
          <details>
            <summary class="small">{words.raw}</summary>
            <pre>{JSON.stringify(value, null, 2)}</pre>
          </details>
        )}
      </td>
      <td data-label={columns.change}>
        {change === null ? null : (
          <span class="verify-change">
            {shownValue(change.old)} → <strong>{shownValue(change.new)}</strong> {change.unit}
          </span>
        )}
      </td>
      <td data-label={columns.reason}>{reason}</td>
    </tr>
  );
}

function shownValue(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
