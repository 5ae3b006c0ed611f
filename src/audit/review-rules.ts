// What a review says of the entries it names. Pure: the state of an entry follows from the reviews in its machine's log, in their order.

import type {EntryReview, ReviewInput, ReviewState, SeqRange} from "../client/index.ts";
import {GatewayError} from "../errors.ts";

/** A review as its entry tells it. */
export interface ReviewEvent {
  readonly seq: number;
  readonly kind: ReviewInput["kind"];
  readonly by: string;
  readonly at: string;
  readonly entries: readonly SeqRange[];
  /** Of a handover. */
  readonly to: string | null;
}

/** What stands for an entry. A reviewer's word ends what was open; an answer ends the question alone. */
export interface ReviewMark {
  readonly reviewed: ReviewEvent | null;
  readonly question: ReviewEvent | null;
  readonly handover: ReviewEvent | null;
}

export const RANGES_MAX = 256;
export const ENTRIES_MAX = 100_000;
const COMMENT_MAX = 2_000;
const ACTOR_MAX = 128;

const NONE: ReviewMark = {reviewed: null, question: null, handover: null};

/** What stands after an event; null when nothing does. */
export function applyReview(mark: ReviewMark | null, event: ReviewEvent): ReviewMark | null {
  const before = mark ?? NONE;
  switch (event.kind) {
    case "reviewed":
      return {reviewed: event, question: null, handover: null};
    case "question":
      return {...before, question: event};
    case "handover":
      return {...before, handover: event};
    case "answer": {
      const after = {...before, question: null};
      return after.reviewed === null && after.handover === null ? null : after;
    }
  }
}

/** An open question matters most, then who has it now, then that it was looked at. */
export function stateOf(mark: ReviewMark | null): ReviewState {
  if (mark === null) return "open";
  if (mark.question !== null) return "question";
  if (mark.handover !== null) return "handed-over";
  return mark.reviewed === null ? "open" : "reviewed";
}

export function presentReview(mark: ReviewMark | null): EntryReview {
  const state = stateOf(mark);
  if (mark === null || state === "open") return {state: "open"};
  if (state === "handed-over") {
    const {by, at, seq, to} = mark.handover!;
    return {state, by, at, seq, to: to!};
  }
  const {by, at, seq} = state === "question" ? mark.question! : mark.reviewed!;
  return {state, by, at, seq};
}

export function isSameMark(a: ReviewMark, b: ReviewMark): boolean {
  return a.reviewed === b.reviewed && a.question === b.question && a.handover === b.handover;
}

/** Checks what was sent. Ranges come back in order and joined. Errors: `audit/invalid`, `audit/too-large`. */
export function checkReview(value: unknown): ReviewInput {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new GatewayError("audit/invalid", "The review must be an object.");
  const {kind, entries, comment, to} = value as {readonly [Field in keyof ReviewInput]?: unknown};
  if (kind !== "reviewed" && kind !== "question" && kind !== "answer" && kind !== "handover")
    throw invalid("kind", "reviewed, question, answer or handover");
  if (comment !== undefined && !isText(comment, COMMENT_MAX))
    throw invalid("comment", `a text of 1 to ${COMMENT_MAX} characters`);
  if (kind !== "reviewed" && comment === undefined)
    throw invalid("comment", `a ${kind} says in words what it is about`);
  if (kind === "handover" && !isText(to, ACTOR_MAX))
    throw invalid("to", "a handover names who goes on, such as user:ben");
  if (kind !== "handover" && to !== undefined) throw invalid("to", "only a handover names somebody");
  return {
    kind,
    entries: checkRanges(entries),
    ...(comment === undefined ? {} : {comment}),
    ...(kind === "handover" ? {to: to as string} : {}),
  };
}

function checkRanges(value: unknown): readonly SeqRange[] {
  const rule = "runs of entries such as [[0, 9], [12, 12]], first and last number of each";
  if (!Array.isArray(value) || value.length === 0) throw invalid("entries", rule);
  if (value.length > RANGES_MAX) throw tooLarge(`at most ${RANGES_MAX} runs of entries`);
  if (!value.every(isRange)) throw invalid("entries", rule);
  const ranges = joinRanges(value);
  if (countOf(ranges) > ENTRIES_MAX) throw tooLarge(`at most ${ENTRIES_MAX} entries`);
  return ranges;
}

export function isRange(value: unknown): value is SeqRange {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((seq) => Number.isSafeInteger(seq) && seq >= 0) &&
    value[0] <= value[1]
  );
}

/** Ranges in order, those that touch or overlap as one. */
export function joinRanges(ranges: readonly SeqRange[]): readonly SeqRange[] {
  const joined: SeqRange[] = [];
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last[1] + 1) joined[joined.length - 1] = [last[0], Math.max(last[1], to)];
    else joined.push([from, to]);
  }
  return joined;
}

export function countOf(ranges: readonly SeqRange[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

function isText(value: unknown, max: number): value is string {
  return typeof value === "string" && value.trim().length > 0 && value.length <= max && value.isWellFormed();
}

function invalid(field: string, rule: string): GatewayError {
  return new GatewayError("audit/invalid", `${field}: ${rule}.`, {field});
}

function tooLarge(rule: string): GatewayError {
  return new GatewayError("audit/too-large", `entries: one review names ${rule}.`, {field: "entries"});
}
