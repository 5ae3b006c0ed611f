import type {
  AlarmCondition,
  AuditCheckReport,
  AuditCount,
  AuditDensity,
  AuditDensityQuery,
  AuditEntryInput,
  AuditFacets,
  AuditFilter,
  AuditProofFile,
  AuditQuery,
  AuditReceipt,
  AuditSearchItem,
  AuditSearchQuery,
  AuditStorage,
  ConfirmedFeed,
  EraseInput,
  MachineReview,
  MachineVerdict,
  NodeClient,
  Page,
  ReviewPlan,
} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import type {Signer} from "../identity/index.ts";
import type {Log} from "../log.ts";
import type {Metrics} from "../metrics.ts";
import type {Random} from "../random.ts";
import type {Service} from "../service.ts";
import type {Disk} from "../storage/index.ts";
import type {Caller} from "./entry.ts";
import type {FrozenTrail} from "./frozen.ts";
import type {SavedFilters} from "./saved-filters.ts";

export interface AuditOptions {
  /** Folder of journal, tiles, bodies and index; made when missing. */
  readonly folder: string;
  /** Name of the gateway: the first part of each log's origin. */
  readonly name: string;
  readonly networkName: string;
  /** Time between anchors while entries arrive. */
  readonly anchorIntervalMs: number;
  /** The same when nothing changes; then all heads are anchored again. */
  readonly idleAnchorIntervalMs: number;
  /** The journal is cut down to half of this when it grows past it. Left out: 64 MiB. */
  readonly journalBytesMax?: number;
  /** Time between two re-checks of everything in the background. Left out: none but those that are asked for. */
  readonly recheckIntervalMs?: number;
  /** Bodies older than this are erased. Left out or 0: kept for ever. */
  readonly retentionDays?: number;
  /** Where the journal writes. Left out: this machine's disk. */
  readonly disk?: Disk;
}

export interface AuditDeps {
  readonly clock: Clock;
  /** Salts of bodies: the operating system's randomness outside of tests. */
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Key of purpose `audit-log`. */
  readonly signer: Signer;
  readonly node: NodeClient;
  readonly feed: ConfirmedFeed;
}

/** Whether entries are accepted; if not, why, in a sentence. */
export type AuditState = {readonly isAccepting: true} | {readonly isAccepting: false; readonly because: string};

/** A time in which no entry was accepted. `from`: RFC 3339, UTC. */
export interface AuditGap {
  readonly from: string;
  readonly because: string;
}

/** The audit trail of a gateway: one log for each machine. */
export interface Audit extends Service {
  /**
   * Adds entries in order, all or none. Resolves when they are on disk under signed checkpoints. `by` is who is asking.
   * Errors: `audit/invalid` with the field, `audit/too-large`, `audit/busy`, `audit/disk-full`, `audit/unavailable`.
   */
  append(inputs: readonly AuditEntryInput[], by: Caller): Promise<readonly AuditReceipt[]>;
  state(): AuditState;
  /**
   * Opens journal and logs anew. After a full disk the trail does so by itself once there is room; until then it can be read. A try that
   * fails can be repeated. Errors: `audit/busy` while something is read or checked, those of the start.
   */
  reopen(): Promise<void>;
  /** Calls back when entries are accepted again after a failure; returns what ends that. */
  onResumed(listener: (gap: AuditGap) => void): () => void;
  /** Verdicts by machine name. */
  machines(): readonly MachineVerdict[];
  machine(machine: string): MachineVerdict | null;
  /** Newest first. Errors: `audit/not-found` for an unknown machine, `audit/invalid` for a cursor that is none of ours. */
  entries(machine: string, query: AuditQuery): Promise<Page<AuditSearchItem>>;
  entry(machine: string, seq: number): Promise<AuditSearchItem | null>;
  /** Latest signed checkpoint (C2SP tlog-checkpoint). Errors: `audit/not-found`. */
  checkpoint(machine: string): string;
  /** Bytes of a C2SP tlog-tiles path such as `tile/0/x001/234.p/5` or `tile/entries/000`; null when there is none (yet). */
  tile(machine: string, path: string): Promise<Uint8Array | null>;
  /** Proof file of the entries `from` to `to`, both included. Errors: `audit/not-found`, `audit/invalid`, `audit/too-large`. */
  exportProof(machine: string, range: {readonly from: number; readonly to: number}): Promise<AuditProofFile>;
  /** The trail as it stands now, to be read several times: what comes later does not show. */
  freeze(): FrozenTrail;
  /** Hashes everything on disk again, bodies included, on two workers. Errors: `audit/busy` while one runs. */
  check(): Promise<AuditCheckReport>;
  /** A page over all machines. Errors: `audit/invalid` with the field, `audit/not-found` for a machine. */
  search(query?: AuditSearchQuery): Promise<Page<AuditSearchItem>>;
  count(query: AuditFilter & {readonly cursor?: string}): Promise<AuditCount>;
  density(query: AuditDensityQuery): Promise<AuditDensity>;
  facets(filter: AuditFilter): Promise<AuditFacets>;
  /**
   * Appends a review of entries. Errors: `audit/not-found`, `audit/invalid`, `audit/too-large`, `audit/refused` for one's own entries,
   * `audit/conflict` for an answer to no question.
   */
  review(machine: string, input: unknown, by: Caller): Promise<AuditReceipt>;
  planReviews(machine: string, plan: ReviewPlan, by: Caller): Promise<AuditReceipt>;
  reviewOf(machine: string): Promise<MachineReview>;
  /** Resolves when salt and body are gone. Errors: `audit/not-found`, `audit/conflict` when they are gone already or must stay. */
  erase(machine: string, seq: number, input: EraseInput, by: Caller): Promise<AuditReceipt>;
  storage(): Promise<AuditStorage>;
  filters(): SavedFilters;
  /** What somebody must do something about. */
  conditions(): Promise<readonly AlarmCondition[]>;
  /** Calls back after each durable entry, in order; returns what ends that. */
  onEntry(listener: (entry: AuditSearchItem) => void): () => void;
}
