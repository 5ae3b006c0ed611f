// The forms of /api/audit/v1 for looking through the trail: search over all machines, reviews, erasure, storage, saved filters.
// Times are RFC 3339 in UTC with milliseconds; what is shown beside a time as local is the page's affair.

import type {AuditEntry, AuditReceipt} from "./audit-api.ts";

/**
 * What an entry is about, by its type alone (table: src/audit/kinds.ts). `critical`: whatever changes what a machine, a person or this trail
 * may do. An unknown type is `other`; a flow chooses one by a prefix of its types, such as `critical.recipe` or `batch.start`.
 */
export type AuditKind = "critical" | "alarm" | "batch" | "access" | "other";

/** Where the review of an entry stands. */
export type ReviewState = "open" | "reviewed" | "question" | "handed-over";

/** Which entries. Everything given must hold; what is left out does not matter. In the address lists are joined by commas. */
export interface AuditFilter {
  /** `machine=`: up to 256 names. Left out: all machines. */
  readonly machines?: readonly string[];
  /** `type=`: any of these, spelled in full. */
  readonly types?: readonly string[];
  /** `kind=`: any of these. */
  readonly kinds?: readonly AuditKind[];
  /** Part of the actor's name, upper or lower case. */
  readonly actor?: string;
  /** Part of the subject. */
  readonly subject?: string;
  /** Part of any value in the body: old, new, or another field. */
  readonly value?: string;
  /** Part of type, actor, subject, reason or anything in the body. */
  readonly text?: string;
  /** Not before this time of the entry (`time.utc`). */
  readonly from?: string;
  /** Not after this time. */
  readonly to?: string;
  readonly state?: AuditEntry["state"];
  readonly review?: ReviewState;
}

/** Query of `GET /entries`. */
export interface AuditSearchQuery extends AuditFilter {
  /** By the gateway's own time of writing. Default `newest`. */
  readonly order?: "newest" | "oldest";
  /** 1..1,000; default 100. */
  readonly pageSize?: number;
  /** From the page before; it belongs to its filter and order. A page may have fewer items than asked for, even none, and a cursor. */
  readonly cursor?: string;
}

/** Where the review of one entry stands, and by whom. `seq`: the entry that says so. */
export type EntryReview =
  | {readonly state: "open"}
  | {readonly state: "reviewed" | "question"; readonly by: string; readonly at: string; readonly seq: number}
  | {
      readonly state: "handed-over";
      readonly by: string;
      readonly at: string;
      readonly seq: number;
      /** Who has it now. */
      readonly to: string;
    };

/** Why a body is gone. `seq`: the redaction entry. */
export interface ErasedBody {
  readonly by: string;
  readonly at: string;
  readonly reason: string;
  readonly legalBasis: string;
  readonly seq: number;
}

/** A hit: the entry and what a reader wants to know beside it. */
export interface AuditSearchItem extends AuditEntry {
  readonly kind: AuditKind;
  /**
   * Old and new value where the body names them: `old`, `new`, `unit`, or an OPC UA AuditWriteUpdateEventType's `OldValue`, `NewValue`.
   * A side that is not named is null.
   */
  readonly change: {readonly old: unknown; readonly new: unknown; readonly unit: string | null} | null;
  /** The body's `reason`, else the reason code. */
  readonly reason: string | null;
  readonly review: EntryReview;
  /** Not null only when the body was erased. */
  readonly erased: ErasedBody | null;
}

/**
 * Answer of `GET /entries/count`. When it is not complete the count is of a part: ask again with the cursor and add up. Each answer is
 * bounded work.
 */
export interface AuditCount {
  readonly count: number;
  readonly isComplete: boolean;
  readonly cursor?: string;
}

/** Query of `GET /entries/density`. */
export interface AuditDensityQuery extends AuditFilter {
  /** 1..1,000; default 200. */
  readonly buckets?: number;
}

/** Answer of `GET /entries/density`: how many entries of each kind in equal parts of the range. */
export interface AuditDensity {
  /** The range in view: the filter's, else from the first to the last entry. Both null when there is no entry. */
  readonly from: string | null;
  readonly to: string | null;
  /** In order of time; each as wide as the range divided by their number. */
  readonly buckets: readonly Readonly<Record<AuditKind, number>>[];
  /** False: the range was too rich to look at each entry on a bucket's edge; sums hold, edges are shared out evenly. */
  readonly isExact: boolean;
  /** Confirmed anchors in the range, at most 500, evenly chosen when there are more. */
  readonly anchors: readonly {readonly time: string; readonly milestoneIndex: number}[];
}

/** Answer of `GET /entries/facets`: what there is to filter by, most frequent first; at most 200 of each, 1,000 machines. */
export interface AuditFacets {
  readonly machines: readonly AuditFacet[];
  readonly types: readonly (AuditFacet & {readonly kind: AuditKind})[];
  readonly actors: readonly AuditFacet[];
  /** False when there was too much to look at. */
  readonly isComplete: boolean;
}

export interface AuditFacet {
  readonly name: string;
  readonly count: number;
}

/** First and last sequence number of a run of entries. */
export type SeqRange = readonly [from: number, to: number];

/** Body of `POST /machines/{machine}/reviews`. The review is an entry of the machine's log itself. */
export interface ReviewInput {
  /**
   * `reviewed`: looked at and in order; not by the actor of any of the entries. `question`: needs an answer first. `answer`: to the open
   * question. `handover`: somebody else shall go on.
   */
  readonly kind: "reviewed" | "question" | "answer" | "handover";
  /** At most 256 runs and 100,000 entries. */
  readonly entries: readonly SeqRange[];
  /** Up to 2,000 characters; needed for `question`, `answer` and `handover`. */
  readonly comment?: string;
  /** For `handover`: actor who goes on, such as `user:ben`. */
  readonly to?: string;
}

/** Body of `PUT /machines/{machine}/review-plan`: 1..3,660 days; 0 ends the plan. */
export interface ReviewPlan {
  readonly everyDays: number;
}

/** Answer of `GET /machines/{machine}/review`. */
export interface MachineReview {
  readonly machine: string;
  /** Critical entries that nobody has reviewed. */
  readonly openCritical: number;
  /** False: there were too many to count in one go; `openCritical` is a lower bound. */
  readonly isCountComplete: boolean;
  /** Open questions, oldest first, at most 100. */
  readonly questions: readonly OpenQuestion[];
  readonly lastReview: {readonly seq: number; readonly by: string; readonly at: string} | null;
  readonly plan: ReviewPlan | null;
  /** Null without a plan. */
  readonly nextDue: string | null;
  readonly isOverdue: boolean;
}

export interface OpenQuestion {
  /** Entry that asks. */
  readonly seq: number;
  readonly by: string;
  readonly at: string;
  /** What it still is about. */
  readonly entries: readonly SeqRange[];
}

/** Body of `POST /machines/{machine}/entries/{seq}/erase`. Both texts are kept for ever: name no person in them. */
export interface EraseInput {
  /** Why, 1..500 characters. */
  readonly reason: string;
  /** By what right, such as "GDPR Art. 17(1)(a)", 1..200 characters. */
  readonly legalBasis: string;
}

/** Answer: the redaction entry. When it arrives, salt and body are gone from this disk. */
export type EraseResult = AuditReceipt;

/** Answer of `GET /storage`. */
export interface AuditStorage {
  readonly machines: readonly {
    readonly machine: string;
    readonly entries: number;
    /** Salts and bodies. */
    readonly bodyBytes: number;
    /** Leaves and hashes: never removed. */
    readonly tileBytes: number;
    /** Entries whose body was erased. */
    readonly erased: number;
  }[];
  /** What was not yet moved into files of its machine. */
  readonly journalBytes: number;
  /** Index, heads, anchors with their proofs. */
  readonly storeBytes: number;
  readonly totalBytes: number;
  /** Measured over the last days, at most 30; null before there is a day to measure. */
  readonly growthBytesPerDay: number | null;
  readonly measuredDays: number;
  readonly disk: {
    readonly freeBytes: number;
    readonly totalBytes: number;
    /** When it is full at this growth; null when it does not grow or that is past the year 2200. */
    readonly fullOn: string | null;
  };
  /** `days` 0: bodies are kept for ever. `erasedBefore`: bodies older than this are gone. */
  readonly retention: {readonly days: number; readonly erasedBefore: string | null};
}

/** A filter under a name, for everybody at this gateway. */
export interface SavedFilter {
  /** 1..64 characters. */
  readonly name: string;
  readonly filter: AuditFilter;
  readonly savedBy: string;
  readonly savedAt: string;
}
