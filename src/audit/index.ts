export type {Audit, AuditDeps, AuditOptions, AuditState} from "./audit.ts";
export * from "./pure.ts";
