// Confirming a milestone: walk its past cone in white-flag order, then write everything that follows from it in one synced batch.
//
// The walk needs no lock against new blocks: a past cone never changes once it is solid, and only confirmations reference blocks. Those
// run one after the other, in a lane that the coordinator's signing shares, so that every walk sees one fixed view. Between steps
// the event loop turns, so a milestone of ten thousand blocks holds up nobody.
//
// The batch is also the journal of the coordinator. A milestone becomes visible to anybody (REST, events, peers) only after its block,
// its confirmation and its index are on disk together; until then its signature exists in memory alone. So a crash at any moment
// leaves either the old last milestone, and the index is signed anew, or the new one, and the next index follows. There is no
// moment at which a signed milestone is known outside and its index is free inside, and an idle milestone costs one fdatasync.

import {fromHex, type Hex} from "../bytes.ts";
import {type BlockId, type MilestonePayload, milestoneIdOf} from "../stardust/index.ts";
import type {Write} from "../storage/index.ts";
import {applyWhiteFlag, CONFLICT_REASONS, type LedgerOutcome, type WhiteFlagResult} from "../tangle/index.ts";
import type {CheckedBlock} from "./block-committer.ts";
import {type Arrivals, type MilestoneRow, type NodeStore, rows} from "./store/node-store.ts";
import {type TaggedPlace, tagRows} from "./store/tag-index.ts";
import type {TangleState} from "./tangle-state.ts";

/** Blocks made into rows between two turns of the event loop. */
const ROWS_PER_STEP = 250;

export type OrderedCone = Extract<WhiteFlagResult, {state: "ordered"}>;

/** A milestone whose roots are those of its cone. `isStored`: its block is on disk already. */
export interface CheckedMilestone extends CheckedBlock {
  readonly payload: MilestonePayload;
  readonly cone: OrderedCone;
  readonly isStored: boolean;
}

/** What is written and then known. */
export interface Confirmed {
  readonly row: MilestoneRow;
  readonly referenced: readonly BlockId[];
}

/** The newly referenced past cone of a milestone with these parents, walked without holding the event loop. */
export async function walkPastCone(parents: readonly BlockId[], state: TangleState): Promise<WhiteFlagResult> {
  const stepper = applyWhiteFlag(parents, state);
  for (;;) {
    const step = stepper.next();
    if (step.done === true) return step.value;
    await turnEventLoop();
  }
}

/** Writes a milestone and all that follows from it in one synced batch, then takes it into `state`. Errors: those of the store. */
export async function writeMilestone(
  milestone: CheckedMilestone,
  {store, state}: {store: NodeStore; state: TangleState},
): Promise<Confirmed> {
  const {payload, cone, blockId} = milestone;
  const referenced = cone.blocks.map((block) => block.blockId);
  const row: MilestoneRow = {
    index: payload.index,
    milestoneId: milestoneIdOf(payload),
    blockId,
    timestamp: payload.timestamp,
    referencedBlocks: referenced.length,
  };
  const batch: Write[] = [...rows.milestone(row), rows.referenced(row.index, referenced)];
  await addReferences(batch, milestone, state);

  // The milestone's own block waits for the next milestone, like any other.
  const arrivals: Arrivals = {number: state.nextArrival(), blockIds: [blockId]};
  if (!milestone.isStored) batch.push(rows.block(blockId, milestone.bytes), rows.arrivals(arrivals));
  for (const number of state.takeGoneArrivals()) batch.push(rows.arrivalsGone(number));
  await store.write(batch);

  state.confirm(row, referenced);
  if (!milestone.isStored) state.add([milestone], arrivals);
  return {row, referenced};
}

/** Lets timers, sockets and other work run. */
export function turnEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function addReferences(batch: Write[], {payload, cone}: CheckedMilestone, state: TangleState): Promise<void> {
  const milestoneIndex = payload.index;
  const placesOfTags = new Map<Hex, TaggedPlace[]>();
  for (const [whiteFlagIndex, {blockId, outcome}] of cone.blocks.entries()) {
    batch.push(rows.reference(blockId, {milestoneIndex, whiteFlagIndex, conflictReason: conflictReasonOf(outcome)}));
    const tag = state.unreferenced(blockId)?.tag ?? null;
    if (tag !== null) {
      const places = placesOfTags.get(tag);
      if (places === undefined) placesOfTags.set(tag, [{whiteFlagIndex, blockId}]);
      else places.push({whiteFlagIndex, blockId});
    }
    if (whiteFlagIndex % ROWS_PER_STEP === ROWS_PER_STEP - 1) await turnEventLoop();
  }
  for (const [tag, places] of placesOfTags) batch.push(...tagRows(fromHex(tag), milestoneIndex, places));
}

function conflictReasonOf(outcome: LedgerOutcome): number {
  return outcome.state === "conflicting" ? CONFLICT_REASONS[outcome.reason] : 0;
}
