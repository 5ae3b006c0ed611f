import {effect, signal} from "@preact/signals";

export type Language = "en" | "de";

const KEPT = "tanglegate.language";

/** The language of the pages: what the person chose, else what the browser asks for. */
export const language = signal<Language>(initial());

effect(() => {
  document.documentElement.lang = language.value;
});

/** Chooses a language and keeps the choice in this browser. */
export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  try {
    localStorage.setItem(KEPT, chosen);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

/** Words of a page in the language of now; a component that calls this is drawn again when the language changes. */
export function wordsIn<Words>(words: Readonly<Record<Language, Words>>): Words {
  return words[language.value];
}

function initial(): Language {
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept === "en" || kept === "de") return kept;
  } catch {
    // As above.
  }
  return navigator.language.toLowerCase().startsWith("de") ? "de" : "en";
}
