import type {ProofStep, StepState} from "../../audit/pure.ts";
import {wordsIn} from "../language.ts";
import {Icon, type IconName} from "../parts/icon.tsx";
import {WORDS} from "./words.ts";

const MARKS: Readonly<Record<StepState, IconName>> = {
  holds: "good",
  fails: "bad",
  unknown: "wait",
  waiting: "wait",
  open: "none",
};
const MOODS: Readonly<Record<StepState, string>> = {
  holds: "good",
  fails: "bad",
  unknown: "wait",
  waiting: "wait",
  open: "none",
};

/** The chain of a proof, link by link, each with its mark and a word. */
export function Steps({steps}: {steps: readonly ProofStep[]}) {
  const words = wordsIn(WORDS);
  const sentence = ({name, state, facts}: ProofStep) => {
    if (state === "unknown") return name === "milestone" ? words.unknownMilestone : words.unknownKey;
    if (state === "fails") return words.faults[name];
    const texts = Object.entries(facts).map(([fact, value]) => [fact, String(value)]);
    return words.steps[name](Object.fromEntries(texts));
  };
  return (
    <ol class="verify-steps">
      {steps.map((step) => (
        <li key={step.name} class={MOODS[step.state]} data-step={step.name} data-state={step.state}>
          <Icon name={MARKS[step.state]} size={18} />
          <span class="verify-step-words">{sentence(step)}</span>
          <span class="small verify-step-state">{words.stepStates[step.state]}</span>
        </li>
      ))}
    </ol>
  );
}
