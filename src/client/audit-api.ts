// The forms of /api/audit/v1. Times are RFC 3339 in UTC with milliseconds.

import type {BlockInclusionProof} from "./node-client.ts";

/**
 * The machine in whose log the gateway records its own events, such as logins and deploys. Only its own processes write there: no token
 * and no role is given the scope `audit:append-gateway`.
 */
export const GATEWAY_MACHINE = "gateway";

/** What a caller gives. `body` is any JSON object; it is hashed with a salt, so it can be erased later while proofs hold. */
export interface AuditEntryInput {
  /** Machine, 1..64 of a-z A-Z 0-9 . _ -, not beginning with . or -: one log each. */
  readonly machine: string;
  /** What kind of event, such as `parameter-change`, `alarm`, `batch-end`: 1..64 of a-z 0-9 . _ -. */
  readonly type: string;
  /** What it is about: a parameter, an order, a part. Up to 256 characters. */
  readonly subject?: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Who did it. Left out: the identity of the caller. Another one needs the scope `audit:impersonate`. */
  readonly actor?: string;
  /** Role of another actor, 1..64 characters. The caller's own is known to the gateway. */
  readonly actorRole?: string;
  /** When it happened at the source. Left out: now. */
  readonly time?: string;
  readonly reasonCode?: string;
  /** Sequence number of the entry that this one corrects. */
  readonly corrects?: number;
}

/** Answer to an append: the entry is on disk (fdatasync) under a signed checkpoint when this arrives. */
export interface AuditReceipt {
  readonly machine: string;
  /** Number of the entry in the machine's log, from 0, without gaps unless a backup was restored. */
  readonly seq: number;
  /** Leaf hash, 0x-hex. */
  readonly leafHash: string;
  /** Size of the signed checkpoint that covers the entry. */
  readonly checkpointSize: number;
}

/** An entry as stored. `body` is null when it was erased. */
export interface AuditEntry {
  readonly machine: string;
  readonly seq: number;
  readonly type: string;
  readonly time: {
    readonly utc: string;
    /** The gateway's clock when it wrote the entry: who set it, how far it may be off, whether it was synchronised. */
    readonly source: string;
    readonly uncertaintyMs: number | null;
    readonly synced: boolean;
    /** The gateway's own time, only when `utc` is the caller's. */
    readonly recorded?: string;
  };
  readonly actor: string;
  /** Role in which the actor acted, such as `operator`; `token` and `process` are no people; null when it is not known. */
  readonly actorRole: string | null;
  readonly subject: string | null;
  readonly reasonCode: string | null;
  readonly corrects: number | null;
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly leafHash: string;
  /** `verified`: under a milestone. `waiting`: signed by us, not anchored yet. */
  readonly state: "verified" | "waiting";
}

/** Verdict over one machine's log. */
export interface MachineVerdict {
  readonly machine: string;
  readonly state: "verified" | "waiting" | "broken";
  readonly entries: number;
  /** Entries under the last confirmed anchor. */
  readonly anchoredEntries: number;
  readonly lastAnchor: {
    readonly milestoneIndex: number;
    readonly time: string;
    readonly blockId: string;
  } | null;
  /** Only when broken: the first bad entry and what differs, in words. */
  readonly broken: BrokenLog | null;
  readonly lastEntryTime: string | null;
  /** When everything on disk was last re-hashed; null = never. */
  readonly checkedAt: string | null;
  /**
   * Not null when the last re-check is too old, never was, or could not read the disk: then `state` says what was known before. A file
   * that cannot be read is no tampering.
   */
  readonly unchecked: {
    readonly why: "not-yet" | "too-old" | "unreadable";
    /** The last check; null = never. */
    readonly since: string | null;
    readonly because: string;
  } | null;
}

/** What a re-check found. */
export interface BrokenLog {
  /** First bad entry. */
  readonly seq: number;
  readonly because: string;
  /** `missing`: not there. `changed`: other bytes. `reordered`: another entry stands there. `cut`: the end is gone. */
  readonly differs: "missing" | "changed" | "reordered" | "cut";
  /** The newest anchor before the bad entry: up to there everything is proven. */
  readonly lastGoodAnchor: {
    readonly milestoneIndex: number;
    readonly time: string;
    readonly blockId: string;
    /** Last entry under it. */
    readonly seq: number;
  } | null;
  /** What to do. */
  readonly remedy: string;
}

/** A page of a list. `cursor` is absent on the last page. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly cursor?: string;
}

/** Query of `GET /machines/{machine}/entries`. Newest first. */
export interface AuditQuery {
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
  readonly actor?: string;
  readonly text?: string;
  readonly pageSize?: number;
  readonly cursor?: string;
}

/** The one file of an export: `tanglegate audit verify FILE --trust network.json` checks it with no network. */
export interface AuditProofFile {
  /** v1: every entry of a range. v2: chosen entries, ascending; what lies between them is not in the file. */
  readonly format: "tanglegate-audit-proof/v1" | "tanglegate-audit-proof/v2";
  readonly machine: string;
  readonly origin: string;
  /** Sequence number of the first leaf of the log named by `origin`: 0 unless the log had to begin anew. */
  readonly firstSeq: number;
  /** C2SP verifier key of the audit log. Worth nothing by itself: network.json says whether it is the right one. */
  readonly signer: string;
  readonly entries: readonly {
    readonly seq: number;
    /** RFC 8785 bytes of the leaf, as text. */
    readonly leaf: string;
    /** RFC 8785 bytes of the body, as text; null when it was erased. */
    readonly body: string | null;
    /** 32 bytes, 0x-hex; null when it was erased. */
    readonly salt: string | null;
    /** RFC 6962 path to the checkpoint's root, base64, lowest first. */
    readonly path: readonly string[];
  }[];
  /** C2SP signed note with the checkpoint that the anchor names. */
  readonly checkpoint: string;
  /** Place of the checkpoint in the anchor block, and the block's way to its milestone; null while waiting. */
  readonly anchor: BlockInclusionProof | null;
}

/** Answer of `POST /check`. */
export interface AuditCheckReport {
  readonly machines: readonly MachineVerdict[];
  readonly entriesChecked: number;
  readonly bodiesChecked: number;
  readonly tookMs: number;
}
