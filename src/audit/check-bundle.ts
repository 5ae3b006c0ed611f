// The re-check of one bundle from its files alone: runs in workers, so it reads synchronously and knows nothing of the gateway.

import {existsSync, readFileSync} from "node:fs";
import path from "node:path";
import {equalBytes, fromUtf8} from "../bytes.ts";
import type {SeqRange} from "../client/index.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import {bodyHashOf, type Leaf, parseBody, parseLeaf} from "./entry.ts";
import type {Fault} from "./faults.ts";
import {leafHashOf} from "./hashing.ts";
import {bodiesPath} from "./log-folder.ts";
import {REDACTION, redactionIn} from "./marks.ts";
import {decodeBodies, type StoredEntry} from "./records.ts";
import {decodeBundle, decodeTile, rootOfFullSubtree, TILE_WIDTH, tilePath} from "./tiles.ts";

/** A run of bundles of one log. */
export interface CheckTask {
  readonly folder: string;
  readonly machine: string;
  readonly firstSeq: number;
  readonly firstBundle: number;
  readonly bundles: number;
  /** Bundles of the whole log: behind a missing file there are others, or the log was cut. */
  readonly lastBundle: number;
}

/** What a run found: the root of each bundle up to the first fault. */
export interface CheckOutcome {
  readonly roots: readonly Uint8Array[];
  readonly bodies: number;
  /** Entries without a body, in runs. */
  readonly erased: readonly SeqRange[];
  /** What redactions among the entries cover; each of them hashes to its leaf. */
  readonly redacted: readonly SeqRange[];
  readonly fault: Fault | null;
  /** Why the disk could not be read: that says nothing of the entries. */
  readonly unread: string | null;
}

/** Checks a run of bundles, in order, up to the first fault. */
export function checkBundles(task: CheckTask): CheckOutcome {
  const roots: Uint8Array[] = [];
  const findings = createFindings();
  let bodies = 0;
  const outcome = (more: {fault?: Fault; unread?: string}): CheckOutcome => ({
    roots,
    bodies,
    erased: findings.erased,
    redacted: findings.redacted,
    fault: more.fault ?? null,
    unread: more.unread ?? null,
  });
  for (let bundle = task.firstBundle; bundle < task.firstBundle + task.bundles; bundle++) {
    const firstSeq = task.firstSeq + bundle * TILE_WIDTH;
    const files = readFiles(task, bundle, firstSeq);
    if ("unread" in files) return outcome(files);
    if ("fault" in files) return outcome(files);
    const fault = faultIn(files, {machine: task.machine, firstSeq}, findings);
    if (fault !== null) return outcome({fault});
    roots.push(rootOfFullSubtree(files.hashes));
    bodies += files.bodies.filter(({body}) => body !== null).length;
  }
  return outcome({});
}

interface BundleFiles {
  readonly leaves: readonly Uint8Array[];
  readonly bodies: readonly Pick<StoredEntry, "salt" | "body">[];
  readonly hashes: readonly Uint8Array[];
}

function readFiles(
  task: CheckTask,
  bundle: number,
  firstSeq: number,
): BundleFiles | {readonly fault: Fault} | {readonly unread: string} {
  const whole = (index: number, level: number | "entries") => tilePath({level, index, width: TILE_WIDTH});
  const read = (name: string) => readFileSync(path.join(task.folder, name));
  try {
    return {
      leaves: decodeBundle(read(whole(bundle, "entries"))),
      bodies: decodeBodies(read(bodiesPath(bundle))),
      hashes: decodeTile(read(whole(bundle, 0))),
    };
  } catch (error) {
    const because = `The files of the entries from ${firstSeq} on cannot be read: ${sentenceOf(error)}`;
    if (error instanceof GatewayError) return {fault: {seq: firstSeq, because, differs: "cut"}};
    const {code} = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") return {unread: sentenceOf(error)};
    const hasLater = Array.from(
      {length: Math.min(LOOKED_BEHIND, task.lastBundle - bundle)},
      (_, i) => task.lastBundle - i,
    ).some((later) => existsSync(path.join(task.folder, whole(later, "entries"))));
    return {fault: {seq: firstSeq, because, differs: hasLater || bundle === 0 ? "missing" : "cut"}};
  }
}

/** Bundles at the end of a log that are looked for when one before them is missing. */
const LOOKED_BEHIND = 16;

/** Runs of entries without a body, and what redactions cover. */
export interface Findings {
  readonly erased: SeqRange[];
  readonly redacted: SeqRange[];
}

export function createFindings(): Findings {
  return {erased: [], redacted: []};
}

function faultIn(
  {leaves, bodies, hashes}: BundleFiles,
  {machine, firstSeq}: {machine: string; firstSeq: number},
  findings: Findings,
): Fault | null {
  for (let i = 0; i < TILE_WIDTH; i++) {
    const seq = firstSeq + i;
    const [leaf, body, hash] = [leaves[i], bodies[i], hashes[i]];
    if (leaf === undefined || body === undefined || hash === undefined)
      return {seq, because: `Entry ${seq} is missing in its file.`, differs: "cut"};
    const fault = faultOf({leaf, ...body}, {machine, seq, leafHash: hash}, findings);
    if (fault !== null) return fault;
  }
  if (leaves.length > TILE_WIDTH || bodies.length > TILE_WIDTH) {
    const because = "The file holds more entries than its bundle.";
    return {seq: firstSeq + TILE_WIDTH, because, differs: "changed"};
  }
  return null;
}

/** What is wrong with an entry at its place; null when nothing is. Adds to the findings what the check of the whole log needs. */
export function faultOf(
  {leaf, salt, body}: StoredEntry,
  place: {machine: string; seq: number; leafHash: Uint8Array},
  findings: Findings,
): Fault | null {
  const {seq, machine} = place;
  const fault = (because: string, differs: Fault["differs"] = "changed"): Fault => ({seq, because, differs});
  const parsed = parseOrNull(leaf);
  const isInTree = equalBytes(leafHashOf(leaf), place.leafHash);
  if (parsed !== null && (parsed.seq !== seq || (isInTree && parsed.machine !== machine)))
    return fault(`At the place of entry ${seq} stands entry ${parsed.seq} of ${parsed.machine}.`, "reordered");
  if (!isInTree) return fault(`Entry ${seq} is not the one in the tree: its bytes were changed.`);
  if (parsed === null) return fault(`Entry ${seq} is no leaf in its canonical spelling.`);
  if (salt === null || body === null) {
    addTo(findings.erased, seq);
    return null;
  }
  if (bodyHashOf(salt, body) !== parsed.bodyHash) return fault(`The body of entry ${seq} was changed.`);
  if (parsed.type === REDACTION) {
    const at = parsed.time.recorded ?? parsed.time.utc;
    const redaction = redactionIn({seq, by: parsed.actorRef, at, body: parseBody(body)});
    for (const [from, to] of redaction?.entries ?? []) findings.redacted.push([from, Math.min(to, seq - 1)]);
  }
  return null;
}

function addTo(runs: SeqRange[], seq: number): void {
  const last = runs.at(-1);
  if (last !== undefined && last[1] === seq - 1) runs[runs.length - 1] = [last[0], seq];
  else runs.push([seq, seq]);
}

function parseOrNull(leaf: Uint8Array): Leaf | null {
  try {
    return parseLeaf(fromUtf8(leaf));
  } catch (error) {
    if (error instanceof GatewayError || error instanceof TypeError) return null;
    throw error;
  }
}
