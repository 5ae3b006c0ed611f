// The verdict over a machine in words: the same on every page.

import type {MachineVerdict} from "../../client/index.ts";
import {age, count, dayAndTime} from "../format.ts";
import {language, wordsIn} from "../language.ts";
import {now} from "../live.ts";
import type {Mood} from "./state.tsx";

const WORDS = {
  en: {
    verified: "verified",
    waiting: "waiting for its anchor",
    broken: (seq: string) => `broken at entry ${seq}`,
    entries: (entries: string, isOne: boolean) => (isOne ? "One entry." : `${entries} entries.`),
    anchored: (time: string, milestone: string) => `Last anchored ${time}, milestone ${milestone}.`,
    never: "Not anchored yet.",
    checked: (ago: string) => `Everything on disk checked ${ago} ago.`,
    unchecked: "Not checked on disk since the start.",
  },
  de: {
    verified: "geprüft",
    waiting: "wartet auf den Anker",
    broken: (seq: string) => `beschädigt ab Eintrag ${seq}`,
    entries: (entries: string, isOne: boolean) => (isOne ? "Ein Eintrag." : `${entries} Einträge.`),
    anchored: (time: string, milestone: string) => `Zuletzt verankert ${time}, Meilenstein ${milestone}.`,
    never: "Noch nicht verankert.",
    checked: (ago: string) => `Auf der Platte ganz geprüft vor ${ago}.`,
    unchecked: "Seit dem Start nicht auf der Platte geprüft.",
  },
};

export interface VerdictWords {
  readonly mood: Mood;
  /** "verified", "broken at entry 12". */
  readonly word: string;
  /** What differs, when broken. */
  readonly because: string | null;
  /** How many entries, when anchored. */
  readonly anchor: string;
  /** When everything on disk was last hashed again. */
  readonly checked: string;
}

export function verdictWords(verdict: MachineVerdict): VerdictWords {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const {broken, state, entries, lastAnchor, checkedAt} = verdict;
  const size = words.entries(count(entries, locale), entries === 1);
  const anchor =
    lastAnchor === null
      ? words.never
      : words.anchored(dayAndTime(lastAnchor.time, locale, now.value), count(lastAnchor.milestoneIndex, locale));
  return {
    mood: broken !== null ? "bad" : state === "verified" ? "good" : "wait",
    word:
      broken !== null ? words.broken(count(broken.seq, locale)) : state === "verified" ? words.verified : words.waiting,
    because: broken?.because ?? null,
    anchor: `${size} ${anchor}`,
    checked: checkedAt === null ? words.unchecked : words.checked(age(now.value - Date.parse(checkedAt), locale)),
  };
}
