export {domainSeparated} from "./domain.ts";
export type * from "./signer.ts";
