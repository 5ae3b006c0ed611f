// Entries that say something about other entries: reviews, review plans and redactions. What they say is kept in memory by runs of sequence
// numbers, so that each search knows it, and follows from the logs alone. At the start it is made again: such entries are kept a second time
// in the store when their bundle is written, and those in no bundle yet are met when the journal is read.

import {fromUtf8, utf8} from "../bytes.ts";
import type {ErasedBody, ReviewPlan, ReviewState, SeqRange} from "../client/index.ts";
import type {StoredEntry} from "./records.ts";
import {applyReview, isRange, isSameMark, type ReviewEvent, type ReviewMark, stateOf} from "./review-rules.ts";
import {createRuns, type Runs} from "./runs.ts";
import {factsOf} from "./summary.ts";

export const REVIEW = "review";
export const REVIEW_PLAN = "review-plan";
export const REDACTION = "redaction";
export const RESTORED = "restored";
/** Types that only this module writes. Their bodies are never erased: what they say must stay readable for as long as the log. */
export const OWN_TYPES: ReadonlySet<string> = new Set([REVIEW, REVIEW_PLAN, REDACTION, RESTORED]);
const MARK_TYPES: ReadonlySet<string> = new Set([REVIEW, REVIEW_PLAN, REDACTION]);

/** Runs of one machine; a review or redaction beyond is refused. */
export const RUNS_MAX = 50_000;

/** An entry of one of these types as it is kept. */
export interface Mark {
  readonly type: string;
  readonly seq: number;
  readonly by: string;
  readonly at: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Redaction extends ErasedBody {
  readonly entries: readonly SeqRange[];
}

/** What is known of one machine. */
export interface MachineMarks {
  readonly reviews: Runs<ReviewMark>;
  readonly erased: Runs<Redaction>;
  readonly questions: readonly ReviewEvent[];
  readonly lastReview: ReviewEvent | null;
  readonly plan: (ReviewPlan & {readonly at: string}) | null;
  /** In their order. */
  readonly redactions: readonly Redaction[];
}

export interface Marks {
  of(machine: string): MachineMarks;
  /** Takes note of an entry, in the order of the log. Others than marks are passed over. */
  note(machine: string, mark: Mark): void;
  /** State of all entries of a range when it is the same for all; else null. */
  reviewOf(machine: string, range: SeqRange): ReviewState | null;
}

interface Noted extends MachineMarks {
  questions: ReviewEvent[];
  lastReview: ReviewEvent | null;
  plan: MachineMarks["plan"];
  redactions: Redaction[];
}

export function createMarks(): Marks {
  const machines = new Map<string, Noted>();
  const make = (): Noted => ({
    reviews: createRuns<ReviewMark>(isSameMark),
    erased: createRuns<Redaction>((a, b) => a === b),
    questions: [],
    lastReview: null,
    plan: null,
    redactions: [],
  });
  const none = make();
  const own = (machine: string) => {
    const known = machines.get(machine) ?? make();
    machines.set(machine, known);
    return known;
  };
  return {
    of: (machine) => machines.get(machine) ?? none,
    note: (machine, mark) => {
      if (mark.type === REVIEW) noteReview(own(machine), reviewIn(mark));
      else if (mark.type === REVIEW_PLAN) notePlan(own(machine), mark);
      else if (mark.type === REDACTION) noteRedaction(own(machine), redactionIn(mark));
    },
    reviewOf: (machine, range) => {
      const known = machines.get(machine);
      if (known === undefined) return "open";
      let state: ReviewState | null = null;
      for (const {value} of known.reviews.over(range)) {
        const other = stateOf(value);
        if (state !== null && other !== state) return null;
        state = other;
      }
      return state;
    },
  };
}

function noteReview(known: Noted, event: ReviewEvent | null): void {
  if (event === null) return;
  for (const range of event.entries) known.reviews.change(range, (mark) => applyReview(mark, event));
  if (event.kind === "reviewed") known.lastReview = event;
  if (event.kind === "question") known.questions.push(event);
  // A question is open for as long as an entry of it is.
  known.questions = known.questions.filter((question) => openEntries(known, question).length > 0);
}

/** What of a question's entries still waits for its answer. */
export function openEntries({reviews}: Pick<MachineMarks, "reviews">, question: ReviewEvent): readonly SeqRange[] {
  return question.entries.flatMap((range) =>
    reviews
      .over(range)
      .filter(({value}) => value?.question === question)
      .map(({from, to}): SeqRange => [from, to]),
  );
}

function notePlan(known: Noted, {body, at}: Mark): void {
  const {everyDays} = body;
  if (typeof everyDays === "number") known.plan = everyDays === 0 ? null : {everyDays, at};
}

function noteRedaction(known: Noted, redaction: Redaction | null): void {
  if (redaction === null) return;
  known.redactions.push(redaction);
  // The first one is why the body is gone.
  for (const range of redaction.entries) known.erased.change(range, (earlier) => earlier ?? redaction);
}

function rangesIn({entries}: Readonly<Record<string, unknown>>): readonly SeqRange[] | null {
  return Array.isArray(entries) && entries.every(isRange) ? entries : null;
}

function reviewIn({seq, by, at, body}: Mark): ReviewEvent | null {
  const entries = rangesIn(body);
  const {kind, to} = body;
  if (entries === null || (kind !== "reviewed" && kind !== "question" && kind !== "answer" && kind !== "handover"))
    return null;
  return {seq, kind, by, at, entries, to: typeof to === "string" ? to : null};
}

/** A redaction's entry as what it says; null when it does not say it. */
export function redactionIn({seq, by, at, body}: Omit<Mark, "type">): Redaction | null {
  const entries = rangesIn(body);
  const {reason, legalBasis} = body;
  if (entries === null || typeof reason !== "string" || typeof legalBasis !== "string") return null;
  return {seq, by, at, entries, reason, legalBasis};
}

/** The mark in a stored entry; null when it is none, or its body is gone. */
export function markIn({leaf, body}: StoredEntry): Mark | null {
  if (body === null || !isMarkLeaf(leaf)) return null;
  const {actor, type, written} = factsOf(leaf);
  const {seq} = JSON.parse(fromUtf8(leaf)) as {seq: number};
  return {type, seq, by: actor, at: written, body: JSON.parse(fromUtf8(body)) as Mark["body"]};
}

// Asked of every entry when the journal is read, so it looks at the end of the bytes alone.
const ENDS = [...MARK_TYPES].map((type) => Buffer.from(`"type":"${type}","v":1}`));

/** Whether a leaf's type is one of those that are kept. */
export function isMarkLeaf(leaf: Uint8Array): boolean {
  const bytes = Buffer.from(leaf.buffer, leaf.byteOffset, leaf.length);
  return ENDS.some(
    (end) => bytes.length > end.length && bytes.compare(end, 0, end.length, bytes.length - end.length) === 0,
  );
}

export function encodeMark(mark: Mark): Uint8Array {
  return utf8(JSON.stringify(mark));
}

export function decodeMark(bytes: Uint8Array): Mark {
  return JSON.parse(fromUtf8(bytes)) as Mark;
}
