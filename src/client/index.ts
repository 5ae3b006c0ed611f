export type * from "./audit-api.ts";
export type * from "./confirmed-feed.ts";
export type * from "./field-api.ts";
export * from "./network-file.ts";
export type * from "./node-client.ts";
