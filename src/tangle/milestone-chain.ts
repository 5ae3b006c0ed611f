import {fromHex, type Hex} from "../bytes.ts";
import {verifyEd25519} from "../ed25519.ts";
import {
  FIRST_MILESTONE_INDEX,
  type MilestoneEssence,
  type MilestoneId,
  type MilestonePayload,
  milestoneIdOf,
} from "../stardust/pure.ts";
import type {WhiteFlagResult} from "./white-flag.ts";

/** A coordinator key and the milestone indexes it may sign: from `start` to `end`, both inclusive; `end` 0 = for ever. */
export interface KeyRange {
  /** Ed25519, 0x-hex of 32 bytes in lower case. */
  readonly publicKey: string;
  readonly start: number;
  readonly end: number;
}

/** Who may issue milestones: `coordinator` of network.json. */
export interface CoordinatorKeys {
  /** Signatures a milestone needs; at least 1. */
  readonly threshold: number;
  readonly keys: readonly KeyRange[];
}

export type SignatureFault = "too-few-signatures" | "unknown-key" | "duplicate-key" | "bad-signature";
export type ChainFault = "index" | "timestamp" | "previous-milestone" | "receipt";
export type RootFault = "inclusion-root" | "applied-root";
export type MilestoneFault = SignatureFault | ChainFault | RootFault | "fork";

/** Whether a milestone keeps a rule; if not which, and in `because` a sentence for people. */
export type MilestoneVerdict<Fault extends MilestoneFault = MilestoneFault> =
  | {readonly state: "valid"}
  | {readonly state: "invalid"; readonly fault: Fault; readonly because: string};

/** What is kept of the milestone before. */
export interface PreviousMilestone {
  readonly index: number;
  readonly timestamp: number;
  readonly milestoneId: MilestoneId;
}

const VALID = {state: "valid"} as const;
const NO_PREVIOUS: Hex = `0x${"00".repeat(32)}`;

/** Public keys that may sign the milestone of an index. */
export function applicableKeys(keys: readonly KeyRange[], index: number): ReadonlySet<string> {
  return new Set(
    keys.filter(({start, end}) => start <= index && (end === 0 || end >= index)).map(({publicKey}) => publicKey),
  );
}

/** Whether enough of the right keys have signed (TIP-29). One bad or foreign signature spoils the milestone. */
export function verifyMilestoneSignatures(
  milestone: MilestonePayload,
  coordinator: CoordinatorKeys,
): MilestoneVerdict<SignatureFault> {
  const {signatures, index} = milestone;
  const applicable = applicableKeys(coordinator.keys, index);
  // TIP-29: at least the threshold, at most the number of applicable keys (which follows from each key once). A threshold below one
  // would accept anything.
  const threshold = Math.max(1, coordinator.threshold);
  if (signatures.length < threshold) {
    return invalid("too-few-signatures", `Milestone ${index} has ${signatures.length} of ${threshold} signatures.`);
  }
  const seen = new Set<string>();
  for (const {publicKey} of signatures) {
    if (!applicable.has(publicKey)) {
      return invalid("unknown-key", `The key ${publicKey} may not sign milestone ${index}.`);
    }
    if (seen.has(publicKey))
      return invalid("duplicate-key", `The key ${publicKey} has signed milestone ${index} twice.`);
    seen.add(publicKey);
  }
  const bad = firstBadSignature(milestone);
  return bad === null ? VALID : invalid("bad-signature", `The signature of ${bad} on milestone ${index} is wrong.`);
}

/** The first key whose signature does not hold over the milestone's id; null when all hold. Whose keys they are is not asked. */
export function firstBadSignature(milestone: MilestonePayload): Hex | null {
  const message = fromHex(milestoneIdOf(milestone));
  const bad = milestone.signatures.find(
    ({publicKey, signature}) => !verifyEd25519(fromHex(publicKey), message, signature),
  );
  return bad?.publicKey ?? null;
}

/** Whether a milestone follows the one before; `previous` is null for the first of the network (TIP-29). */
export function verifyMilestoneChain(
  milestone: MilestoneEssence,
  previous: PreviousMilestone | null,
): MilestoneVerdict {
  const {index, timestamp, previousMilestoneId} = milestone;
  const expectedIndex = previous === null ? FIRST_MILESTONE_INDEX : previous.index + 1;
  // TIP-29: the index increments by 1.
  if (index !== expectedIndex) return invalid("index", `Milestone ${expectedIndex} is expected, this one is ${index}.`);
  // TIP-29: the previous milestone id is that of the milestone before; zero for the first.
  const expectedId = previous?.milestoneId ?? NO_PREVIOUS;
  if (previousMilestoneId !== expectedId) {
    return invalid("previous-milestone", `Milestone ${index} follows ${previousMilestoneId}, not ${expectedId}.`);
  }
  // TIP-29: the timestamp is strictly larger.
  if (previous !== null && timestamp <= previous.timestamp) {
    return invalid("timestamp", `Milestone ${index} has time ${timestamp}, the one before ${previous.timestamp}.`);
  }
  // A receipt would create outputs that are nobody's here (TIP-34, obsolete).
  if (milestone.options.some((option) => option.kind === "receipt")) {
    return invalid("receipt", `Milestone ${index} carries a migration receipt; this network has none.`);
  }
  return VALID;
}

/** Whether the white-flag walk gives the roots that the milestone was signed with (TIP-4, TIP-29). If not, the node must stop. */
export function compareRoots(
  milestone: MilestoneEssence,
  result: Extract<WhiteFlagResult, {state: "ordered"}>,
): MilestoneVerdict<RootFault> {
  const {index, inclusionMerkleRoot, appliedMerkleRoot} = milestone;
  if (inclusionMerkleRoot !== result.inclusionMerkleRoot) {
    const because = `Milestone ${index} has inclusion root ${inclusionMerkleRoot}; the walk gives ${result.inclusionMerkleRoot}.`;
    return invalid("inclusion-root", because);
  }
  if (appliedMerkleRoot !== result.appliedMerkleRoot) {
    const because = `Milestone ${index} has applied root ${appliedMerkleRoot}; the ledger gives ${result.appliedMerkleRoot}.`;
    return invalid("applied-root", because);
  }
  return VALID;
}

/** Whether two validly signed milestones of one index are one milestone. If not, the chain forks and the node must halt (TIP-29). */
export function compareMilestones(known: MilestoneEssence, other: MilestoneEssence): MilestoneVerdict<"fork"> {
  if (known.index !== other.index || milestoneIdOf(known) === milestoneIdOf(other)) return VALID;
  return invalid(
    "fork",
    `There are two different milestones ${known.index}: ${milestoneIdOf(known)}, ${milestoneIdOf(other)}.`,
  );
}

function invalid<Fault extends MilestoneFault>(fault: Fault, because: string) {
  return {state: "invalid", fault, because} as const;
}
