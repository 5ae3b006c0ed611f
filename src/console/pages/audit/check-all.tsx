import {useState} from "preact/hooks";
import type {AuditCheckReport} from "../../../client/index.ts";
import {ask} from "../../api.ts";
import {count, exactFigure} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {refresh} from "../../live.ts";
import {sentenceOfFailure} from "../../parts/form.tsx";
import {may} from "../../session.ts";
import {WORDS} from "./words.ts";

/** Hashing a large trail again takes its time. */
const CHECK_TIMEOUT_MS = 15 * 60_000;

/** Has everything on disk hashed again, and says how much that was. */
export function CheckAll() {
  const words = wordsIn(WORDS);
  const [said, setSaid] = useState("");
  const [isBusy, setBusy] = useState(false);
  if (!may("audit:check")) return null;
  const check = async () => {
    setBusy(true);
    try {
      const report = await ask<AuditCheckReport>("POST", "/api/audit/v1/check", undefined, {
        timeoutMs: CHECK_TIMEOUT_MS,
      });
      const seconds = exactFigure(Number((report.tookMs / 1000).toFixed(1)), language.value);
      setSaid(words.checkedAll(count(report.entriesChecked, language.value), seconds));
      void refresh();
    } catch (error) {
      setSaid(sentenceOfFailure(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="row">
      <span class="small quiet" role="status">
        {said}
      </span>
      <button class="button second" type="button" disabled={isBusy} onClick={() => void check()}>
        {isBusy ? words.checking : words.checkAll}
      </button>
    </div>
  );
}
