// Figures and times as people read them. Pure: language and the time of now come as arguments.

import type {Reading} from "../client/index.ts";

export type Locale = "en" | "de";

/** Between a figure and its unit: narrow, and never broken over a line. */
export const THIN_SPACE = "\u202f";
const SIGNIFICANT_LIVE = 3;
const DAY_MS = 86_400_000;

const formatters = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function numbers(locale: Locale, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n${locale}${JSON.stringify(options)}`;
  const known = formatters.get(key) as Intl.NumberFormat | undefined;
  if (known !== undefined) return known;
  const made = new Intl.NumberFormat(locale, options);
  formatters.set(key, made);
  return made;
}

function times(locale: Locale, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `t${locale}${JSON.stringify(options)}`;
  const known = formatters.get(key) as Intl.DateTimeFormat | undefined;
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(locale === "en" ? "en-GB" : locale, options);
  formatters.set(key, made);
  return made;
}

/** A whole number with its thousands apart. */
export function count(value: number, locale: Locale): string {
  return numbers(locale, {maximumFractionDigits: 0}).format(value);
}

/** A measured figure: three significant digits, and never fewer than the digits before the point. */
export function liveFigure(value: number, locale: Locale): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 10 ** SIGNIFICANT_LIVE) return count(value, locale);
  return numbers(locale, {maximumSignificantDigits: SIGNIFICANT_LIVE}).format(value);
}

/** A figure as exact as it came. */
export function exactFigure(value: number, locale: Locale): string {
  return numbers(locale, {maximumSignificantDigits: 15}).format(value);
}

/** Bytes in the unit that reads best, decimal as disks are sold. */
export function bytes(value: number, locale: Locale): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${liveFigure(scaled, locale)}${THIN_SPACE}${units[unit]}`;
}

/** A reading's value in words and figures, without its unit. `values`: words for the numbers of an enumeration. */
export function readingText(
  value: Reading["value"],
  locale: Locale,
  {values, isExact = false}: {values?: Readonly<Record<string, string>> | undefined; isExact?: boolean} = {},
): string {
  if (value === null) return "–";
  const word = values?.[String(value)];
  if (word !== undefined) return word;
  if (typeof value === "number") return isExact ? exactFigure(value, locale) : liveFigure(value, locale);
  if (typeof value === "boolean") return value ? {en: "on", de: "ein"}[locale] : {en: "off", de: "aus"}[locale];
  return value;
}

/** Time of day with seconds. */
export function clockTime(utc: string | number, locale: Locale): string {
  return times(locale, {hour: "2-digit", minute: "2-digit", second: "2-digit"}).format(new Date(utc));
}

/** Hour and minute. */
export function shortTime(utc: string | number, locale: Locale): string {
  return times(locale, {hour: "2-digit", minute: "2-digit"}).format(new Date(utc));
}

/** Day and time of day; the day is left out when it is `now`'s. */
export function dayAndTime(utc: string | number, locale: Locale, now: number): string {
  const date = new Date(utc);
  if (date.toDateString() === new Date(now).toDateString()) return clockTime(utc, locale);
  return times(locale, {
    day: "2-digit",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).format(date);
}

export function day(utc: string | number, locale: Locale): string {
  return times(locale, {day: "2-digit", month: "short", year: "numeric"}).format(new Date(utc));
}

/** The same instant in UTC, to the millisecond, for an auditor. */
export function utcTime(utc: string | number): string {
  return new Date(utc).toISOString().replace("T", " ").replace("Z", " UTC");
}

/** How long ago in the coarsest unit that says enough: "12 s", "4 min", "3 h", "2 days". */
export function age(ms: number, locale: Locale): string {
  const whole = Math.max(0, ms);
  if (whole < 60_000) return `${count(Math.floor(whole / 1000), locale)}${THIN_SPACE}s`;
  if (whole < 3_600_000) return `${count(Math.floor(whole / 60_000), locale)}${THIN_SPACE}min`;
  if (whole < 2 * DAY_MS) return `${count(Math.floor(whole / 3_600_000), locale)}${THIN_SPACE}h`;
  return `${count(Math.floor(whole / DAY_MS), locale)}${THIN_SPACE}${{en: "days", de: "Tage"}[locale]}`;
}

/** The first characters of an id: enough to tell two apart on one page; the whole is copied, never read. */
export function shortId(id: string): string {
  return id.length <= 14 ? id : `${id.slice(0, 10)}…`;
}
