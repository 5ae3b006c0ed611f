// C2SP tlog-checkpoint 1.0.0: the head of a log as the text of a signed note. Three lines: origin, size, root in base64. Extension lines
// stay empty: ML-DSA cosignatures would not cover them.

import {fromBase64, toBase64} from "../bytes.ts";
import {GatewayError} from "../errors.ts";

/** Head of a log: the root of the tree of its first `size` leaves. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes, SHA-256. */
  readonly root: Uint8Array;
}

/** Origin of a machine's log. `segment`: 1 for the first, counted up whenever a log had to begin anew. */
export function originOf(gateway: string, machine: string, segment: number): string {
  return `${gateway}/machine/${machine}${segment === 1 ? "" : `/segment/${segment}`}`;
}

/** The text that is signed. */
export function formatCheckpoint({origin, size, root}: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** Reads the text of a checkpoint; extension lines are read over. Errors: `checkpoint/malformed`. */
export function parseCheckpoint(text: string): Checkpoint {
  const fail = (why: string) => new GatewayError("checkpoint/malformed", `The checkpoint ${why}.`);
  const [origin, size, root, ...rest] = text.split("\n");
  if (!origin || size === undefined || root === undefined || rest.length === 0 || rest.at(-1) !== "")
    throw fail("does not have three lines");
  if (rest.slice(0, -1).includes("")) throw fail("has an empty extension line");
  if (!/^(?:0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) throw fail("has no size");
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(root);
  } catch {
    throw fail("has a root that is not base64");
  }
  if (bytes.length !== 32) throw fail("has a root that is not 32 bytes");
  return {origin, size: Number(size), root: bytes};
}
