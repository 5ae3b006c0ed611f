// The check of a block's proof of inclusion in this browser, by the same rules as the gateway's.

import "../../strict.ts";
import type {NetworkFile} from "../../../client/index.ts";
import {verifyInclusionProof} from "../../../tangle/pure.ts";
import {get} from "../../api.ts";
import {sentenceOfFailure} from "../../parts/form.tsx";

export type InclusionCheck =
  | {readonly isProven: true; readonly milestoneIndex: number; readonly timeMs: number; readonly signers: number}
  /** `isFailure`: the proof could not be had, which says nothing about the block. */
  | {readonly isProven: false; readonly isFailure: boolean; readonly because: string};

export async function checkInclusion(blockId: string): Promise<InclusionCheck> {
  let proof: unknown;
  let network: NetworkFile;
  try {
    proof = await get(`/api/poi/v1/create/${encodeURIComponent(blockId)}`);
    network = await get<NetworkFile>("/api/gateway/v1/network");
  } catch (error) {
    return {isProven: false, isFailure: true, because: sentenceOfFailure(error)};
  }
  const {coordinator, protocol} = network;
  const verdict = verifyInclusionProof(proof, {coordinator, protocolVersion: protocol.version});
  if (verdict.state === "invalid") return {isProven: false, isFailure: false, because: verdict.because};
  if (verdict.blockId !== blockId) return {isProven: false, isFailure: false, because: verdict.blockId};
  return {
    isProven: true,
    milestoneIndex: verdict.milestoneIndex,
    timeMs: verdict.milestoneTimestamp * 1000,
    signers: verdict.signers.length,
  };
}
