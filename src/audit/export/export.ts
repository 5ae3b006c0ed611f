// An export from request to last byte: the trail is frozen, the hits are counted, the export is written into the gateway's own log, and
// only then does it leave, with the number of that entry in it.

import {
  type AuditExportFacts,
  type AuditExportFormat,
  type AuditExportQuery,
  GATEWAY_MACHINE,
  type NetworkFile,
} from "../../client/index.ts";
import type {Clock} from "../../clock.ts";
import {GatewayError} from "../../errors.ts";
import type {Audit} from "../audit.ts";
import type {Caller} from "../entry.ts";
import type {FrozenTrail} from "../frozen.ts";
import {writeCsv} from "./csv.ts";
import {writeJson} from "./json.ts";
import {writePdf} from "./pdf.ts";
import {unchanged} from "./unchanged.ts";
import {writeZip} from "./zip.ts";

/** Exports that run at once: each keeps a core and the disk busy. */
export const EXPORTS_AT_ONCE_MAX = 2;

export interface ExportOptions {
  /** Name of the gateway. */
  readonly site: string;
  readonly network: NetworkFile;
  /** IANA name of the zone of local times. Left out: the system's. */
  readonly timeZone?: string;
  /** The page that checks proofs off-line. Errors: `audit/unavailable` when it was not built. */
  readonly verifyPage: () => Promise<Uint8Array>;
}

export interface ExportDeps {
  readonly clock: Clock;
  /** The trail as it is now. */
  readonly freeze: () => FrozenTrail;
  readonly append: Audit["append"];
}

type Bytes = AsyncGenerator<string | Uint8Array, void, undefined>;

/** An export that is recorded and can leave. */
export interface AuditExport {
  readonly facts: AuditExportFacts;
  readonly fileName: string;
  readonly mediaType: string;
  /** Counts as running until it is read to its end, returned, or the signal is aborted. */
  readonly bytes: Bytes;
}

export interface Exporter {
  /**
   * Begins an export. `signal` ends it at any time. Errors: `audit/too-many` when two run already, `audit/not-found` for a machine,
   * `audit/invalid`; while it is read, `audit/conflict` when what it shows changed under it, such as by reviews.
   */
  begin(query: AuditExportQuery, by: Caller & {readonly signal: AbortSignal}): Promise<AuditExport>;
}

const MEDIA_TYPES: Readonly<Record<AuditExportFormat, string>> = {
  csv: "text/csv; charset=utf-8; header=present",
  json: "application/json; charset=utf-8",
  pdf: "application/pdf",
  zip: "application/zip",
};

export function createExporter(options: ExportOptions, deps: ExportDeps): Exporter {
  let running = 0;
  return {
    begin: async ({format, language = "en", ...filter}, {signal, ...caller}) => {
      if (running >= EXPORTS_AT_ONCE_MAX)
        throw new GatewayError(
          "audit/too-many",
          `${EXPORTS_AT_ONCE_MAX} exports are running already. Wait until one of them has ended.`,
        );
      running++;
      let isOver = false;
      const end = () => {
        if (!isOver) running--;
        isOver = true;
      };
      // A generator that nobody began to read is not told that it ends.
      signal.addEventListener("abort", end, {once: true});
      try {
        const verifyPage = format === "zip" ? await options.verifyPage() : new Uint8Array(0);
        const exportedAt = new Date(deps.clock.now()).toISOString();
        const trail = deps.freeze();
        const machines = trail.verdicts(filter);
        const shown = () => abortable(trail.entries(filter), signal);
        const count = await countOf(shown());
        const [receipt] = await deps.append(
          [{machine: GATEWAY_MACHINE, type: "export", body: {format, language, filter: {...filter}, count}}],
          caller,
        );
        const facts: AuditExportFacts = {
          schema: "tanglegate-audit-export/v1",
          site: options.site,
          networkName: options.network.protocol.networkName,
          exportedAt,
          exportedBy: caller.actor,
          language,
          timeZone: options.timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
          filter,
          count,
          recordedAs: {machine: receipt!.machine, seq: receipt!.seq},
          machines,
        };
        const entries = () => unchanged(shown(), count);
        const writers: Readonly<Record<AuditExportFormat, () => Bytes>> = {
          csv: () => writeCsv(facts, entries()),
          json: () => writeJson(facts, entries()),
          pdf: () => writePdf(facts, entries()),
          zip: () =>
            writeZip({
              facts,
              entries,
              proofs: (machine) => trail.proofs(machine, filter),
              network: options.network,
              verifyPage,
            }),
        };
        return {
          facts,
          fileName: fileNameOf(facts, format),
          mediaType: MEDIA_TYPES[format],
          bytes: ending(writers[format](), end),
        };
      } catch (error) {
        end();
        throw error;
      }
    },
  };
}

/** `audit-werk-nord.example-2026-06-01T12-00-00Z.zip` */
function fileNameOf({site, exportedAt}: AuditExportFacts, format: AuditExportFormat): string {
  const name = site.replace(/[^A-Za-z0-9._-]/g, "_");
  return `audit-${name}-${exportedAt.slice(0, 19).replaceAll(":", "-")}Z.${format}`;
}

async function countOf(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of items) count++;
  return count;
}

async function* abortable<Item>(items: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  for await (const item of items) {
    signal.throwIfAborted();
    yield item;
  }
}

async function* ending(bytes: Bytes, end: () => void): Bytes {
  try {
    yield* bytes;
  } finally {
    end();
  }
}
