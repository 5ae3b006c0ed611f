// The re-check of one bundle from its files alone: runs in workers, so it reads synchronously and knows nothing of the gateway.

import {readFileSync} from "node:fs";
import path from "node:path";
import {equalBytes, fromUtf8} from "../bytes.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import {bodyHashOf, parseLeaf} from "./entry.ts";
import {leafHashOf} from "./hashing.ts";
import {bodiesPath} from "./log-folder.ts";
import {decodeBodies, type StoredEntry} from "./records.ts";
import {decodeBundle, decodeTile, rootOfFullSubtree, TILE_WIDTH, tilePath} from "./tiles.ts";

/** A run of bundles of one log. */
export interface CheckTask {
  readonly folder: string;
  readonly machine: string;
  readonly firstSeq: number;
  readonly firstBundle: number;
  readonly bundles: number;
}

/** What a run found: the root of each bundle up to the first fault. */
export interface CheckOutcome {
  readonly roots: readonly Uint8Array[];
  readonly bodies: number;
  readonly fault: {readonly seq: number; readonly because: string} | null;
}

/** Checks a run of bundles, in order, up to the first fault. */
export function checkBundles(task: CheckTask): CheckOutcome {
  const roots: Uint8Array[] = [];
  let bodies = 0;
  for (let bundle = task.firstBundle; bundle < task.firstBundle + task.bundles; bundle++) {
    const firstSeq = task.firstSeq + bundle * TILE_WIDTH;
    const outcome = checkBundle(task, bundle, firstSeq);
    if ("because" in outcome) return {roots, bodies, fault: outcome};
    roots.push(outcome.root);
    bodies += outcome.bodies;
  }
  return {roots, bodies, fault: null};
}

type BundleOutcome = {root: Uint8Array; bodies: number} | {seq: number; because: string};

function checkBundle(task: CheckTask, bundle: number, firstSeq: number): BundleOutcome {
  let leaves: Uint8Array[];
  let stored: ReturnType<typeof decodeBodies>;
  let hashes: Uint8Array[];
  try {
    const read = (name: string) => readFileSync(path.join(task.folder, name));
    const whole = (level: number | "entries") => tilePath({level, index: bundle, width: TILE_WIDTH});
    leaves = decodeBundle(read(whole("entries")));
    stored = decodeBodies(read(bodiesPath(bundle)));
    hashes = decodeTile(read(whole(0)));
  } catch (error) {
    return {
      seq: firstSeq,
      because: `The files of the entries from ${firstSeq} on cannot be read: ${sentenceOf(error)}`,
    };
  }
  for (let i = 0; i < TILE_WIDTH; i++) {
    const seq = firstSeq + i;
    const leaf = leaves[i];
    const body = stored[i];
    const hash = hashes[i];
    if (leaf === undefined || body === undefined || hash === undefined)
      return {seq, because: `Entry ${seq} is missing in its file.`};
    const fault = faultOf({leaf, ...body}, {machine: task.machine, seq, leafHash: hash});
    if (fault !== null) return {seq, because: fault};
  }
  if (leaves.length > TILE_WIDTH || stored.length > TILE_WIDTH)
    return {seq: firstSeq + TILE_WIDTH, because: "The file holds more entries than its bundle."};
  return {root: rootOfFullSubtree(hashes), bodies: stored.filter(({body}) => body !== null).length};
}

/** What is wrong with an entry at its place, in words; null when nothing is. */
export function faultOf(
  {leaf, salt, body}: StoredEntry,
  place: {machine: string; seq: number; leafHash: Uint8Array},
): string | null {
  const {seq} = place;
  if (!equalBytes(leafHashOf(leaf), place.leafHash))
    return `Entry ${seq} is not the one in the tree: its bytes were changed.`;
  try {
    const {machine, seq: own, bodyHash} = parseLeaf(fromUtf8(leaf));
    if (machine !== place.machine || own !== seq) return `Entry ${seq} is in truth entry ${own} of ${machine}.`;
    if (salt !== null && body !== null && bodyHashOf(salt, body) !== bodyHash)
      return `The body of entry ${seq} was changed.`;
    return null;
  } catch (error) {
    if (error instanceof GatewayError || error instanceof TypeError) return `Entry ${seq}: ${sentenceOf(error)}`;
    throw error;
  }
}
