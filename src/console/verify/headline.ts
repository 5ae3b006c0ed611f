import {count, utcTime} from "../format.ts";
import type {Mood} from "../parts/state.tsx";
import type {CheckedFile} from "./checking.ts";
import type {Unreadable} from "./given.ts";
import {WORDS} from "./words.ts";

export interface Headline {
  readonly mood: Mood;
  readonly sentence: string;
  /** How far the anchors reach; null when that says nothing. */
  readonly beside: string | null;
}

/** The one sentence over everything that was given: the worst of the files decides. */
export function headlineOf(
  {files, unreadable}: {files: readonly CheckedFile[]; unreadable: readonly Unreadable[]},
  locale: "en" | "de",
): Headline {
  const {headlines, anchoredUntil} = WORDS[locale];
  const verdicts = files.map(({verdict}) => verdict);
  const bad = verdicts.filter(({state}) => state === "invalid").length + unreadable.length;
  const all = files.length + unreadable.length;
  if (all === 0) return {mood: "none", sentence: headlines.nothing, beside: null};
  if (bad > 0) return {mood: "bad", sentence: headlines.invalid(count(bad, locale), count(all, locale)), beside: null};
  const good = verdicts.filter((verdict) => verdict.state !== "invalid");
  const entries = count(
    good.reduce((sum, verdict) => sum + verdict.entries.length, 0),
    locale,
  );
  if (good.some(({state}) => state === "consistent"))
    return {mood: "wait", sentence: headlines.consistent(entries), beside: null};
  if (good.some(({state}) => state === "waiting"))
    return {mood: "wait", sentence: headlines.waiting(entries), beside: null};
  const last = good.reduce((latest, {anchor}) => (anchor!.time > latest.time ? anchor! : latest), good[0]!.anchor!);
  return {
    mood: "good",
    sentence: headlines.verified(entries),
    beside: anchoredUntil(utcTime(last.time), count(last.milestoneIndex, locale)),
  };
}
