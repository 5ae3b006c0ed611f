import {useEffect, useState} from "preact/hooks";
import {get, Refusal, readMe} from "../../api.ts";
import {age} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {State} from "../../parts/state.tsx";
import {enterNewSite, state} from "../../session.ts";
import {type Look, type Phase, phaseAfter} from "./rules.ts";
import {WORDS} from "./words.ts";

const LOOK_MS = 1_000;
const LATE_MS = 120_000;
const ANSWER_MS = 3_000;
const PHASES: readonly Phase[] = ["ending", "starting", "up"];

/** The gateway ends as the demo and starts as the site: how far it is, until it answers again. */
export function NewStart({onUp}: {onUp: () => Promise<void>}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const [phase, setPhase] = useState<Phase>("ending");
  const [sinceMs] = useState(() => Date.now());
  const [nowMs, setNowMs] = useState(sinceMs);
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const follow = async (before: Phase) => {
      const phase = phaseAfter(before, await look());
      if (isOver) return;
      setPhase(phase);
      setNowMs(Date.now());
      if (phase !== "up") {
        timer = setTimeout(() => void follow(phase), LOOK_MS);
        return;
      }
      await enterNewSite();
      if (state.value === "in") await onUp();
    };
    void follow("ending");
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, []);
  const current = PHASES.indexOf(phase);
  return (
    <div class="stack tight" role="status">
      <ol class="phases">
        {PHASES.map((name, place) => (
          <li key={name}>
            <State mood={place < current || phase === "up" ? "good" : place === current ? "wait" : "none"}>
              {words.phases[name]}
            </State>
          </li>
        ))}
      </ol>
      <p class="small quiet" aria-live="off">
        {words.takes(age(nowMs - sinceMs, locale))}
      </p>
      {nowMs - sinceMs > LATE_MS ? <p class="problem calm">{words.late}</p> : null}
    </div>
  );
}

async function look(): Promise<Look> {
  try {
    await get("/health", {timeoutMs: ANSWER_MS}).catch(ignoreRefused);
    await readMe();
    return "same-session";
  } catch (error) {
    return error instanceof Refusal && error.status > 0 && error.status < 500 ? "other-session" : "silent";
  }
}

// A node that is not in step yet answers, and that is what counts here.
function ignoreRefused(error: unknown): void {
  if (error instanceof Refusal && error.status === 0) throw error;
}
