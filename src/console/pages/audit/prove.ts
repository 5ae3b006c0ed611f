// The check of an entry's proof in this browser, by the same rules as the command line's.

import "../../strict.ts";
import {type Explanation, explainProof} from "../../../audit/pure.ts";
import type {AuditProofFile, NetworkFile} from "../../../client/index.ts";
import {get} from "../../api.ts";
import {sentenceOfFailure} from "../../parts/form.tsx";

export type EntryCheck =
  | ({readonly isFailure: false; readonly file: AuditProofFile} & Explanation)
  /** The proof could not be had, which says nothing about the entry. */
  | {readonly isFailure: true; readonly because: string};

export function proofPath(machine: string, seq: number): string {
  return `/api/audit/v1/machines/${encodeURIComponent(machine)}/export?from=${seq}&to=${seq}`;
}

export async function checkEntry(machine: string, seq: number): Promise<EntryCheck> {
  let file: AuditProofFile;
  try {
    file = await get<AuditProofFile>(proofPath(machine, seq));
  } catch (error) {
    return {isFailure: true, because: sentenceOfFailure(error)};
  }
  // Without it the check still says whether everything fits together.
  const network = await get<NetworkFile>("/api/gateway/v1/network").catch(() => null);
  const {verdict, steps} = explainProof(file, network);
  if (verdict.state === "invalid" || (verdict.machine === machine && verdict.entries[0]?.seq === seq))
    return {isFailure: false, file, verdict, steps};
  const because = `The proof is of ${verdict.machine}, entry ${verdict.entries[0]?.seq}.`;
  return {isFailure: false, file, steps, verdict: {state: "invalid", fault: "leaf", because, seq}};
}
