import {useState} from "preact/hooks";
import type {SessionSummary} from "../../../client/index.ts";
import {remove} from "../../api.ts";
import {age, dayAndTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import {sentenceOfFailure} from "../../parts/form.tsx";
import {State} from "../../parts/state.tsx";
import {WORDS} from "./words.ts";

interface SessionTableProps {
  readonly sessions: readonly SessionSummary[];
  /** Whether they are of more than one person. */
  readonly hasPeople: boolean;
  readonly onEnded: () => Promise<void>;
}

/** Open sessions, each with a way to end it; the present one ends by logging out. */
export function SessionTable({sessions, hasPeople, onEnded}: SessionTableProps) {
  const words = wordsIn(WORDS).sessions;
  const locale = language.value;
  const [problem, setProblem] = useState("");
  const end = async (id: string) => {
    setProblem("");
    try {
      await remove(`/api/gateway/v1/sessions/${encodeURIComponent(id)}`);
    } catch (error) {
      setProblem(sentenceOfFailure(error));
    }
    await onEnded();
  };
  return (
    <>
      <div role="alert">{problem === "" ? null : <p class="problem">{problem}</p>}</div>
      <div class="scroll">
        <table class="access-table">
          <thead>
            <tr>
              {hasPeople ? <th>{words.user}</th> : null}
              <th>{words.browser}</th>
              <th class="wide">{words.address}</th>
              <th class="wide">{words.since}</th>
              <th class="wide">{words.lastUsed}</th>
              <th>
                <span class="unseen">{words.end}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sessions.map(({id, user, browser, address, since, lastUsedAt, isCurrent}) => {
              const program = browser ?? words.noBrowser;
              return (
                <tr key={id}>
                  {hasPeople ? <td>{user}</td> : null}
                  <td>
                    {program}
                    <span class="narrow small quiet">
                      {address} · {words.ago(age(now.value - Date.parse(lastUsedAt), locale))}
                    </span>
                  </td>
                  <td class="wide">{address}</td>
                  <td class="wide">{dayAndTime(since, locale, now.value)}</td>
                  <td class="wide">{words.ago(age(now.value - Date.parse(lastUsedAt), locale))}</td>
                  <td class="figure">
                    {isCurrent ? (
                      <State mood="good">{words.current}</State>
                    ) : (
                      <button
                        class="button second"
                        type="button"
                        aria-label={words.endLabel(user, program)}
                        onClick={() => void end(id)}
                      >
                        {words.end}
                      </button>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}
