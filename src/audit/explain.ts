// A verification as the chain of steps that it took, for whoever wants to see why: the same check, told step by step.

import type {AuditProofFile, NetworkFile} from "../client/index.ts";
import {type ProofFault, type Verification, verifyProofFile} from "./verify.ts";

/** Steps in the order in which they are checked. Each is named for the fault that it finds. */
export const PROOF_STEPS = [
  "form",
  "checkpoint",
  "leaf",
  "body",
  "path",
  "signature",
  "untrusted-key",
  "milestone",
  "anchor",
] as const satisfies readonly ProofFault[];

/**
 * `holds`: checked and right. `fails`: the fault of the verdict. `unknown`: it fits together, but whose keys they are cannot be said
 * without a network file. `waiting`: there is no anchor yet. `open`: not reached, because an earlier step failed.
 */
export type StepState = "holds" | "fails" | "unknown" | "waiting" | "open";

export interface ProofStep {
  readonly name: (typeof PROOF_STEPS)[number];
  readonly state: StepState;
  /** What the step is about, for a sentence: numbers, names, keys. */
  readonly facts: Readonly<Record<string, string | number | null>>;
}

export interface Explanation {
  readonly verdict: Verification;
  readonly steps: readonly ProofStep[];
}

/** Checks a proof file and tells every step. Never throws for what is in the file. */
export function explainProof(file: unknown, network: NetworkFile | null): Explanation {
  const verdict = verifyProofFile(file, network);
  const steps = PROOF_STEPS.map((name) => ({name, state: stateOf(name, verdict), facts: factsOf(name, verdict)}));
  return {verdict, steps};
}

/** Bodies of a file that was verified, as text, beside its entries; null where one was erased. */
export function bodiesOf(file: unknown): readonly (string | null)[] {
  return (file as AuditProofFile).entries.map(({body}) => body);
}

function stateOf(name: ProofStep["name"], verdict: Verification): StepState {
  if (verdict.state === "invalid") {
    const [own, failed] = [PROOF_STEPS.indexOf(name), PROOF_STEPS.indexOf(verdict.fault)];
    return own < failed ? "holds" : own === failed ? "fails" : "open";
  }
  if (name === "untrusted-key") return verdict.state === "consistent" ? "unknown" : "holds";
  if (name !== "milestone" && name !== "anchor") return "holds";
  if (verdict.anchor === null) return "waiting";
  return name === "milestone" && verdict.state === "consistent" ? "unknown" : "holds";
}

function factsOf(name: ProofStep["name"], verdict: Verification): ProofStep["facts"] {
  if (verdict.state === "invalid") return {seq: verdict.seq};
  const {machine, origin, entries, size, signer, anchor} = verdict;
  switch (name) {
    case "form":
    case "leaf":
    case "body":
      return {machine, entries: entries.length};
    case "checkpoint":
    case "path":
      return {origin, entries: entries.length, size};
    case "signature":
    case "untrusted-key":
      return {origin, signer};
    case "milestone":
    case "anchor":
      return anchor === null ? {} : {...anchor};
  }
}
