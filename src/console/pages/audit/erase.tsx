import {useState} from "preact/hooks";
import type {EraseResult} from "../../../client/index.ts";
import {post} from "../../api.ts";
import {wordsIn} from "../../language.ts";
import {Field, Form} from "../../parts/form.tsx";
import {DETAIL_WORDS} from "./detail-words.ts";

const REASON_MAX = 500;
const BASIS_MAX = 200;

/** Removes the content of an entry for good. Says before what goes and what stays. */
export function Erase({machine, seq, onDone}: {machine: string; seq: number; onDone: () => void}) {
  const words = wordsIn(DETAIL_WORDS).erase;
  const [reason, setReason] = useState("");
  const [legalBasis, setLegalBasis] = useState("");
  const [isSure, setSure] = useState(false);
  const erase = async () => {
    await post<EraseResult>(`/api/audit/v1/machines/${encodeURIComponent(machine)}/entries/${seq}/erase`, {
      reason: reason.trim(),
      legalBasis: legalBasis.trim(),
    });
    onDone();
  };
  return (
    <details>
      <summary>{words.title}</summary>
      <div class="stack">
        <p class="warning">{words.warning}</p>
        <Form
          button={words.button}
          isDanger={true}
          isReady={isSure && reason.trim() !== "" && legalBasis.trim() !== ""}
          onSubmit={erase}
        >
          <Field label={words.why} hint={words.whyHint}>
            <textarea
              rows={2}
              maxLength={REASON_MAX}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </Field>
          <Field label={words.basis} hint={words.basisHint}>
            <input
              maxLength={BASIS_MAX}
              value={legalBasis}
              onInput={(event) => setLegalBasis(event.currentTarget.value)}
            />
          </Field>
          <label class="check">
            <input type="checkbox" checked={isSure} onChange={(event) => setSure(event.currentTarget.checked)} />
            <span>{words.sure}</span>
          </label>
        </Form>
      </div>
    </details>
  );
}
