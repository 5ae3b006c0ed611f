import {useState} from "preact/hooks";
import type {AuditSearchItem, EntryReview} from "../../../client/index.ts";
import {wordsIn} from "../../language.ts";
import {DETAIL_WORDS} from "./detail-words.ts";
import {ReviewForm, type ReviewKind} from "./review-form.tsx";
import {WORDS} from "./words.ts";

interface BarProps {
  readonly items: readonly AuditSearchItem[];
  readonly onAll: () => void;
  readonly onNone: () => void;
  readonly onDone: (keys: ReadonlySet<string>, review: EntryReview) => void;
}

/** What can be said of the chosen entries; at the lower edge of the window, so that the list stays where it is. */
export function ReviewBar({items, onAll, onNone, onDone}: BarProps) {
  const words = wordsIn(WORDS);
  const detail = wordsIn(DETAIL_WORDS);
  const [kind, setKind] = useState<ReviewKind | null>(null);
  const kinds: readonly ReviewKind[] = items.some(({review}) => review.state === "question")
    ? ["reviewed", "answer", "question", "handover"]
    : ["reviewed", "question", "handover"];
  return (
    <section class="card review-bar stack tight" aria-label={detail.history}>
      <div class="row spread">
        <strong role="status">{words.list.chosen(items.length)}</strong>
        <div class="row">
          <button class="button plain" type="button" onClick={onAll}>
            {words.list.chooseAll}
          </button>
          <button class="button plain" type="button" onClick={onNone}>
            {words.list.unchoose}
          </button>
        </div>
      </div>
      {kind === null ? (
        <div class="row">
          {kinds.map((each) => (
            <button
              key={each}
              class={each === "reviewed" ? "button" : "button second"}
              type="button"
              onClick={() => setKind(each)}
            >
              {detail.actions[each]}
            </button>
          ))}
        </div>
      ) : (
        <ReviewForm key={kind} items={items} kind={kind} onDone={onDone} onCancel={() => setKind(null)} />
      )}
    </section>
  );
}
