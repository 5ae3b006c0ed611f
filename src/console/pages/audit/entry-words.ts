// An entry as a person tells it: what happened, from what to what, who it was. Pure: the language comes as an argument.

import type {AuditEntry, AuditSearchItem} from "../../../client/index.ts";
import {exactFigure, type Locale, THIN_SPACE} from "../../format.ts";
import {pointLabel} from "../../parts/point-label.ts";
import {runsIn, runsText} from "./ranges.ts";
import {TYPE_WORDS} from "./type-words.ts";

const WORDS = {
  en: {
    on: "on",
    off: "off",
    entry: (runs: string, isOne: boolean) => `${isOne ? "entry" : "entries"} ${runs}`,
    reviews: {reviewed: "Reviewed", question: "Question", answer: "Answer", handover: "Handed over"},
    planEvery: (days: number) => `Review planned every ${days === 1 ? "day" : `${days} days`}`,
    planEnded: "Review plan ended",
    kinds: {token: "program", process: "part of the gateway", user: null, other: null},
    roles: {
      viewer: "viewer",
      reviewer: "reviewer",
      maintainer: "maintainer",
      operator: "operator",
      admin: "administrator",
      household: "household",
      token: "program",
      process: "part of the gateway",
    },
  },
  de: {
    on: "ein",
    off: "aus",
    entry: (runs: string, isOne: boolean) => `${isOne ? "Eintrag" : "Einträge"} ${runs}`,
    reviews: {reviewed: "Durchgesehen", question: "Frage", answer: "Antwort", handover: "Übergeben"},
    planEvery: (days: number) => `Durchsicht geplant ${days === 1 ? "jeden Tag" : `alle ${days} Tage`}`,
    planEnded: "Plan der Durchsicht beendet",
    kinds: {token: "Programm", process: "Teil des Gateways", user: null, other: null},
    roles: {
      viewer: "Betrachter",
      reviewer: "Prüfer",
      maintainer: "Instandhalter",
      operator: "Bediener",
      admin: "Administrator",
      household: "Haushalt",
      token: "Programm",
      process: "Teil des Gateways",
    },
  },
} satisfies Record<Locale, unknown>;

const FACTS_SHOWN = 3;
const TEXT_SHOWN = 80;

/** The type in words; one that nobody knows as its own words: "Recipe swap" of "critical.recipe-swap". */
export function typeWords(type: string, locale: Locale): string {
  const known: Readonly<Record<string, string>> = TYPE_WORDS[locale];
  if (Object.hasOwn(known, type)) return known[type]!;
  const own = type.replace(/^(critical|alarm|batch|access|other)\.(?=.)/, "").replaceAll(/[._-]+/g, " ");
  return own.charAt(0).toUpperCase() + own.slice(1);
}

/** A subject as a person reads it: "set temperature" of "setTemperature"; what has spaces or figures stays as it is. */
export function subjectWords(subject: string): string {
  return /^[a-z]+([A-Z][a-z]+)+$|^[a-z]+(_[a-z]+)+$/.test(subject)
    ? pointLabel({name: subject, description: null})
    : subject;
}

/** What happened, without the values: "Parameter changed: set temperature", "Reviewed: entries 3–9". */
export function sentenceOf(entry: Pick<AuditEntry, "type" | "subject" | "body">, locale: Locale): string {
  const words = WORDS[locale];
  const {type, subject, body} = entry;
  const runs = runsIn(body);
  const isOne = runs?.length === 1 && runs[0]![0] === runs[0]![1];
  const about = runs === null ? null : words.entry(runsText(runs), isOne);
  if (type === "review" && about !== null && typeof body?.kind === "string" && Object.hasOwn(words.reviews, body.kind))
    return `${words.reviews[body.kind as keyof typeof words.reviews]}: ${about}`;
  if (type === "review-plan" && typeof body?.everyDays === "number")
    return body.everyDays === 0 ? words.planEnded : words.planEvery(body.everyDays);
  const subjects = [
    subject === null || subject === "" ? null : subjectWords(subject),
    type === "redaction" ? about : null,
  ];
  const told = subjects.filter((part) => part !== null).join(", ");
  return told === "" ? typeWords(type, locale) : `${typeWords(type, locale)}: ${told}`;
}

export interface Change {
  /** Null: not named. */
  readonly old: string | null;
  readonly new: string | null;
}

/** From what to what, each with its unit; null when the entry names neither. */
export function changeOf({change}: Pick<AuditSearchItem, "change">, locale: Locale): Change | null {
  if (change === null || (change.old === null && change.new === null)) return null;
  const unit = change.unit === null ? "" : `${THIN_SPACE}${change.unit}`;
  const text = (value: unknown) => (value === null ? null : `${valueText(value, locale)}${unit}`);
  return {old: text(change.old), new: text(change.new)};
}

const TOLD_ELSEWHERE = new Set([
  ...["old", "new", "unit", "reason", "OldValue", "NewValue"],
  ...["entries", "kind", "everyDays", "legalBasis", "isActive"],
]);

/** The first facts of a body that names no change: "importTotal 1,204.5", at most three. */
export function factsOf({change, body}: Pick<AuditSearchItem, "change" | "body">, locale: Locale): readonly string[] {
  if (body === null || change !== null) return [];
  const unit = typeof body.unit === "string" ? `${THIN_SPACE}${body.unit}` : "";
  return Object.entries(body)
    .filter(([name, value]) => !TOLD_ELSEWHERE.has(name) && (typeof value !== "object" || value === null))
    .slice(0, FACTS_SHOWN)
    .map(([name, value]) => {
      const text = valueText(value, locale);
      // What a person wrote stands for itself.
      if (name === "comment") return text;
      return `${subjectWords(name)} ${text}${typeof value === "number" ? unit : ""}`;
    });
}

/** A value of a body in words and figures. */
export function valueText(value: unknown, locale: Locale): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return exactFigure(value, locale);
  if (typeof value === "boolean") return value ? WORDS[locale].on : WORDS[locale].off;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= TEXT_SHOWN ? text : `${text.slice(0, TEXT_SHOWN)}…`;
}

export interface Person {
  /** "anna" of "user:anna". */
  readonly name: string;
  /** In which role, in words; null when it is not known. */
  readonly role: string | null;
}

export function personOf({actor, actorRole}: Pick<AuditEntry, "actor" | "actorRole">, locale: Locale): Person {
  const [, kind, name] = /^([a-z]+):(.+)$/.exec(actor) ?? [null, "other", actor];
  const words = WORDS[locale];
  const roles: Readonly<Record<string, string>> = words.roles;
  const kinds: Readonly<Record<string, string | null>> = words.kinds;
  const role =
    actorRole == null ? (kinds[kind!] ?? null) : Object.hasOwn(roles, actorRole) ? roles[actorRole]! : actorRole;
  return {name: name!, role};
}
