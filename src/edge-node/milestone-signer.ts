import {fromHex, toHex} from "../bytes.ts";
import type {NetworkFile} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import type {Signer} from "../identity/index.ts";
import {
  type BlockId,
  FIRST_MILESTONE_INDEX,
  type MilestoneEssence,
  type MilestoneId,
  type MilestonePayload,
  milestoneIdOf,
} from "../stardust/index.ts";
import {applicableKeys, verifyMilestoneSignatures} from "../tangle/index.ts";
import type {UnixSeconds} from "../units.ts";
import type {OrderedCone} from "./confirmation.ts";
import type {MilestoneRow} from "./store/node-store.ts";

const NO_PREVIOUS: MilestoneId = `0x${"00".repeat(32)}`;

/** What a milestone says; all else of it follows. */
export interface MilestoneFacts {
  readonly previous: MilestoneRow | null;
  readonly parents: readonly BlockId[];
  readonly cone: OrderedCone;
  readonly timestamp: UnixSeconds;
}

/** Signs milestones with every key that may sign the index, sorted by public key. Errors: `node/coordinator-keys` when they are too few. */
export function createMilestoneSigner(
  signers: readonly Signer[],
  network: NetworkFile,
): (facts: MilestoneFacts) => MilestonePayload {
  const {coordinator, protocol} = network;
  const known = new Set(coordinator.keys.map(({publicKey}) => publicKey));
  const own = new Map(
    signers.map((signer) => [toHex(signer.publicKey), signer] as const).filter(([key]) => known.has(key)),
  );
  if (own.size < coordinator.threshold) {
    throw new GatewayError(
      "node/coordinator-keys",
      `network.json asks for ${coordinator.threshold} of its coordinator keys; this gateway holds ${own.size} of them. Restore the key, or set node.coordinator to false.`,
      {threshold: coordinator.threshold, held: own.size},
    );
  }
  const sorted = [...own].sort(([a], [b]) => (a < b ? -1 : 1));

  return (facts) => {
    const essence = essenceOf(facts, protocol.version);
    const applicable = applicableKeys(coordinator.keys, essence.index);
    const message = fromHex(milestoneIdOf(essence));
    const signatures = sorted
      .filter(([publicKey]) => applicable.has(publicKey))
      .map(([publicKey, signer]) => ({publicKey, signature: signer.sign(message)}));
    const payload: MilestonePayload = {kind: "milestone", ...essence, signatures};
    // A milestone that others would refuse must not leave this process.
    const verdict = verifyMilestoneSignatures(payload, coordinator);
    if (verdict.state === "valid") return payload;
    throw new GatewayError("node/coordinator-keys", verdict.because, {index: essence.index});
  };
}

function essenceOf({previous, parents, cone, timestamp}: MilestoneFacts, protocolVersion: number): MilestoneEssence {
  return {
    index: previous === null ? FIRST_MILESTONE_INDEX : previous.index + 1,
    timestamp,
    protocolVersion,
    previousMilestoneId: previous?.milestoneId ?? NO_PREVIOUS,
    parents,
    inclusionMerkleRoot: cone.inclusionMerkleRoot,
    appliedMerkleRoot: cone.appliedMerkleRoot,
    metadata: new Uint8Array(0),
    options: [],
  };
}
