// What a bundle of 256 entries holds, so that a query can pass over bundles that cannot have a hit. Outside the path of trust, and made
// again from the bundle when it is missing.

import {fromUtf8, utf8} from "../bytes.ts";
import {assert} from "../errors.ts";

export interface Summary {
  /** Earliest and latest time, RFC 3339 in UTC: their order as texts is their order in time. */
  readonly from: string;
  readonly to: string;
  readonly types: readonly string[];
  readonly actors: readonly string[];
}

// A leaf's canonical spelling begins with its actor and ends with time and type, so these need no parser: a quote inside a text is always
// behind a backslash.
const ACTOR = /^\{"actorRef":("(?:[^"\\]|\\.)*")/;
const TIME_AND_TYPE = /"utc":"([^"]{24})"\},"type":"([a-z0-9._-]+)","v":1\}$/;

/** The summary of a bundle's leaves, in bytes. */
export function encodeSummary(leaves: readonly Uint8Array[]): Uint8Array {
  const types = new Set<string>();
  const actors = new Set<string>();
  let from = "~";
  let to = "";
  for (const leaf of leaves) {
    const text = Buffer.from(leaf.buffer, leaf.byteOffset, leaf.length).toString();
    const [, actor] = ACTOR.exec(text) ?? [];
    const [, utc, type] = TIME_AND_TYPE.exec(text) ?? [];
    assert(actor !== undefined && utc !== undefined && type !== undefined, "a leaf is in its canonical spelling");
    types.add(type);
    actors.add(actor);
    if (utc < from) from = utc;
    if (utc > to) to = utc;
  }
  const summary: Summary = {
    from,
    to,
    types: [...types],
    actors: [...actors].map((actor) => JSON.parse(actor) as string),
  };
  return utf8(JSON.stringify(summary));
}

export function decodeSummary(bytes: Uint8Array): Summary {
  return JSON.parse(fromUtf8(bytes)) as Summary;
}
