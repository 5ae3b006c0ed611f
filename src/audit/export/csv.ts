// The export as CSV: RFC 4180 with a byte order mark, so that spreadsheets read UTF-8. Lines that begin with # tell what it is; then
// one line of column names, then one line an entry.

import {stringify} from "csv-stringify/sync";
import type {AuditExportFacts, AuditSearchItem} from "../../client/index.ts";
import {createLocalTime} from "./local-time.ts";
import {type Cell, cellOf, detailsOf, whoOf} from "./row.ts";
import {factPairs, verdictPairs, type Words, wordsIn} from "./words.ts";

const BYTE_ORDER_MARK = "\ufeff";
/** Rows that are written at once: the writer of a row costs more than the row. */
const ROWS_PER_PIECE = 128;
// A spreadsheet takes such a cell for a formula and runs it: OWASP, "CSV Injection". The full-width forms are read alike.
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/** The export as text, piece by piece. */
export async function* writeCsv(
  facts: AuditExportFacts,
  entries: AsyncIterable<AuditSearchItem>,
): AsyncGenerator<string, void, undefined> {
  const words = wordsIn(facts.language);
  const localTime = createLocalTime(facts.timeZone);
  const blanks = words.csvColumns.slice(1).map(() => "");
  const pairs = [["Tanglegate", words.title] as const, ...factPairs(facts), ...verdictPairs(facts)];
  const remarks = pairs.map(([label, value]) => [remarkOf(`${label}: ${value}`), ...blanks]);
  yield BYTE_ORDER_MARK + linesOf([...remarks, words.csvColumns]);
  let rows: Cell[][] = [];
  for await (const entry of entries) {
    rows.push(rowOf(entry, words, localTime));
    if (rows.length < ROWS_PER_PIECE) continue;
    yield linesOf(rows);
    rows = [];
  }
  if (rows.length > 0) yield linesOf(rows);
}

function rowOf(entry: AuditSearchItem, words: Words, localTime: (utc: string) => string): Cell[] {
  const {time, change, review, erased, body} = entry;
  const {name, role} = whoOf(entry);
  return [
    entry.machine,
    entry.seq,
    localTime(time.utc),
    time.utc,
    time.synced ? words.yes : words.no,
    time.source,
    time.uncertaintyMs,
    time.recorded ?? null,
    name,
    role,
    entry.kind,
    entry.type,
    entry.subject,
    cellOf(change?.old),
    cellOf(change?.new),
    change?.unit ?? null,
    entry.reason,
    entry.corrects,
    erased !== null
      ? words.erased(erased.by, erased.at, erased.reason)
      : body === null
        ? words.removed
        : detailsOf(entry),
    words.states[entry.state],
    review.state,
    review.state === "open" ? null : review.by,
    entry.leafHash,
  ];
}

/** Records, each ended by CR LF. A text that a spreadsheet would run is led by an apostrophe; numbers are none. */
export function linesOf(rows: readonly (readonly Cell[])[]): string {
  return stringify(
    rows.map((cells) => cells.map(guard)),
    {record_delimiter: "windows", cast: {boolean: (value) => String(value)}},
  );
}

function guard(cell: Cell): Cell {
  return typeof cell === "string" && FORMULA.test(cell) ? `'${cell}` : cell;
}

// Without comma, quote and line break a remark is not quoted, so that its line begins with # for every reader that passes over such lines.
function remarkOf(text: string): string {
  return `# ${text.replaceAll(",", ";").replaceAll('"', "'").replace(/\s+/g, " ")}`;
}
