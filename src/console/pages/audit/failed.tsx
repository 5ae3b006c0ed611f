import {wordsIn} from "../../language.ts";
import {sentenceOfFailure} from "../../parts/form.tsx";
import {WORDS} from "./words.ts";

/** A part that could not be read: said as such, never as if something were wrong with the entries. */
export function Failed({error, again}: {error: unknown; again: () => void}) {
  const words = wordsIn(WORDS);
  return (
    <div class="failed small" role="status">
      <p>
        {words.failed} {sentenceOfFailure(error)}
      </p>
      <button class="button plain" type="button" onClick={again}>
        {words.again}
      </button>
    </div>
  );
}
