export {type Disk, type DiskFile, systemDisk} from "./disk.ts";
export {type Journal, type JournalOptions, type JournalRecord, openJournal, type TornTail} from "./journal.ts";
export * from "./key.ts";
export {createMemoryStore, openStore} from "./level-store.ts";
export type * from "./store.ts";
