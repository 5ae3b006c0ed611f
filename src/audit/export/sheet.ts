// The layout of the paper export: a front part, a table whose head is repeated on each page, a foot that says where the export is recorded.

import type {AuditExportFacts} from "../../client/index.ts";
import {breakLines} from "./line-break.ts";
import type {Font, Ink, Paper} from "./paper.ts";
import {factPairs, type PdfColumn, verdictPairs, type Words} from "./words.ts";

/** A paragraph of a cell. */
export interface CellText {
  readonly text: string;
  readonly font?: Font;
  readonly ink?: Ink;
}

export interface Sheet {
  /** Title, facts, verdicts, and the head of the table. */
  front(): void;
  /** One entry. True when it began a new page. */
  row(cells: readonly (readonly CellText[])[]): boolean;
  /** A line in place of rows. */
  note(text: string): void;
  /** Ends the last page. */
  foot(): void;
}

// Points.
const SIZE = 7.5;
const LINE = 9.5;
const PADDING = 3.5;
const TITLE_SIZE = 20;
const FACT_SIZE = 9;
const FACT_LINE = 13;
const LABEL_WIDTH = 100;
const FOOT_SIZE = 6.5;
const FOOT_HEIGHT = 24;
const PAGE_NUMBER_WIDTH = 60;
/** Lines of one paragraph; a longer text ends in three dots, and is whole in CSV and JSON. */
const LINES_MAX = 6;
/** Widths of the columns: together the page between its margins. */
const COLUMNS: readonly (readonly [PdfColumn, number])[] = [
  ["time", 128],
  ["who", 82],
  ["machine", 84],
  ["what", 206],
  ["change", 112],
  ["reason", 84],
  ["state", 73],
];

export function createSheet(paper: Paper, facts: AuditExportFacts, words: Words): Sheet {
  const left = paper.margin;
  const inner = paper.width - 2 * paper.margin;
  const bottom = paper.height - paper.margin - FOOT_HEIGHT;
  let page = 1;
  let rowsOfPage = 0;
  let y = paper.margin;

  const broken = (text: string, options: {width: number; font?: Font; size: number; linesMax?: number}) =>
    breakLines(paper.spell(text), {
      width: options.width,
      widthOf: (part) => paper.widthOf(part, options.font ?? "plain", options.size),
      linesMax: options.linesMax ?? LINES_MAX,
    });

  const foot = () => {
    const top = paper.height - paper.margin - FOOT_HEIGHT + 6;
    const {machine, seq} = facts.recordedAs;
    const recorded = `${facts.site}, ${facts.exportedAt}. ${words.labels.recorded}: ${words.recordedAs(machine, seq)}.`;
    paper.rule(top);
    for (const [i, text] of [recorded, words.howToCheck].entries()) {
      const [line] = broken(text, {width: inner - PAGE_NUMBER_WIDTH, size: FOOT_SIZE, linesMax: 1});
      paper.text(line!, {x: left, y: top + (i + 1) * (FOOT_SIZE + 2), size: FOOT_SIZE, ink: "quiet"});
    }
    const number = words.page(page);
    const x = left + inner - paper.widthOf(number, "plain", SIZE);
    paper.text(number, {x, y: top + FOOT_SIZE + 2, size: SIZE, ink: "quiet"});
  };

  /** Begins a new page when the rest of this one is too short. */
  const room = (height: number): boolean => {
    if (y + height <= bottom) return false;
    foot();
    paper.turn();
    page++;
    y = paper.margin;
    return true;
  };

  const head = () => {
    let x = left + PADDING;
    for (const [column, width] of COLUMNS) {
      paper.text(words.pdfColumns[column], {x, y: y + LINE, font: "bold", size: SIZE, ink: "quiet"});
      x += width;
    }
    y += LINE + 2 * PADDING;
    paper.rule(y);
    rowsOfPage = 0;
  };

  const pairs = (given: readonly (readonly [string, string])[]) => {
    for (const [label, value] of given) {
      const lines = broken(value, {width: inner - LABEL_WIDTH, size: FACT_SIZE});
      const [name] = broken(label, {width: LABEL_WIDTH - PADDING, size: FACT_SIZE, linesMax: 1});
      room(lines.length * FACT_LINE);
      paper.text(name!, {x: left, y: y + FACT_LINE, size: FACT_SIZE, ink: "quiet"});
      for (const line of lines) {
        y += FACT_LINE;
        paper.text(line, {x: left + LABEL_WIDTH, y, size: FACT_SIZE});
      }
    }
  };

  return {
    front: () => {
      y += TITLE_SIZE;
      paper.text(paper.spell(`${words.title}: ${facts.site}`), {x: left, y, font: "bold", size: TITLE_SIZE});
      y += PADDING;
      pairs(factPairs(facts));
      y += 2 * FACT_LINE;
      paper.text(words.labels.verdicts, {x: left, y, font: "bold", size: FACT_SIZE});
      pairs(verdictPairs(facts));
      room(9 * LINE);
      y += FACT_LINE;
      for (const text of [words.howToCheck, words.otherCharacters])
        paper.text(text, {x: left, y: (y += LINE + 1), size: SIZE, ink: "quiet"});
      y += FACT_LINE;
      head();
    },
    row: (cells) => {
      const lines = cells.map((paragraphs, i) =>
        paragraphs.flatMap(({text, ...style}) =>
          broken(text, {width: COLUMNS[i]![1] - 2 * PADDING, size: SIZE, ...style}).map((line) => ({line, style})),
        ),
      );
      const height = Math.max(...lines.map(({length}) => length)) * LINE + 2 * PADDING;
      const isNewPage = room(height);
      if (isNewPage) head();
      if (rowsOfPage++ % 2 === 1) paper.band(y + 0.5, height);
      let x = left + PADDING;
      for (const [i, cell] of lines.entries()) {
        for (const [j, {line, style}] of cell.entries())
          paper.text(line, {x, y: y + PADDING + (j + 1) * LINE - 2, size: SIZE, ...style});
        x += COLUMNS[i]![1];
      }
      y += height;
      return isNewPage;
    },
    note: (text) => {
      y += 2 * FACT_LINE;
      paper.text(text, {x: left + PADDING, y, size: FACT_SIZE});
    },
    foot,
  };
}
