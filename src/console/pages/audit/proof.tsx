import {useEffect, useState} from "preact/hooks";
import type {AuditProofFile} from "../../../client/index.ts";
import {get} from "../../api.ts";
import {count, dayAndTime, utcTime} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {now} from "../../live.ts";
import {pathTo} from "../../location.ts";
import {Copyable, copyText} from "../../parts/copyable.tsx";
import {sentenceOfFailure} from "../../parts/form.tsx";
import {type Mood, State} from "../../parts/state.tsx";
import {DETAIL_WORDS, type DetailWords} from "./detail-words.ts";
import type {EntryCheck} from "./prove.ts";

const MOODS = {holds: "good", fails: "bad", unknown: "wait", waiting: "wait", open: "none"} satisfies Record<
  string,
  Mood
>;
const SAID_MS = 1_500;

interface ProofProps {
  readonly machine: string;
  readonly seq: number;
}

/** The proof of an entry, checked by this browser, step by step; and the raw entry. */
export function Proof({machine, seq}: ProofProps) {
  const words = wordsIn(DETAIL_WORDS);
  const [check, setCheck] = useState<EntryCheck | "checking" | null>(null);
  const [isCopied, setCopied] = useState(false);
  const run = async () => {
    setCheck("checking");
    // The rules of the proof are a part of their own: most visitors only look.
    const {checkEntry} = await import("./prove.ts");
    setCheck(await checkEntry(machine, seq));
  };
  const copy = async (file: AuditProofFile) => {
    setCopied(await copyText(JSON.stringify(file, null, 2)));
    setTimeout(() => setCopied(false), SAID_MS);
  };
  const isChecked = check !== null && check !== "checking";
  return (
    <section class="stack tight" aria-labelledby="proof">
      <h3 id="proof">{words.proof.title}</h3>
      <div class="row">
        <button class="button second" type="button" disabled={check === "checking"} onClick={() => void run()}>
          {check === "checking" ? words.proof.checking : words.proof.check}
        </button>
        <a class="button plain" download href={rawPath(machine, seq)}>
          {words.proof.download}
        </a>
        {isChecked && !check.isFailure ? (
          <button class="button plain" type="button" onClick={() => void copy(check.file)}>
            {isCopied ? words.proof.copied : words.proof.copy}
          </button>
        ) : null}
      </div>
      <div class="stack tight" aria-live="polite">
        {isChecked ? <Outcome check={check} words={words} /> : <p class="small quiet">{words.proof.hint}</p>}
      </div>
      <Raw machine={machine} seq={seq} />
    </section>
  );
}

function rawPath(machine: string, seq: number): string {
  return `/api/audit/v1/machines/${encodeURIComponent(machine)}/export?from=${seq}&to=${seq}`;
}

function Outcome({check, words}: {check: EntryCheck; words: DetailWords}) {
  const {results, steps: stepWords} = words.proof;
  if (check.isFailure)
    return (
      <p>
        <State mood="wait">{results.failure(check.because)}</State>
      </p>
    );
  const {verdict, steps, file} = check;
  const isErased = file.entries[0]?.body === null;
  return (
    <>
      <p>
        <State mood={verdict.state === "verified" ? "good" : verdict.state === "invalid" ? "bad" : "wait"}>
          {resultText(verdict, words)}
        </State>
      </p>
      <ol class="proof-steps">
        {steps.map(({name, state}) => (
          <li key={name}>
            <State mood={MOODS[state]}>
              <span class="unseen">{words.proof.states[state]}: </span>
            </State>
            <span>
              {name === "body" && isErased ? words.proof.bodyErased : stepWords[name]}
              {state === "holds" ? null : <span class="small quiet"> ({words.proof.states[state]})</span>}
            </span>
          </li>
        ))}
      </ol>
      {verdict.state === "invalid" ? null : (
        <dl class="facts small">
          <dt>{words.proof.rewritable}</dt>
          <dd>{words.proof.rewritableBy[verdict.state]}</dd>
          {verdict.anchor === null ? null : (
            <>
              <dt>{words.proof.block}</dt>
              <dd title={utcTime(verdict.anchor.time)}>
                <Copyable text={verdict.anchor.blockId} href={pathTo("tangle", "block", verdict.anchor.blockId)} />
              </dd>
            </>
          )}
        </dl>
      )}
    </>
  );
}

function resultText(verdict: Extract<EntryCheck, {isFailure: false}>["verdict"], words: DetailWords): string {
  const {results} = words.proof;
  switch (verdict.state) {
    case "invalid":
      return results.invalid(verdict.because);
    case "verified":
      return results.verified(
        dayAndTime(verdict.anchor!.time, language.value, now.peek()),
        count(verdict.anchor!.milestoneIndex, language.value),
      );
    case "waiting":
    case "consistent":
      return results[verdict.state];
  }
}

// Leaf and body as they were recorded; read when somebody opens it.
function Raw({machine, seq}: ProofProps) {
  const words = wordsIn(DETAIL_WORDS);
  const [isOpen, setOpen] = useState(false);
  const [file, setFile] = useState<AuditProofFile | string | null>(null);
  useEffect(() => {
    if (!isOpen || file !== null) return;
    get<AuditProofFile>(rawPath(machine, seq)).then(setFile, (error: unknown) => setFile(sentenceOfFailure(error)));
  }, [isOpen]);
  const entry = file === null || typeof file === "string" ? null : (file.entries[0] ?? null);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.raw}</summary>
      {typeof file === "string" ? <p class="problem">{file}</p> : null}
      {entry === null ? null : (
        <div class="stack tight">
          <p class="small quiet">{words.leaf}</p>
          <pre class="data-text">{pretty(entry.leaf)}</pre>
          <p class="small quiet">{words.body}</p>
          <pre class="data-text">{entry.body === null ? "–" : pretty(entry.body)}</pre>
        </div>
      )}
    </details>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
