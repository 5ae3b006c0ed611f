import {useState} from "preact/hooks";
import type {AuditFacet, AuditReceipt, AuditSearchItem, EntryReview, ReviewInput} from "../../../client/index.ts";
import {post, Refusal} from "../../api.ts";
import {wordsIn} from "../../language.ts";
import {Field, Form} from "../../parts/form.tsx";
import {me} from "../../session.ts";
import {DETAIL_WORDS, type DetailWords} from "./detail-words.ts";
import {byMachine, keyOf} from "./ranges.ts";

export type ReviewKind = ReviewInput["kind"];

/** The gateway takes that many runs of entries in one review. */
const RUNS_MAX = 256;
const COMMENT_MAX = 2_000;

export interface ReviewProps {
  readonly items: readonly AuditSearchItem[];
  readonly kind: ReviewKind;
  /** People to hand over to, as far as they are known. */
  readonly people?: readonly AuditFacet[];
  /** `keys`: the entries that it was said of. */
  readonly onDone: (keys: ReadonlySet<string>, review: EntryReview) => void;
  readonly onCancel: () => void;
}

/** Says something of entries: that they are reviewed, a question, an answer, or who goes on. It becomes an entry of the trail itself. */
export function ReviewForm({items, kind, people = [], onDone, onCancel}: ReviewProps) {
  const words = wordsIn(DETAIL_WORDS);
  const [comment, setComment] = useState("");
  const [to, setTo] = useState("");
  const own = kind === "reviewed" ? items.filter(({actor}) => actor === me.value?.actor) : [];
  const asked = items.filter((item) => !own.includes(item));
  const isReady =
    asked.length > 0 && (kind === "reviewed" || comment.trim() !== "") && (kind !== "handover" || to.trim() !== "");
  const send = async () => {
    const whom = to.trim().includes(":") ? to.trim() : `user:${to.trim()}`;
    const machines = byMachine(asked);
    if (machines.some(({runs}) => runs.length > RUNS_MAX)) throw new Refusal(400, words.tooMany);
    let last: AuditReceipt | null = null;
    for (const {machine, runs} of machines) {
      const input: ReviewInput = {
        kind,
        entries: runs,
        ...(comment.trim() === "" ? {} : {comment: comment.trim()}),
        ...(kind === "handover" ? {to: whom} : {}),
      };
      last = await post<AuditReceipt>(`/api/audit/v1/machines/${encodeURIComponent(machine)}/reviews`, input);
    }
    onDone(new Set(asked.map(keyOf)), saidNow(kind, {by: me.value?.actor ?? "", to: whom, seq: last?.seq ?? 0}));
  };
  return (
    <Form
      button={words.actions[kind]}
      isReady={isReady}
      onSubmit={send}
      beside={
        <button class="button second" type="button" onClick={onCancel}>
          {words.cancel}
        </button>
      }
    >
      {own.length === 0 ? null : <p class="small">{ownText(words, own.length, items.length)}</p>}
      {kind === "handover" ? (
        <Field label={words.to} hint={words.toHint}>
          <input
            maxLength={128}
            list="review-people"
            autocapitalize="none"
            value={to}
            onInput={(event) => setTo(event.currentTarget.value)}
          />
          <datalist id="review-people">
            {people
              .filter(({name}) => name.startsWith("user:"))
              .map(({name}) => (
                <option key={name} value={name.slice("user:".length)} />
              ))}
          </datalist>
        </Field>
      ) : null}
      <Field label={labelOf(kind, words)}>
        <textarea
          rows={2}
          maxLength={COMMENT_MAX}
          value={comment}
          onInput={(event) => setComment(event.currentTarget.value)}
        />
      </Field>
    </Form>
  );
}

function ownText(words: DetailWords, own: number, all: number): string {
  if (own < all) return words.ownAmong(own);
  return all === 1 ? words.own : words.ownAll;
}

function labelOf(kind: ReviewKind, words: DetailWords): string {
  return {
    reviewed: words.commentOptional,
    question: words.questionLabel,
    answer: words.answerLabel,
    handover: words.handoverLabel,
  }[kind];
}

// What stands until the gateway is asked again. What an answer leaves only the gateway knows.
function saidNow(kind: ReviewKind, {by, to, seq}: {by: string; to: string; seq: number}): EntryReview {
  const at = new Date().toISOString();
  switch (kind) {
    case "reviewed":
    case "question":
      return {state: kind, by, at, seq};
    case "handover":
      return {state: "handed-over", by, at, seq, to};
    case "answer":
      return {state: "open"};
  }
}
