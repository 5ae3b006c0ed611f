import type {ComponentChildren} from "preact";
import {useState} from "preact/hooks";
import {Refusal} from "../api.ts";
import {wordsIn} from "../language.ts";

const WORDS = {
  en: {unreachable: "The gateway does not answer. Check that it runs, then try again."},
  de: {unreachable: "Das Gateway antwortet nicht. Prüfen, ob es läuft, dann noch einmal versuchen."},
};

/** A sentence for whatever went wrong. */
export function sentenceOfFailure(error: unknown): string {
  if (error instanceof Refusal && error.status === 0) return wordsIn(WORDS).unreachable;
  return error instanceof Error ? error.message : String(error);
}

/** A labelled input. `hint` stands below it and is read with it. */
export function Field({
  label,
  hint,
  children,
}: {
  label: string;
  hint?: string | undefined;
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children.
    <label class="field">
      <span>{label}</span>
      {children}
      {hint === undefined ? null : <span class="small quiet">{hint}</span>}
    </label>
  );
}

export interface FormProps {
  readonly onSubmit: () => Promise<unknown>;
  readonly button: string;
  readonly isDanger?: boolean;
  readonly isReady?: boolean;
  /** Sentences for statuses whose own sentence would not help here. */
  readonly sentences?: Readonly<Record<number, string | ((refusal: Refusal) => string)>>;
  readonly children?: ComponentChildren;
  /** Beside the button. */
  readonly beside?: ComponentChildren;
}

/** A form that sends once at a time and shows why it was refused. */
export function Form({onSubmit, button, isDanger, isReady = true, sentences, children, beside}: FormProps) {
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    setProblem("");
    try {
      await onSubmit();
    } catch (error) {
      const own = error instanceof Refusal ? sentences?.[error.status] : undefined;
      setProblem(typeof own === "function" ? own(error as Refusal) : (own ?? sentenceOfFailure(error)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void send();
      }}
    >
      {children}
      <div role="alert">{problem === "" ? null : <p class="problem">{problem}</p>}</div>
      <div class="row">
        <button class={isDanger ? "button danger" : "button"} type="submit" disabled={isBusy || !isReady}>
          {button}
        </button>
        {beside}
      </div>
    </form>
  );
}
