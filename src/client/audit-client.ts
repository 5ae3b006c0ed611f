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
import type {AuditExportQuery, AuditExportStream} from "./audit-export-api.ts";
import type {
  AuditCount,
  AuditDensity,
  AuditDensityQuery,
  AuditFacets,
  AuditFilter,
  AuditSearchItem,
  AuditSearchQuery,
  AuditStorage,
  EraseInput,
  EraseResult,
  MachineReview,
  ReviewInput,
  ReviewPlan,
  SavedFilter,
} from "./audit-review-api.ts";
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
  /**
   * Everything a filter finds, as it comes. Needs `audit:export`. Errors: `audit/too-many` when two exports run already, `client/cut` when
   * it ended early: what came until then is no export.
   */
  export(query: AuditExportQuery, options?: CallOptions): Promise<AuditExportStream>;
  /** Hashes everything on disk again. */
  check(options?: CallOptions): Promise<AuditCheckReport>;
  /** Over all machines, newest first unless asked otherwise. */
  search(query?: AuditSearchQuery, options?: CallOptions): Promise<Page<AuditSearchItem>>;
  /** One part of a count; give the cursor of the part before until it is complete. */
  count(query?: AuditFilter & {readonly cursor?: string}, options?: CallOptions): Promise<AuditCount>;
  density(query?: AuditDensityQuery, options?: CallOptions): Promise<AuditDensity>;
  facets(query?: AuditFilter, options?: CallOptions): Promise<AuditFacets>;
  /** Needs `audit:review`. Errors: `audit/refused` for one's own entries, `audit/not-found`, `audit/invalid`. */
  review(machine: string, review: ReviewInput, options?: CallOptions): Promise<AuditReceipt>;
  reviewOf(machine: string, options?: CallOptions): Promise<MachineReview>;
  planReviews(machine: string, plan: ReviewPlan, options?: CallOptions): Promise<AuditReceipt>;
  /** Needs `audit:erase`. Errors: `audit/conflict` when the body is gone already or must stay. */
  erase(machine: string, seq: number, input: EraseInput, options?: CallOptions): Promise<EraseResult>;
  storage(options?: CallOptions): Promise<AuditStorage>;
  readonly filters: {
    list(options?: CallOptions): Promise<readonly SavedFilter[]>;
    get(name: string, options?: CallOptions): Promise<SavedFilter | null>;
    /** Errors: `audit/conflict` when the name is another person's. */
    save(name: string, filter: AuditFilter, options?: CallOptions): Promise<SavedFilter>;
    /** False when there is none of that name. */
    remove(name: string, options?: CallOptions): Promise<boolean>;
  };
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
    export: async (query, options) => {
      const call = {timeoutMs: LONG_MS, ...options, path: `${PREFIX}/export`, query: addressOf(query)};
      const {header, bytes} = await http.stream(call);
      return {
        fileName: /filename="([\w.-]+)"/.exec(header("content-disposition") ?? "")?.[1] ?? `audit.${query.format}`,
        count: Number(header("x-tanglegate-entries")),
        recordedAs: header("x-tanglegate-recorded") ?? "",
        bytes,
      };
    },
    check: (options) => http.json({timeoutMs: LONG_MS, ...options, method: "POST", path: `${PREFIX}/check`, body: {}}),
    search: (query, options) => http.json({...options, path: `${PREFIX}/entries`, query: addressOf(query)}),
    count: (query, options) => http.json({...options, path: `${PREFIX}/entries/count`, query: addressOf(query)}),
    density: (query, options) => http.json({...options, path: `${PREFIX}/entries/density`, query: addressOf(query)}),
    facets: (query, options) => http.json({...options, path: `${PREFIX}/entries/facets`, query: addressOf(query)}),
    review: (name, review, options) =>
      http.json({...options, method: "POST", path: machine(name, "reviews"), body: review}),
    reviewOf: (name, options) => http.json({...options, path: machine(name, "review")}),
    planReviews: (name, plan, options) =>
      http.json({...options, method: "PUT", path: machine(name, "review-plan"), body: plan}),
    erase: (name, seq, input, options) =>
      http.json({
        timeoutMs: LONG_MS,
        ...options,
        method: "POST",
        path: machine(name, "entries", seq, "erase"),
        body: input,
      }),
    storage: (options) => http.json({...options, path: `${PREFIX}/storage`}),
    filters: {
      list: async (options) => (await http.json<Page<SavedFilter>>({...options, path: `${PREFIX}/filters`})).items,
      get: (name, options) => http.jsonOrNull({...options, path: pathOf(`${PREFIX}/filters`, name)}),
      save: (name, filter, options) =>
        http.json({...options, method: "PUT", path: pathOf(`${PREFIX}/filters`, name), body: filter}),
      remove: (name, options) => http.isDone({...options, method: "DELETE", path: pathOf(`${PREFIX}/filters`, name)}),
    },
  };
}

/** The query of a filter: lists are joined by commas under the singular of their name. */
export function addressOf(
  query: (AuditSearchQuery & AuditDensityQuery) | AuditExportQuery = {},
): Readonly<Record<string, string | number | undefined>> {
  const {machines, types, kinds, ...rest} = query;
  return {machine: machines?.join(","), type: types?.join(","), kind: kinds?.join(","), ...rest};
}
