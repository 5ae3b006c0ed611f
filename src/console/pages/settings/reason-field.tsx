import {wordsIn} from "../../language.ts";
import {Field} from "../../parts/form.tsx";
import {WORDS} from "./words.ts";

const REASON_MAX = 256;

/** Why something is done, for the audit trail. */
export function ReasonField({value, onInput}: {value: string; onInput: (reason: string) => void}) {
  const words = wordsIn(WORDS);
  return (
    <Field label={words.reason} hint={words.reasonHint}>
      <input maxLength={REASON_MAX} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
    </Field>
  );
}
