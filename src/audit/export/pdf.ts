// The export on paper: what it is and the verdict over each machine, then the table. Written page by page; nothing that is written stays.

import type {AuditExportFacts, AuditSearchItem} from "../../client/index.ts";
import {createLocalTime} from "./local-time.ts";
import {createPaper} from "./paper.ts";
import {cellOf, detailsOf, whoOf} from "./row.ts";
import {type CellText, createSheet} from "./sheet.ts";
import {type Words, wordsIn} from "./words.ts";

/** The export as the bytes of a PDF, piece by piece. */
export async function* writePdf(
  facts: AuditExportFacts,
  entries: AsyncIterable<AuditSearchItem>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const words = wordsIn(facts.language);
  const localTime = createLocalTime(facts.timeZone);
  const paper = createPaper({
    title: `${words.title}: ${facts.site}`,
    author: facts.exportedBy,
    at: Date.parse(facts.exportedAt),
    language: facts.language,
  });
  const sheet = createSheet(paper, facts, words);
  sheet.front();
  let isEmpty = true;
  for await (const entry of entries) {
    isEmpty = false;
    if (sheet.row(cellsOf(entry, words, localTime))) yield* paper.take();
  }
  if (isEmpty) sheet.note(words.nothing);
  sheet.foot();
  yield* paper.end();
}

/** Paragraphs of each column, in the order of the columns. */
function cellsOf(
  entry: AuditSearchItem,
  words: Words,
  localTime: (utc: string) => string,
): readonly (readonly CellText[])[] {
  const {time, change, reason, review} = entry;
  const {name, role} = whoOf(entry);
  return [
    [
      {text: localTime(time.utc).replace("T", " "), font: "bold"},
      {text: time.utc, ink: "quiet"},
      ...(time.synced ? [] : [{text: words.clockOff, ink: "wait"} as const]),
    ],
    [{text: name}, ...(role === null ? [] : [{text: role, ink: "quiet"} as const])],
    [{text: entry.machine}, {text: `${entry.seq}`, ink: "quiet"}],
    whatOf(entry, words),
    change === null
      ? []
      : [{text: `${shown(change.old)} -> ${shown(change.new)}${change.unit === null ? "" : ` ${change.unit}`}`}],
    reason === null ? [] : [{text: reason}],
    [
      {text: words.states[entry.state], ink: entry.state === "verified" ? "good" : "wait"},
      ...(review.state === "open"
        ? []
        : [{text: `${words.reviews[review.state]} ${review.by}`, ink: "quiet"} as const]),
    ],
  ];
}

function whatOf(entry: AuditSearchItem, words: Words): readonly CellText[] {
  const {type, subject, corrects, erased, body} = entry;
  const details = detailsOf(entry);
  return [
    {text: subject === null ? type : `${type}: ${subject}`, font: "bold"},
    ...(corrects === null ? [] : [{text: words.corrects(corrects)}]),
    ...(details === null ? [] : [{text: details, ink: "quiet"} as const]),
    ...(body !== null
      ? []
      : [{text: erased === null ? words.removed : words.erased(erased.by, erased.at, erased.reason)}]),
  ];
}

function shown(value: unknown): string {
  const cell = cellOf(value);
  return cell === null ? "-" : String(cell);
}
