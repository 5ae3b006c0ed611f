// The check of an exported proof, with no network. It names the first thing that is wrong, in the order in which the proof is built:
// entry, body, path to the checkpoint, the log's signature, the anchor block that carries the same head, the block's way to a
// milestone, the coordinator's signatures.

import {equalBytes, fromBase64, fromHex, isHex, toHex, utf8} from "../bytes.ts";
import type {AuditProofFile, NetworkFile} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import {hashLeaf, verifyInclusion} from "../merkle.ts";
import {sha256} from "../sha256.ts";
import {networkIdOf} from "../stardust/pure.ts";
import {type InclusionFacts, verifyInclusionProof} from "../tangle/pure.ts";
import {ANCHOR_TAG, decodeAnchor, headOf} from "./anchor-payload.ts";
import {type Checkpoint, parseCheckpoint} from "./checkpoint.ts";
import {BODY_BYTES_MAX, bodyHashOf, type Leaf, parseLeaf} from "./entry.ts";
import {parseNote, parseVerifierKey, type VerifierKey, verifyNote} from "./note.ts";

/** What an anchor shows: the entries existed before `time`. */
export interface AnchorFacts {
  readonly blockId: string;
  readonly milestoneIndex: number;
  /** RFC 3339, UTC: the milestone's time. */
  readonly time: string;
}

/** What was checked, for all states but `invalid`. */
export interface ProofFacts {
  readonly machine: string;
  readonly origin: string;
  readonly entries: readonly Leaf[];
  /** Size of the log at the checkpoint. */
  readonly size: number;
  /** Who signed the log, 0x-hex. */
  readonly signer: string;
  readonly anchor: AnchorFacts | null;
  /** Numbers between the first and the last entry that the file does not hold: it was made of chosen entries. Ascending. */
  readonly gaps: readonly SeqGap[];
  /** Who could have rewritten what the file says and still passed this check, in words. */
  readonly rewritableBy: string;
}

/** Numbers that a file of chosen entries does not hold, both included. */
export interface SeqGap {
  readonly from: number;
  readonly to: number;
}

/** Which step does not hold. */
export type ProofFault =
  | "form"
  | "leaf"
  | "body"
  | "path"
  | "checkpoint"
  | "signature"
  | "untrusted-key"
  | "anchor"
  | "milestone";

/**
 * `verified`: everything holds up to the coordinator's keys. `waiting`: signed by the trusted log key, not anchored yet. `consistent`:
 * everything fits together, but no network file was given, so the signer is unknown. `invalid`: the first step that does not hold, and
 * the entry where there is one.
 */
export type Verification =
  | ({readonly state: "verified" | "waiting" | "consistent"} & ProofFacts)
  | {readonly state: "invalid"; readonly fault: ProofFault; readonly because: string; readonly seq: number | null};

// v1 holds every entry of its range, so that one left out is a fault. v2 holds the entries that a filter chose, and the verdict names
// the numbers between them.
const FORMATS = ["tanglegate-audit-proof/v1", "tanglegate-audit-proof/v2"];
const FILE_FIELDS = ["format", "machine", "origin", "firstSeq", "signer", "entries", "checkpoint", "anchor"];
const ENTRY_FIELDS = ["seq", "leaf", "body", "salt", "path"];

class Invalid extends Error {
  readonly fault: ProofFault;
  readonly seq: number | null;

  constructor(fault: ProofFault, because: string, seq: number | null = null) {
    super(because);
    this.fault = fault;
    this.seq = seq;
  }
}

/**
 * Checks a proof file. `network`: the contents of network.json from a source that is trusted; null when there is none.
 * Never throws for what is in the file: every fault is an `invalid` verdict.
 */
export function verifyProofFile(file: unknown, network: NetworkFile | null): Verification {
  try {
    return verify(file, network);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return {state: "invalid", fault: error.fault, because: error.message, seq: error.seq};
  }
}

function verify(given: unknown, network: NetworkFile | null): Verification {
  const file = checkForm(given);
  const {note, checkpoint} = attempt("checkpoint", () => {
    const parsed = parseNote(file.checkpoint);
    return {note: parsed, checkpoint: parseCheckpoint(parsed.text)};
  });
  if (checkpoint.origin !== file.origin)
    throw new Invalid("checkpoint", `The checkpoint is of ${checkpoint.origin}, the file says ${file.origin}.`);
  const gateway = gatewayOf(file.origin, file.machine);

  const entries = file.entries.map((entry, i) => {
    checkOrder(entry.seq, file.entries[i - 1]?.seq ?? null, file.format);
    return verifyEntry(entry, file, checkpoint);
  });

  const key = attempt("signature", () => parseVerifierKey(file.signer));
  if (key.name !== file.origin || note.signatures.length !== 1)
    throw new Invalid("signature", "The checkpoint is not signed by the one key of its own log.");
  attempt("signature", () => verifyNote(note, [key]));
  if (network !== null) checkTrust(key, gateway, network);
  const anchor = file.anchor === null ? null : verifyAnchor(file, {checkpoint, key, network});
  const state = network === null ? "consistent" : anchor === null ? "waiting" : "verified";
  return {
    state,
    machine: file.machine,
    origin: file.origin,
    entries,
    size: checkpoint.size,
    signer: toHex(key.publicKey),
    anchor,
    gaps: gapsOf(entries),
    rewritableBy: {
      verified: "nobody without both the coordinator keys and the log key",
      waiting: "the holder of the log key, until the log is anchored",
      consistent: "whoever made the file: no trusted keys were given to compare its signers with",
    }[state],
  };
}

// Unknown fields and other spellings are refused, so that nothing in the file can change unseen.
function checkForm(given: unknown): AuditProofFile {
  const fail = (what: string) => new Invalid("form", `The file is not an audit proof: ${what}.`);
  if (!hasFields(given, FILE_FIELDS)) throw fail(`it does not have exactly the fields ${FILE_FIELDS.join(", ")}`);
  if (typeof given.format !== "string" || !FORMATS.includes(given.format))
    throw fail(`the format is not ${FORMATS.join(" or ")}`);
  for (const field of ["machine", "origin", "signer", "checkpoint"])
    if (!isText(given[field])) throw fail(`${field} is not a text`);
  if (!isCount(given.firstSeq)) throw fail("firstSeq is not a number");
  if (!Array.isArray(given.entries) || given.entries.length === 0) throw fail("it has no entries");
  given.entries.forEach((entry: unknown, i) => {
    if (!hasFields(entry, ENTRY_FIELDS))
      throw fail(`entry ${i} does not have exactly the fields ${ENTRY_FIELDS.join(", ")}`);
    if (!isCount(entry.seq) || !isText(entry.leaf)) throw fail(`entry ${i} has no seq or leaf`);
    if (entry.body !== null && !isBody(entry.body))
      throw fail(`the body of entry ${i} is neither a text of up to ${BODY_BYTES_MAX} bytes nor null`);
    if (entry.salt !== null && !isHex(entry.salt, 32))
      throw fail(`the salt of entry ${i} is neither 32 bytes of hex nor null`);
    if (!Array.isArray(entry.path) || entry.path.some((hash) => typeof hash !== "string"))
      throw fail(`the path of entry ${i} is not a list of hashes`);
  });
  return given as unknown as AuditProofFile;
}

// Half of a surrogate pair becomes U+FFFD in UTF-8: two texts would have one hash.
function isText(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed();
}

function isBody(value: unknown): value is string {
  return isText(value) && value.length <= BODY_BYTES_MAX && utf8(value).length <= BODY_BYTES_MAX;
}

function hasFields(value: unknown, fields: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.keys(value).length === fields.length && fields.every((field) => Object.hasOwn(value, field));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}

function gatewayOf(origin: string, machine: string): string {
  const match = /^(.+)\/machine\/([^/]+)(?:\/segment\/[1-9]\d*)?$/.exec(origin);
  if (match === null || match[2] !== machine)
    throw new Invalid("checkpoint", `The log ${origin} is not that of the machine ${machine}.`);
  return match[1]!;
}

function checkOrder(seq: number, before: number | null, format: AuditProofFile["format"]): void {
  if (before === null || seq === before + 1) return;
  if (format === "tanglegate-audit-proof/v1")
    throw new Invalid("leaf", `Entry ${seq} follows entry ${before}: one is missing or they changed places.`, seq);
  if (seq <= before)
    throw new Invalid("leaf", `Entry ${seq} follows entry ${before}: they changed places or one is there twice.`, seq);
}

function gapsOf(entries: readonly Leaf[]): SeqGap[] {
  const gaps: SeqGap[] = [];
  for (const [i, {seq}] of entries.entries()) {
    const next = entries[i + 1]?.seq ?? seq + 1;
    if (next > seq + 1) gaps.push({from: seq + 1, to: next - 1});
  }
  return gaps;
}

type ProofEntry = AuditProofFile["entries"][number];

function verifyEntry(entry: ProofEntry, file: AuditProofFile, {size, root}: Checkpoint): Leaf {
  const {seq} = entry;
  const leaf = attempt("leaf", () => parseLeaf(entry.leaf), seq);
  if (leaf.seq !== seq || leaf.machine !== file.machine)
    throw new Invalid("leaf", `Entry ${seq} is in truth entry ${leaf.seq} of ${leaf.machine}.`, seq);
  if ((entry.body === null) !== (entry.salt === null))
    throw new Invalid("body", `Entry ${seq} has only one of body and salt; both are kept or both are erased.`, seq);
  if (entry.body !== null && entry.salt !== null && bodyHashOf(fromHex(entry.salt), utf8(entry.body)) !== leaf.bodyHash)
    throw new Invalid("body", `The body of entry ${seq} is not the one that was recorded.`, seq);
  const path = attempt("path", () => entry.path.map((hash) => fromBase64(hash)), seq);
  const leafHash = hashLeaf(sha256, utf8(entry.leaf));
  const isInside =
    path.every((hash) => hash.length === 32) &&
    verifyInclusion(sha256, {leafHash, index: seq - file.firstSeq, size, root, path});
  if (!isInside)
    throw new Invalid("path", `Entry ${seq} is not in the log of ${size} entries that the checkpoint signs.`, seq);
  return leaf;
}

function checkTrust(key: VerifierKey, gateway: string, network: NetworkFile): void {
  const member = network.members.find(({name}) => name === gateway);
  if (member === undefined) throw new Invalid("untrusted-key", `The network file knows no gateway ${gateway}.`);
  if (member.auditKey !== toHex(key.publicKey))
    throw new Invalid("untrusted-key", `The log is signed by another key than the network file has for ${gateway}.`);
}

function verifyAnchor(
  file: AuditProofFile,
  {checkpoint, key, network}: {checkpoint: Checkpoint; key: VerifierKey; network: NetworkFile | null},
): AnchorFacts {
  const trust = network === null ? null : {coordinator: network.coordinator, protocolVersion: network.protocol.version};
  const verdict = verifyInclusionProof(file.anchor, trust);
  if (verdict.state === "invalid")
    throw new Invalid("milestone", `The anchor block is not in the milestone: ${verdict.because}`);
  const {payload} = verdict.block;
  if (payload?.kind !== "tagged-data" || !equalBytes(payload.tag, ANCHOR_TAG))
    throw new Invalid("anchor", "The anchor block carries no anchor.");
  const anchor = attempt("anchor", () => decodeAnchor(payload.data));
  if (network !== null && anchor.networkId !== networkIdOf(network.protocol.networkName))
    throw new Invalid("anchor", `The anchor was made for another network than ${network.protocol.networkName}.`);
  if (!equalBytes(anchor.publicKey, key.publicKey))
    throw new Invalid("anchor", "The anchor is signed by another key than the checkpoint.");
  const head = headOf(anchor, checkpoint.origin);
  if (head === null || head.size !== checkpoint.size || !equalBytes(head.root, checkpoint.root))
    throw new Invalid(
      "anchor",
      `The anchor block does not carry the head of ${checkpoint.origin} at ${checkpoint.size} entries.`,
    );
  return factsOf(verdict);
}

function factsOf({blockId, milestoneIndex, milestoneTimestamp}: InclusionFacts): AnchorFacts {
  return {blockId, milestoneIndex, time: new Date(milestoneTimestamp * 1000).toISOString()};
}

function attempt<Result>(fault: ProofFault, work: () => Result, seq: number | null = null): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof GatewayError) throw new Invalid(fault, error.message, seq);
    throw error;
  }
}
