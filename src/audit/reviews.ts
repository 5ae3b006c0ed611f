// Reviews: each is an entry of the log it is about, so what was said about an entry is proven as the entry is. The rules are in
// review-rules.ts; here they meet the logs.

import type {AuditReceipt, MachineReview, OpenQuestion, ReviewPlan, SeqRange} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import type {Caller} from "./entry.ts";
import type {Logs} from "./logs.ts";
import {type MachineMarks, openEntries, REVIEW, REVIEW_PLAN, RUNS_MAX} from "./marks.ts";
import {segmentOf, segmentsOf} from "./reader.ts";
import {checkReview, RANGES_MAX} from "./review-rules.ts";
import {factsOf} from "./summary.ts";
import type {Span} from "./summary-tree.ts";
import {countEntries} from "./tally.ts";
import type {Writer} from "./writer.ts";

export interface Reviews {
  /** Errors: `audit/not-found`, `audit/invalid`, `audit/too-large`, `audit/refused` for one's own entries, `audit/conflict`. */
  review(machine: string, input: unknown, by: Caller): Promise<AuditReceipt>;
  planReviews(machine: string, plan: ReviewPlan, by: Caller): Promise<AuditReceipt>;
  reviewOf(machine: string): Promise<MachineReview>;
  /** Machines whose review is overdue, with the time when it was due. */
  overdue(): readonly {readonly machine: string; readonly due: string}[];
}

const QUESTIONS_SHOWN = 100;
const DAY_MS = 86_400_000;

export function createReviews(logs: Logs, writer: Pick<Writer, "append">, clock: Clock): Reviews {
  const append = async (machine: string, type: string, body: object, by: Caller): Promise<AuditReceipt> => {
    const [receipt] = await writer.append([{machine, type, body: {...body}}], by);
    return receipt!;
  };
  return {
    review: async (machine, input, by) => {
      segmentsOf(logs, machine);
      const review = checkReview(input);
      for (const range of review.entries) expectEntries(logs, machine, range);
      const marks = logs.marks.of(machine);
      if (marks.reviews.size + RANGES_MAX > RUNS_MAX)
        throw new GatewayError(
          "audit/too-many",
          `The reviews of ${machine} are in too many pieces; review longer runs.`,
        );
      if (review.kind === "answer" && !review.entries.some((range) => hasQuestion(marks, range)))
        throw new GatewayError("audit/conflict", "No question is open on any of these entries.", {machine});
      const own = review.kind === "reviewed" ? await firstOwn(logs, machine, review.entries, by.actor) : null;
      if (own !== null)
        throw new GatewayError(
          "audit/refused",
          `Entry ${own} of ${machine} was made by ${by.actor}: nobody reviews what they did themselves. Hand it over.`,
          {machine, seq: own},
        );
      return await append(machine, REVIEW, review, by);
    },
    planReviews: async (machine, {everyDays}, by) => {
      segmentsOf(logs, machine);
      return await append(machine, REVIEW_PLAN, {everyDays}, by);
    },
    reviewOf: async (machine) => {
      segmentsOf(logs, machine);
      const {count, isComplete} = await countEntries(logs, {machines: [machine], kinds: ["critical"], review: "open"});
      const marks = logs.marks.of(machine);
      const {lastReview, plan} = marks;
      const nextDue = dueOf(marks);
      return {
        machine,
        openCritical: count,
        isCountComplete: isComplete,
        questions: marks.questions.slice(0, QUESTIONS_SHOWN).map(
          (question): OpenQuestion => ({
            seq: question.seq,
            by: question.by,
            at: question.at,
            entries: openEntries(marks, question),
          }),
        ),
        lastReview: lastReview === null ? null : {seq: lastReview.seq, by: lastReview.by, at: lastReview.at},
        plan: plan === null ? null : {everyDays: plan.everyDays},
        nextDue,
        isOverdue: nextDue !== null && Date.parse(nextDue) < clock.now(),
      };
    },
    overdue: () =>
      logs.machines().flatMap((machine) => {
        const due = dueOf(logs.marks.of(machine));
        return due !== null && Date.parse(due) < clock.now() ? [{machine, due}] : [];
      }),
  };
}

/** When the next review is due: so many days after the last one, or after the plan was made. */
export function dueOf({plan, lastReview}: Pick<MachineMarks, "plan" | "lastReview">): string | null {
  if (plan === null) return null;
  const since = lastReview !== null && lastReview.at > plan.at ? lastReview.at : plan.at;
  return new Date(Date.parse(since) + plan.everyDays * DAY_MS).toISOString();
}

function hasQuestion({reviews}: MachineMarks, range: SeqRange): boolean {
  return reviews.over(range).some(({value}) => value !== null && value.question !== null);
}

/** Errors: `audit/not-found` with the first number that no entry has. */
export function expectEntries(logs: Logs, machine: string, [from, to]: SeqRange): void {
  for (let at = from; at <= to; ) {
    const log = segmentOf(logs, machine, at);
    if (log === null)
      throw new GatewayError("audit/not-found", `The log of ${machine} has no entry ${at}.`, {machine, seq: at});
    at = log.firstSeq + log.tree.size;
  }
}

// The first entry of the ranges that an actor made; bundles without that actor are passed over.
async function firstOwn(
  logs: Logs,
  machine: string,
  ranges: readonly SeqRange[],
  actor: string,
): Promise<number | null> {
  const search = async (spans: readonly Span[]): Promise<number | null> => {
    for (const span of spans) {
      const {log, start, end, level, summary} = span;
      const isAsked = (from: number, to: number) => ranges.some(([first, last]) => first <= to && last >= from);
      if (!isAsked(log.firstSeq + start, log.firstSeq + end - 1)) continue;
      if (summary.actors !== null && !summary.actors.has(actor)) continue;
      if (level > 0) {
        const found = await search(await logs.summaries.children(span));
        if (found !== null) return found;
        continue;
      }
      for (const [index, {leaf}] of await logs.summaries.entries(span, {hasBodies: false})) {
        const seq = log.firstSeq + index;
        if (isAsked(seq, seq) && factsOf(leaf).actor === actor) return seq;
      }
    }
    return null;
  };
  for (const log of logs.segments(machine)) {
    const found = await search(await logs.summaries.roots(log));
    if (found !== null) return found;
  }
  return null;
}
