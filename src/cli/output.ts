/** Where a command writes: a person's terminal, a pipe, or a program that asked for JSON. */
export interface Output {
  readonly isJson: boolean;
  /** Plain text on standard output; nothing with --json. */
  line(text: string): void;
  /** One finished step of long work. */
  step(name: string, text: string): void;
  /** How far long work is, in place; only on a terminal. An empty text takes it away. */
  progress(text: string): void;
  /** A name and its value. */
  fact(name: string, value: string): void;
  /** A state word in its colour on a terminal. */
  state(word: string): string;
  table(columns: readonly string[], rows: readonly (readonly string[])[]): void;
  /** The answer as one JSON document, only with --json. */
  json(value: unknown): void;
  /** A sentence on standard error. */
  error(sentence: string): void;
}

const GREEN = 32;
const YELLOW = 33;
const RED = 31;
const COLOURS: Readonly<Record<string, number>> = {
  verified: GREEN,
  confirmed: GREEN,
  connected: GREEN,
  good: GREEN,
  ok: GREEN,
  waiting: YELLOW,
  pending: YELLOW,
  connecting: YELLOW,
  stale: YELLOW,
  broken: RED,
  conflicting: RED,
  fault: RED,
  bad: RED,
};

export function createOutput(isJson: boolean): Output {
  const hasColour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const paint = (code: number, text: string) => (hasColour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const state = (word: string) => (COLOURS[word] === undefined ? word : paint(COLOURS[word], word));
  const line = (text: string) => {
    if (!isJson) process.stdout.write(`${visible(text)}\n`);
  };
  return {
    isJson,
    line,
    step: (name, text) => line(`${paint(GREEN, "ok")}  ${name.padEnd(12)} ${text}`),
    progress: (text) => {
      // On standard error, so that what is piped away stays clean.
      if (process.stderr.isTTY === true && !isJson) process.stderr.write(`\r\u001b[K${text}`);
    },
    fact: (name, value) => line(`${name.padEnd(12)} ${value}`),
    state,
    table: (columns, rows) => {
      const shown = rows.map((row) => row.map(oneLine));
      const widths = columns.map((column, index) =>
        Math.max(column.length, ...shown.map((row) => (row[index] ?? "").length)),
      );
      const format = (cells: readonly string[], paintCell: (cell: string) => string) =>
        cells
          .map((cell, index) => paintCell(cell) + " ".repeat(widths[index]! - cell.length))
          .join("  ")
          .trimEnd();
      line(format(columns, (cell) => cell.toUpperCase()));
      for (const row of shown) line(format(row, state));
    },
    json: (value) => {
      if (isJson) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    error: (sentence) => {
      process.stderr.write(`${paint(RED, "error")}: ${visible(sentence)}\n`);
    },
  };
}

// Our own colours, and what a terminal would obey: a proof from somebody else must not be able to write a verdict of its own.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const OBEYED = /(\u001b\[(?:0|31|32|33)m)|[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

function visible(text: string): string {
  return text.replace(OBEYED, (character, colour) => colour ?? escaped(character));
}

/** Text of others in one line, without anything that a terminal obeys. */
export function oneLine(text: string): string {
  return visible(text.replaceAll("\n", "\\n"));
}

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

/** A duration in seconds with one decimal. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
