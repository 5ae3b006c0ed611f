import {GatewayError} from "../errors.ts";

/** A whole number a person typed, within bounds. Errors: `cli/number` naming the option. */
export function wholeNumber(text: string, option: string, {from = 0, to = Number.MAX_SAFE_INTEGER} = {}): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  const bounds = to === Number.MAX_SAFE_INTEGER ? `from ${from}` : `from ${from} to ${to}`;
  throw new GatewayError("cli/number", `${option} must be a whole number ${bounds}, not "${text}".`, {option});
}

/** A time a person typed, RFC 3339. Errors: `cli/time` naming the option. */
export function timeOf(text: string, option: string): string {
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text))) return new Date(text).toISOString();
  throw new GatewayError("cli/time", `${option} must be a time such as 2026-11-20T08:00:00Z, not "${text}".`, {option});
}

// Options in front of a command that take a value, which may be a command's name: --home run.
const WITH_VALUE: readonly string[] = ["--home", "--url"];

/** The command among the words of a command line; undefined when there is none of the known ones. */
export function commandIn(words: readonly string[], commands: readonly string[]): string | undefined {
  return words.find((word, index) => commands.includes(word) && !WITH_VALUE.includes(words[index - 1] ?? ""));
}
