export * from "./key.ts";
export {createMemoryStore, openStore} from "./level-store.ts";
export type * from "./store.ts";
