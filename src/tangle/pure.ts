export {CONFLICT_REASONS, type ConflictReason} from "./conflict-reason.ts";
export {
  createInclusionProof,
  type InclusionFacts,
  type InclusionFault,
  type InclusionProof,
  type InclusionTrust,
  type InclusionVerdict,
  type ProofNode,
  verifyInclusionProof,
} from "./inclusion-proof.ts";
export {rootOfIds} from "./merkle-roots.ts";
export {
  applicableKeys,
  type CoordinatorKeys,
  compareMilestones,
  compareRoots,
  type KeyRange,
  type MilestoneFault,
  type MilestoneVerdict,
  type PreviousMilestone,
  verifyMilestoneChain,
  verifyMilestoneSignatures,
} from "./milestone-chain.ts";
export {
  CONE_MEMO_MAX,
  type ConeMemo,
  type ConeRootIndexes,
  type ConeView,
  coneRootIndexesOf,
} from "./past-cone.ts";
export {
  findMissing,
  type MissingBlocks,
  type SolidityStep,
  type SolidityView,
  solidify,
} from "./solidity.ts";
export {
  addTip,
  countTips,
  createTipPools,
  expireTips,
  isTip,
  type NewTip,
  rescoreTips,
  scoreOf,
  selectTips,
  type TipPools,
  type TipRequest,
  type TipScore,
} from "./tip-selection.ts";
export {
  applyWhiteFlag,
  BLOCKS_PER_STEP,
  type Judge,
  judgeNoTransactions,
  type LedgerOutcome,
  type ReferencedBlock,
  runToEnd,
  type TangleView,
  type WhiteFlagResult,
} from "./white-flag.ts";
