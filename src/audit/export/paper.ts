// Pages of an A4 PDF, written one after the other: a page that is full leaves the process. Text is put at its place by the operators of
// PDF 32000-1, 9.4, because the layout engine of pdfkit costs thirty times as much a word, and a table of a year has millions.

import PDFDocument from "pdfkit";
import {toWinAnsiText, WIN_ANSI, winAnsiHex} from "./win-ansi.ts";

export type Font = "plain" | "bold";
export type Ink = "text" | "quiet" | "line" | "good" | "wait" | "bad";

export interface Paper {
  /** Points: A4, landscape. */
  readonly width: number;
  readonly height: number;
  readonly margin: number;
  /** A text in the characters that paper has: what is measured, broken and drawn. */
  spell(text: string): string;
  /** Width in points of a text as `spell` gives it. */
  widthOf(text: string, font: Font, size: number): number;
  /** Draws a text as `spell` gives it. `x` from the left, `y` of the base line from above. */
  text(text: string, place: {x: number; y: number; font?: Font; size: number; ink?: Ink}): void;
  rule(y: number): void;
  /** A band behind a row. */
  band(y: number, height: number): void;
  /** Begins the next page. What is behind it can be taken. */
  turn(): void;
  /** Bytes that are written since the last call. */
  take(): Uint8Array[];
  /** Ends the document: what is left of it. */
  end(): Uint8Array[];
}

const FONTS: Readonly<Record<Font, string>> = {plain: "Helvetica", bold: "Helvetica-Bold"};
const RESOURCES: Readonly<Record<Font, string>> = {plain: "F1", bold: "F2"};
const INKS: Readonly<Record<Ink, string>> = {
  text: "0.09 0.13 0.12 rg",
  quiet: "0.33 0.38 0.37 rg",
  line: "0.85 0.87 0.87 rg",
  good: "0.04 0.42 0.27 rg",
  wait: "0.54 0.32 0 rg",
  bad: "0.70 0.15 0.12 rg",
};
const MARGIN = 36;

/** Begins a document. `at`: its date, in milliseconds since 1970. */
export function createPaper({
  title,
  author,
  at,
  language,
}: {
  title: string;
  author: string;
  at: number;
  language: string;
}): Paper {
  const doc = new PDFDocument({
    size: "A4",
    layout: "landscape",
    margin: MARGIN,
    autoFirstPage: false,
    bufferPages: false,
    lang: language,
    displayTitle: true,
    info: {Title: title, Author: author, Creator: "Tanglegate", Producer: "Tanglegate", CreationDate: new Date(at)},
  });
  const widths = {plain: widthsOf(doc, "plain"), bold: widthsOf(doc, "bold")};
  // One piece of content a page: each that is handed over costs a buffer.
  let operators: string[] = [];
  const finishPage = () => {
    doc.addContent(operators.join("\n"));
    operators = [];
  };
  const addPage = () => {
    doc.addPage();
    // Puts both fonts, F1 and F2, among the resources of the page.
    for (const font of Object.values(FONTS)) doc.font(font).fontSize(1).text(" ", 0, 0, {lineBreak: false});
  };
  addPage();
  const {width, height} = doc.page;
  const take = () => {
    const chunks: Uint8Array[] = [];
    for (let chunk: unknown; (chunk = doc.read()) !== null; ) chunks.push(chunk as Uint8Array);
    return chunks;
  };
  return {
    width,
    height,
    margin: MARGIN,
    spell: toWinAnsiText,
    widthOf: (text, font, size) => {
      const known = widths[font];
      let sum = 0;
      for (let i = 0; i < text.length; i++) sum += known[text.charCodeAt(i)]!;
      return (sum * size) / WIDTH_SIZE;
    },
    text: (text, {x, y, font = "plain", size, ink = "text"}) => {
      const hex = winAnsiHex(text);
      // The page is drawn from above downwards; the minus turns letters upright again.
      operators.push(
        `${INKS[ink]} BT /${RESOURCES[font]} ${size} Tf 1 0 0 -1 ${x.toFixed(2)} ${y.toFixed(2)} Tm <${hex}> Tj ET`,
      );
    },
    rule: (y) => {
      operators.push(`${INKS.line} ${MARGIN} ${y.toFixed(2)} ${(width - 2 * MARGIN).toFixed(2)} 0.5 re f`);
    },
    band: (y, bandHeight) => {
      operators.push(
        `0.96 0.97 0.97 rg ${MARGIN} ${y.toFixed(2)} ${(width - 2 * MARGIN).toFixed(2)} ${bandHeight.toFixed(2)} re f`,
      );
    },
    turn: () => {
      finishPage();
      addPage();
    },
    take,
    end: () => {
      finishPage();
      doc.end();
      return take();
    },
  };
}

const WIDTH_SIZE = 1_000;

/** Width of each character of the font at 1,000 points, by its UTF-16 code. */
function widthsOf(doc: PDFKit.PDFDocument, font: Font): Float64Array {
  doc.font(FONTS[font]).fontSize(WIDTH_SIZE);
  const widths = new Float64Array(Math.max(...WIN_ANSI.map((character) => character.charCodeAt(0))) + 1);
  for (const character of WIN_ANSI) widths[character.charCodeAt(0)] = doc.widthOfString(character);
  return widths;
}
