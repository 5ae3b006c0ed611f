// C2SP tlog-proof@v1, the "spicy signature": index, inclusion path and checkpoint of one entry as a text.

import {fromBase64, toBase64} from "../bytes.ts";
import {GatewayError} from "../errors.ts";

export interface TlogProof {
  readonly index: number;
  /** Sibling hashes of 32 bytes, lowest first. */
  readonly path: readonly Uint8Array[];
  /** The signed note. */
  readonly checkpoint: string;
  /** Opaque bytes beside the proof, not covered by it. */
  readonly extra?: Uint8Array;
}

const HEADER = "c2sp.org/tlog-proof@v1";
// A tree has at most 2^63 leaves.
const PATH_MAX = 63;

/** The text of a proof. */
export function formatTlogProof({index, path, checkpoint, extra}: TlogProof): string {
  const lines = [HEADER];
  if (extra !== undefined) lines.push(`extra ${toBase64(extra)}`);
  lines.push(`index ${index}`, ...path.map(toBase64));
  return `${lines.join("\n")}\n\n${checkpoint}`;
}

/** Reads a proof's text. Says nothing about whether it holds. Errors: `proof/malformed`. */
export function parseTlogProof(text: string): TlogProof {
  const fail = (why: string) => new GatewayError("proof/malformed", `The proof ${why}.`);
  const split = text.indexOf("\n\n");
  if (split < 0) throw fail("has no checkpoint");
  const [header, ...lines] = text.slice(0, split).split("\n");
  if (header !== HEADER) throw fail(`does not begin with ${HEADER}`);
  const bytesOf = (encoded: string) => {
    try {
      return fromBase64(encoded);
    } catch {
      throw fail("has a line that is not base64");
    }
  };
  const extra = lines[0]?.startsWith("extra ") ? bytesOf(lines.shift()!.slice("extra ".length)) : undefined;
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? "")?.[1];
  if (index === undefined || !Number.isSafeInteger(Number(index))) throw fail("has no index");
  if (lines.length > PATH_MAX) throw fail("has too long a path");
  const path = lines.map(bytesOf);
  if (path.some((hash) => hash.length !== 32)) throw fail("has a hash that is not 32 bytes");
  return {index: Number(index), path, checkpoint: text.slice(split + 2), ...(extra === undefined ? {} : {extra})};
}
