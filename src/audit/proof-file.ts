// Proof files: entries with their paths to one signed checkpoint, and the checkpoint's way to a milestone. A range is given as a value;
// the chosen entries of an export are written as text, piece by piece, so that a file of any size takes no memory.

import {setImmediate} from "node:timers/promises";
import {fromUtf8, toBase64, toHex} from "../bytes.ts";
import type {AuditProofFile} from "../client/index.ts";
import {assert, GatewayError} from "../errors.ts";
import {type AnchoredCheckpoint, anchoredFrom, proofOf} from "./anchor-store.ts";
import type {Logs} from "./logs.ts";
import {bundledSize, createTileCache, inclusionOf, type MachineLog, readBundle, readStored} from "./machine-log.ts";
import {formatVerifierKey} from "./note.ts";
import {segmentOf, segmentsOf} from "./reader.ts";
import type {StoredEntry} from "./records.ts";
import {TILE_WIDTH} from "./tiles.ts";

/** Entries of one proof file: about 30 MB of JSON, which a browser still checks. */
export const PROOF_ENTRIES_MAX = 20_000;
const CHOSEN_PER_PIECE = 64;

type ProofEntry = AuditProofFile["entries"][number];
type Head = Omit<AuditProofFile, "entries">;

/** The proof file of a range: under the first confirmed anchor that covers all of it, else under the latest checkpoint. */
export async function exportRange(
  logs: Logs,
  machine: string,
  {from, to}: {from: number; to: number},
): Promise<AuditProofFile> {
  segmentsOf(logs, machine);
  if (from > to) throw new GatewayError("audit/invalid", "from: not above to.", {field: "from"});
  if (to - from >= PROOF_ENTRIES_MAX)
    throw new GatewayError("audit/too-large", `One file proves at most ${PROOF_ENTRIES_MAX} entries; export parts.`);
  const log = segmentOf(logs, machine, from);
  if (log === null || segmentOf(logs, machine, to) === null)
    throw new GatewayError("audit/not-found", `The log of ${machine} has no entries ${from} to ${to}.`, {
      machine,
      from,
      to,
    });
  if (to >= log.firstSeq + log.tree.size)
    throw new GatewayError(
      "audit/invalid",
      `to: the log began anew within the range, after entry ${log.firstSeq + log.tree.size - 1}; export each part.`,
      {field: "to"},
    );
  const {head, size} = await headFor(logs, log, {last: to, format: "tanglegate-audit-proof/v1"});
  const entries: ProofEntry[] = [];
  for await (const entry of proofEntries(logs, log, {seqs: numbers(from, to), size})) entries.push(entry);
  const {checkpoint, anchor, ...rest} = head;
  return {...rest, entries, checkpoint, anchor};
}

/** A part of an export that is proven together. */
export interface ProofPart {
  readonly from: number;
  readonly to: number;
  readonly entries: number;
  /** The file's JSON. */
  text(): AsyncGenerator<string, void, undefined>;
}

/**
 * Splits chosen entries into files: at most 20,000 entries each, of one segment, and what is anchored apart from what waits, so that the
 * newest entry keeps no older one from being verified. `chosen`: numbers of entries of `machine`, each once; a search gives them in the
 * order of time, which is not theirs where the clock was set back.
 */
export async function* proofParts(
  logs: Logs,
  machine: string,
  chosen: AsyncIterable<number>,
): AsyncGenerator<ProofPart, void, undefined> {
  const open = new Map<string, {readonly log: MachineLog; readonly seqs: number[]}>();
  for await (const seq of chosen) {
    const log = segmentOf(logs, machine, seq);
    assert(log !== null, "what is shown is in a log");
    const isAnchored = seq < log.firstSeq + (log.confirmed?.size ?? 0);
    const name = `${log.segment} ${isAnchored}`;
    const seqs = open.get(name)?.seqs ?? [];
    open.set(name, {log, seqs});
    if (seqs.push(seq) < PROOF_ENTRIES_MAX) continue;
    open.delete(name);
    yield partOf(logs, log, seqs);
  }
  for (const {log, seqs} of open.values()) yield partOf(logs, log, seqs);
}

function partOf(logs: Logs, log: MachineLog, given: readonly number[]): ProofPart {
  const seqs = given.toSorted((a, b) => a - b);
  const [from, to] = [seqs[0]!, seqs.at(-1)!];
  const format = to - from + 1 === seqs.length ? "tanglegate-audit-proof/v1" : "tanglegate-audit-proof/v2";
  return {
    from,
    to,
    entries: seqs.length,
    text: async function* () {
      const {head, size} = await headFor(logs, log, {last: to, format});
      const {checkpoint, anchor, ...rest} = head;
      yield `${JSON.stringify(rest).slice(0, -1)},"entries":[`;
      let piece: string[] = [];
      let separator = "\n";
      for await (const entry of proofEntries(logs, log, {seqs, size})) {
        piece.push(JSON.stringify(entry));
        if (piece.length < CHOSEN_PER_PIECE) continue;
        yield separator + piece.join(",\n");
        separator = ",\n";
        piece = [];
      }
      if (piece.length > 0) yield separator + piece.join(",\n");
      yield `\n],"checkpoint":${JSON.stringify(checkpoint)},"anchor":${JSON.stringify(anchor)}}\n`;
    },
  };
}

/** Everything of a file but its entries, and the size of the tree that they are proven in. `last`: number of the last entry. */
async function headFor(
  logs: Logs,
  log: MachineLog,
  {last, format}: {last: number; format: AuditProofFile["format"]},
): Promise<{head: Head; size: number}> {
  const anchored: AnchoredCheckpoint | null = await anchoredFrom(logs.store, log, last - log.firstSeq + 1);
  const {size, note} = anchored ?? log.signed!;
  return {
    size,
    head: {
      format,
      machine: log.machine,
      origin: log.origin,
      firstSeq: log.firstSeq,
      signer: formatVerifierKey(log.key),
      checkpoint: note,
      anchor: anchored === null ? null : proofOf(logs.store, anchored.anchorId),
    },
  };
}

/** Entries with their paths in the tree of `size` leaves. `seqs`: ascending. */
async function* proofEntries(
  logs: Logs,
  log: MachineLog,
  {seqs, size}: {seqs: Iterable<number>; size: number},
): AsyncGenerator<ProofEntry, void, undefined> {
  const cache = createTileCache(log);
  let bundle: readonly StoredEntry[] | null = null;
  let bundleIndex = -1;
  for (const seq of seqs) {
    const index = seq - log.firstSeq;
    const wanted = Math.floor(index / TILE_WIDTH);
    if (wanted !== bundleIndex) {
      // Hashing does not wait for anything; others must get their turn.
      await setImmediate();
      bundle = index < bundledSize(log) ? await readBundle(log, wanted) : null;
      bundleIndex = wanted;
    }
    const {leaf, salt, body} = bundle?.[index % TILE_WIDTH] ?? (await readStored(log, index, logs));
    const path = await inclusionOf(log, {index, size}, cache);
    yield {
      seq,
      leaf: fromUtf8(leaf),
      body: body === null ? null : fromUtf8(body),
      salt: salt === null ? null : toHex(salt),
      path: path.map(toBase64),
    };
  }
}

function* numbers(from: number, to: number): Generator<number, void, undefined> {
  for (let seq = from; seq <= to; seq++) yield seq;
}
