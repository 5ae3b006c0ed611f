// What a bundle of 256 entries holds, so that a query can pass over bundles that cannot have a hit. Outside the path of trust, and made
// again from the bundle when it is missing.

import {fromUtf8, utf8} from "../bytes.ts";
import type {Leaf} from "./entry.ts";

export interface Summary {
  /** Earliest and latest time, RFC 3339 in UTC: their order as texts is their order in time. */
  readonly from: string;
  readonly to: string;
  readonly types: readonly string[];
  readonly actors: readonly string[];
}

/** The summary of a bundle's leaves, in bytes. */
export function encodeSummary(leaves: readonly Uint8Array[]): Uint8Array {
  const types = new Set<string>();
  const actors = new Set<string>();
  let from = "~";
  let to = "";
  for (const leaf of leaves) {
    const {type, actorRef, time} = JSON.parse(fromUtf8(leaf)) as Leaf;
    types.add(type);
    actors.add(actorRef);
    if (time.utc < from) from = time.utc;
    if (time.utc > to) to = time.utc;
  }
  return utf8(JSON.stringify({from, to, types: [...types], actors: [...actors]} satisfies Summary));
}

export function decodeSummary(bytes: Uint8Array): Summary {
  return JSON.parse(fromUtf8(bytes)) as Summary;
}
