export {
  ANCHOR_TAG,
  type AnchoredHead,
  type AnchorPayload,
  decodeAnchor,
  encodeAnchor,
  headOf,
  originHashOf,
} from "./anchor-payload.ts";
export {changeOf, reasonOf} from "./change.ts";
export {type Checkpoint, formatCheckpoint, originOf, parseCheckpoint} from "./checkpoint.ts";
export {bodyHashOf, isMachineName, type Leaf, type LeafTime, parseLeaf, serializeLeaf} from "./entry.ts";
export {
  bodiesOf,
  type Explanation,
  explainProof,
  PROOF_STEPS,
  type ProofStep,
  type StepState,
} from "./explain.ts";
export {
  formatVerifierKey,
  type Note,
  parseNote,
  parseVerifierKey,
  signNote,
  type VerifierKey,
  verifierKeyOf,
  verifyNote,
} from "./note.ts";
export {formatTlogProof, parseTlogProof, type TlogProof} from "./tlog-proof.ts";
export {
  type AnchorFacts,
  type ProofFacts,
  type ProofFault,
  type SeqGap,
  type Verification,
  verifyProofFile,
} from "./verify.ts";
