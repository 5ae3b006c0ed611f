import {useState} from "preact/hooks";
import type {SetupState} from "../../../client/index.ts";
import {post} from "../../api.ts";
import {wordsIn} from "../../language.ts";
import {endLive} from "../../live.ts";
import {CommandLine} from "../../parts/command-line.tsx";
import {Field, Form} from "../../parts/form.tsx";
import {State} from "../../parts/state.tsx";
import {NewStart} from "./new-start.tsx";
import {nameProblem} from "./rules.ts";
import {Step} from "./step.tsx";
import {WORDS} from "./words.ts";

/** Steps 1 to 3: what happens, a name, the new start. `onUp`: the site answers and still knows the session. */
export function BeginSite({state, onUp}: {state: SetupState; onUp: () => Promise<void>}) {
  const words = wordsIn(WORDS);
  const [name, setName] = useState("");
  const [keepsUsers, setKeepsUsers] = useState(false);
  const [isBegun, setBegun] = useState(false);
  const problem = nameProblem(name, state);
  const begin = async () => {
    await post("/api/gateway/v1/setup", {siteName: name, keepUsers: keepsUsers});
    // What the demo showed is none of the new site's; a lost connection is no news while it starts again.
    endLive();
    setBegun(true);
  };
  return (
    <>
      <Step number={1} title={words.what}>
        <ul class="what-list">
          {words.whatList.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </Step>
      {state.canSetUp ? (
        <>
          <Step number={2} title={words.name}>
            <Field label={words.nameLabel} hint={words.nameHint}>
              <input
                value={name}
                disabled={isBegun}
                spellcheck={false}
                autocapitalize="none"
                autocomplete="off"
                aria-invalid={problem !== null && problem !== "empty"}
                aria-describedby="name-verdict"
                onInput={(event) => setName(event.currentTarget.value.trim())}
              />
            </Field>
            <p id="name-verdict" class="name-verdict" role="status">
              {problem === null ? (
                <State mood="good">{words.nameGood}</State>
              ) : problem === "empty" ? null : (
                <State mood="wait">{words.nameProblems[problem]}</State>
              )}
            </p>
            <div>
              <label class="check">
                <input
                  type="checkbox"
                  checked={keepsUsers}
                  disabled={isBegun}
                  onChange={(event) => setKeepsUsers(event.currentTarget.checked)}
                />
                {words.keepUsers}
              </label>
              <p class="small quiet">{words.keepUsersHint}</p>
            </div>
          </Step>
          <Step number={3} title={words.go}>
            {isBegun ? (
              <NewStart onUp={onUp} />
            ) : (
              <Form onSubmit={begin} button={words.begin} isReady={problem === null}>
                {problem === null ? null : <p class="quiet">{words.goText}</p>}
              </Form>
            )}
          </Step>
        </>
      ) : (
        <Step number={2} title={words.name}>
          <p>{words.cannot}</p>
          <CommandLine command="tanglegate setup" />
        </Step>
      )}
    </>
  );
}
