import {assert} from "../../errors.ts";

/** How a milestone references a block. `conflictReason`: 0 = none; see the numbers of TIP-25. */
export interface Reference {
  readonly milestoneIndex: number;
  /** Place in the milestone's white-flag order, from 0. */
  readonly whiteFlagIndex: number;
  readonly conflictReason: number;
}

const FORM = 1;
const SIZE = 10;

/** Ten bytes: form u8 = 1, milestone index u32, white-flag index u32 (both big-endian), conflict reason u8. */
export function encodeReference(reference: Reference): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, FORM);
  view.setUint32(1, reference.milestoneIndex);
  view.setUint32(5, reference.whiteFlagIndex);
  view.setUint8(9, reference.conflictReason);
  return bytes;
}

export function decodeReference(bytes: Uint8Array): Reference {
  assert(bytes.length === SIZE && bytes[0] === FORM, "a reference in the store has form 1");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {milestoneIndex: view.getUint32(1), whiteFlagIndex: view.getUint32(5), conflictReason: view.getUint8(9)};
}
