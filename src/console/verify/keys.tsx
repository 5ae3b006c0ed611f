import {useRef} from "preact/hooks";
import {wordsIn} from "../language.ts";
import {State} from "../parts/state.tsx";
import {distrust, doubtful, hasZippedNetwork, network, networkProblem, trust} from "./checking.ts";
import {WORDS} from "./words.ts";

const MEMBERS_NAMED = 3;

/** The keys to trust: where the whole check begins, and the one thing that must not come with the export. */
export function Keys() {
  const words = wordsIn(WORDS).keys;
  const input = useRef<HTMLInputElement>(null);
  const known = network.value;
  const choose = (files: FileList | null) => {
    const file = files?.[0];
    if (file !== undefined) void trust({name: file.name, isZipped: false, text: () => file.text()});
  };
  return (
    <section class="card stack tight verify-keys">
      <h2>{words.title}</h2>
      {known === null ? (
        <p>
          <State mood="wait">{words.none}</State>
        </p>
      ) : (
        <p>
          <State mood="good">
            {words.given(known.protocol.networkName, namesOf(known.members.map(({name}) => name)))}
          </State>
        </p>
      )}
      {networkProblem.value === null ? null : (
        <p class="problem" role="alert">
          {networkProblem.value}
        </p>
      )}
      {doubtful.value === null ? null : (
        <div class="verify-ask stack tight" role="alert">
          <p>{words.ask}</p>
          <div class="row">
            <button class="button" type="button" onClick={() => void trust(doubtful.value!)}>
              {words.fromOperator}
            </button>
            <button class="button second" type="button" onClick={() => (doubtful.value = null)}>
              {words.withExport}
            </button>
          </div>
        </div>
      )}
      <p class="quiet">{known === null ? words.why : words.origin}</p>
      {known === null && hasZippedNetwork.value ? <p class="quiet">{words.zipped}</p> : null}
      <div class="row verify-actions">
        <button class="button second" type="button" onClick={() => input.current?.click()}>
          {words.choose}
        </button>
        {known === null ? null : (
          <button class="button plain" type="button" onClick={() => void distrust()}>
            {words.remove}
          </button>
        )}
        <input
          ref={input}
          class="unseen"
          type="file"
          tabIndex={-1}
          aria-label={words.choose}
          accept=".json,application/json"
          onChange={(event) => {
            choose(event.currentTarget.files);
            // The same file may be chosen again.
            event.currentTarget.value = "";
          }}
        />
      </div>
    </section>
  );
}

function namesOf(names: readonly string[]): string {
  const more = names.length - MEMBERS_NAMED;
  return names.slice(0, MEMBERS_NAMED).join(", ") + (more > 0 ? ` + ${more}` : "");
}
