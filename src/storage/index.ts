export {type Disk, type DiskFile, makeDurableFolder, systemDisk} from "./disk.ts";
export {type Journal, type JournalOptions, type JournalRecord, openJournal} from "./journal.ts";
export type {TornTail} from "./journal-files.ts";
export * from "./key.ts";
export {createMemoryStore, openStore} from "./level-store.ts";
export type * from "./store.ts";
