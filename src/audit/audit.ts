import type {
  AuditCheckReport,
  AuditEntry,
  AuditEntryInput,
  AuditProofFile,
  AuditQuery,
  AuditReceipt,
  ConfirmedFeed,
  MachineVerdict,
  NodeClient,
  Page,
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
  entries(machine: string, query: AuditQuery): Promise<Page<AuditEntry>>;
  entry(machine: string, seq: number): Promise<AuditEntry | null>;
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
  /** Calls back after each durable entry, in order; returns what ends that. */
  onEntry(listener: (entry: AuditEntry) => void): () => void;
}
