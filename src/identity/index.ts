export {domainSeparated} from "./domain.ts";
export {type KeyStore, type KeyStoreOptions, openKeyStore} from "./key-store.ts";
export type * from "./signer.ts";
export type {Unlock} from "./unlock.ts";
