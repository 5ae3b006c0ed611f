export type {Audit, AuditDeps, AuditGap, AuditOptions, AuditState} from "./audit.ts";
export {type AuditExport, createExporter, type Exporter, type ExportOptions} from "./export/export.ts";
export {createAudit} from "./log.ts";
export * from "./pure.ts";
export {createAuditRoutes} from "./routes.ts";
