import "../devices/devices.css";
import "./setup.css";
import {useState} from "preact/hooks";
import type {SetupState} from "../../../client/index.ts";
import {wordsIn} from "../../language.ts";
import {devices, status} from "../../live.ts";
import {pathTo} from "../../location.ts";
import {PageHead} from "../../parts/page-head.tsx";
import {State} from "../../parts/state.tsx";
import {useAnswer} from "../../parts/use-answer.ts";
import {may} from "../../session.ts";
import {AddDeviceForm} from "../devices/add-device.tsx";
import {BeginSite} from "./begin-site.tsx";
import {FirstProof} from "./first-proof.tsx";
import {Step} from "./step.tsx";
import {WORDS} from "./words.ts";

/** From the demo to a site of one's own, the first device, the first proof. */
export function SetupPage() {
  const words = wordsIn(WORDS);
  const {value: state, problem, reload} = useAnswer<SetupState>("/api/gateway/v1/setup");
  if (state === null) return problem === "" ? <p class="quiet">{words.loading}</p> : <p class="problem">{problem}</p>;
  return (
    <>
      <div class="stack tight">
        <PageHead question={words.question}>
          {state.isDemo ? words.headline : words.headlineOwn(state.siteName)}
        </PageHead>
        {state.isDemo ? null : <p>{words.ownText}</p>}
      </div>
      <div class="setup-steps">
        {state.isDemo ? <BeginSite state={state} onUp={reload} /> : null}
        <Step number={4} title={words.device}>
          {state.isDemo ? <p class="quiet">{words.deviceLater}</p> : <FirstDevice />}
        </Step>
        <Step number={5} title={words.proof}>
          {state.isDemo ? <p class="quiet">{words.deviceLater}</p> : <FirstProof />}
        </Step>
      </div>
      {state.isDemo ? null : <Next />}
    </>
  );
}

function FirstDevice() {
  const words = wordsIn(WORDS);
  const [added, setAdded] = useState<string | null>(null);
  // Counts what was added, so that the form begins anew.
  const [round, setRound] = useState(0);
  const known = devices.value.length;
  if (!may("field:configure")) return <p>{words.needRight}</p>;
  const form = (
    <AddDeviceForm
      key={round}
      onAdded={(id) => {
        setAdded(id);
        setRound(round + 1);
      }}
    />
  );
  return (
    <>
      <div role="status" class="stack tight">
        {known === 0 ? null : <State mood="good">{words.deviceDone(known)}</State>}
        {added === null ? null : (
          <p>
            {words.deviceAdded(added)} <a href={pathTo("devices", added)}>{words.seeDevices}</a>
          </p>
        )}
      </div>
      {known === 0 ? (
        <>
          <p>{words.deviceText}</p>
          {form}
        </>
      ) : (
        <details>
          <summary>{words.anotherDevice}</summary>
          <div class="stack">{form}</div>
        </details>
      )}
    </>
  );
}

function Next() {
  const words = wordsIn(WORDS);
  const nodeRed = status.value?.nodeRedUrl ?? null;
  return (
    <section class="stack" aria-labelledby="next">
      <h2 id="next">{words.next}</h2>
      <div class="cards">
        {nodeRed === null ? null : (
          <div class="card stack tight">
            <h3>{words.nextNodeRed}</h3>
            <p class="quiet">{words.nextNodeRedText}</p>
            <p>
              <a href={nodeRed} target="_blank" rel="noreferrer">
                {words.openNodeRed}
              </a>
            </p>
          </div>
        )}
        <div class="card stack tight">
          <h3>{words.nextUsers}</h3>
          <p class="quiet">{words.nextUsersText}</p>
          <p>
            <a href={pathTo("settings", "users")}>{words.toUsers}</a>
          </p>
        </div>
        <div class="card stack tight">
          <h3>{words.nextExpose}</h3>
          <p class="quiet">{words.nextExposeText}</p>
          <p>
            <a href={pathTo("settings", "system")}>{words.toExpose}</a>
          </p>
        </div>
      </div>
    </section>
  );
}
