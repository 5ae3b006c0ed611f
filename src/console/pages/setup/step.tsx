import type {ComponentChildren} from "preact";
import {wordsIn} from "../../language.ts";
import {WORDS} from "./words.ts";

/** One step: its number, what it is called, what there is to do. */
export function Step({number, title, children}: {number: number; title: string; children: ComponentChildren}) {
  const words = wordsIn(WORDS);
  return (
    <section class="setup-step" aria-labelledby={`step-${number}`}>
      <span class="number" aria-hidden="true">
        {number}
      </span>
      <div class="card stack">
        <h2 id={`step-${number}`}>
          <span class="unseen">{words.step(number)}: </span>
          {title}
        </h2>
        {children}
      </div>
    </section>
  );
}
