import {useEffect} from "preact/hooks";
import {count, dayAndTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now, onEvent, refresh, verdicts} from "../../live.ts";
import {pathTo} from "../../location.ts";
import {type Mood, State} from "../../parts/state.tsx";
import {OWN_LOG, type ProofStage, proofStage} from "./rules.ts";
import {WORDS} from "./words.ts";

const MOODS: Readonly<Record<ProofStage, Mood>> = {nothing: "wait", written: "wait", proven: "good", broken: "bad"};

/** The gateway's own log, from its first entry to the proof of it, as it happens. */
export function FirstProof() {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const verdict = verdicts.value.find(({machine}) => machine === OWN_LOG);
  const stage = proofStage(verdict);
  // With a milestone an anchor may be confirmed: the verdict is asked for at once, not at the next turn.
  useEffect(() => onEvent("milestone", () => void refresh()), []);
  const anchor = verdict?.lastAnchor ?? null;
  return (
    <>
      <div role="status" class="stack tight">
        <State mood={MOODS[stage]}>{words.proofStages[stage]}</State>
        {anchor === null ? null : (
          <p>{words.anchored(count(anchor.milestoneIndex, locale), dayAndTime(anchor.time, locale, now.value))}</p>
        )}
      </div>
      <p>{words.proofText}</p>
      {stage === "nothing" ? null : (
        <p>
          <a href={pathTo("audit", OWN_LOG)}>{words.seeProof}</a>
        </p>
      )}
    </>
  );
}
