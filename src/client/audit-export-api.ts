// The forms of `GET /api/audit/v1/export`: the query, and what each export says about itself.

import type {MachineVerdict} from "./audit-api.ts";
import type {AuditFilter, AuditSearchItem} from "./audit-review-api.ts";

/** `zip`: the other three, proof files of what they show, and a page that checks those off-line. */
export type AuditExportFormat = "csv" | "json" | "pdf" | "zip";
export type AuditExportLanguage = "en" | "de";

/** Query of `GET /export`. In the address lists are joined by commas, as for `GET /entries`. */
export interface AuditExportQuery extends AuditFilter {
  readonly format: AuditExportFormat;
  /** Left out: `en`. */
  readonly language?: AuditExportLanguage;
}

/** What an export is: the same facts in every format. */
export interface AuditExportFacts {
  readonly schema: "tanglegate-audit-export/v1";
  /** Name of the gateway, and of its network. */
  readonly site: string;
  readonly networkName: string;
  /** RFC 3339, UTC: entries that were written later are not in it. */
  readonly exportedAt: string;
  readonly exportedBy: string;
  readonly language: AuditExportLanguage;
  /** IANA name of the zone of local times. */
  readonly timeZone: string;
  readonly filter: AuditFilter;
  /** How many entries the filter found: all of them are in the export. */
  readonly count: number;
  /** The entry that says that this export was made. */
  readonly recordedAs: {readonly machine: string; readonly seq: number};
  /** Verdicts over the logs that were looked through, when the export was made. */
  readonly machines: readonly MachineVerdict[];
}

/** An export as JSON. Entries are in the order of the search. */
export interface AuditExportDocument extends AuditExportFacts {
  readonly entries: readonly AuditSearchItem[];
}

/** An export on its way to a caller. */
export interface AuditExportStream {
  /** The name that the gateway gives the file. */
  readonly fileName: string;
  /** Entries in it. */
  readonly count: number;
  /** `machine/number` of the entry that says that this export was made. */
  readonly recordedAs: string;
  readonly bytes: AsyncGenerator<Uint8Array, void, undefined>;
}
