import type {
  AuditCheckReport,
  AuditEntry,
  AuditEntryInput,
  AuditProofFile,
  AuditQuery,
  AuditReceipt,
  MachineVerdict,
  Page,
} from "./audit-api.ts";
import {type CallOptions, type Http, pathOf} from "./http.ts";
import type {PageQuery} from "./pages.ts";

const PREFIX = "/api/audit/v1";
/** Longest proof file that is read: 256 MiB. */
const MAX_EXPORT_BYTES = 256 * 1024 * 1024;
// A re-check reads everything on disk, an export may hold a million entries.
const LONG_MS = 10 * 60_000;

/** /api/audit/v1. Errors: those of `createHttp`, under `audit/`. */
export interface AuditClient {
  /** Resolves when the entry is on disk under a signed checkpoint. */
  append(entry: AuditEntryInput, options?: CallOptions): Promise<AuditReceipt>;
  /** Appends several in one group, in order. */
  appendAll(entries: readonly AuditEntryInput[], options?: CallOptions): Promise<readonly AuditReceipt[]>;
  machines(query?: PageQuery, options?: CallOptions): Promise<Page<MachineVerdict>>;
  /** Null when the machine has no log. */
  machine(machine: string, options?: CallOptions): Promise<MachineVerdict | null>;
  /** Newest first. */
  entries(machine: string, query?: AuditQuery, options?: CallOptions): Promise<Page<AuditEntry>>;
  entry(machine: string, seq: number, options?: CallOptions): Promise<AuditEntry | null>;
  /** Proof file of the entries `from` to `to`, both included. */
  exportProof(machine: string, range: {from: number; to: number}, options?: CallOptions): Promise<AuditProofFile>;
  /** Hashes everything on disk again. */
  check(options?: CallOptions): Promise<AuditCheckReport>;
}

export function createAuditClient(http: Http): AuditClient {
  const machine = (name: string, ...rest: readonly (string | number)[]) => pathOf(`${PREFIX}/machines`, name, ...rest);
  return {
    append: (entry, options) => http.json({...options, method: "POST", path: `${PREFIX}/entries`, body: entry}),
    appendAll: (entries, options) => http.json({...options, method: "POST", path: `${PREFIX}/entries`, body: entries}),
    machines: (query, options) => http.json({...options, path: `${PREFIX}/machines`, query: {...query}}),
    machine: (name, options) => http.jsonOrNull({...options, path: machine(name)}),
    entries: (name, query, options) => http.json({...options, path: machine(name, "entries"), query: {...query}}),
    entry: (name, seq, options) => http.jsonOrNull({...options, path: machine(name, "entries", seq)}),
    exportProof: (name, range, options) =>
      http.json({
        timeoutMs: LONG_MS,
        ...options,
        path: machine(name, "export"),
        query: range,
        maxBytes: MAX_EXPORT_BYTES,
      }),
    check: (options) => http.json({timeoutMs: LONG_MS, ...options, method: "POST", path: `${PREFIX}/check`, body: {}}),
  };
}
