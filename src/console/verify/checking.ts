// The sitting of an auditor: what was given, what came of it, and the keys to trust. Files are read once more when the keys change.

import {signal} from "@preact/signals";
import {bodiesOf, type Explanation, explainProof} from "../../audit/pure.ts";
import type {NetworkFile} from "../../client/index.ts";
import {type GivenFile, readNetwork, sentenceOf, sortFiles, type Unreadable} from "./given.ts";

export interface CheckedFile extends Explanation {
  readonly name: string;
  /** Bodies beside the entries of a verdict that is not invalid. */
  readonly bodies: readonly (string | null)[];
}

/** Proof files in the order of their names. */
export const checked = signal<readonly CheckedFile[]>([]);
export const unreadable = signal<readonly Unreadable[]>([]);
/** Null when nothing is being checked. */
export const progress = signal<{readonly done: number; readonly of: number} | null>(null);
/** Whether anything was given yet. */
export const isBegun = signal(false);
/** The keys to trust. */
export const network = signal<NetworkFile | null>(null);
export const networkProblem = signal<string | null>(null);
/** A network file beside the proofs, of which it is not known whether it came with them. */
export const doubtful = signal<GivenFile | null>(null);
/** Whether a network file lay in the zip. */
export const hasZippedNetwork = signal(false);

let proofs: readonly GivenFile[] = [];
let turn = 0;

/** Takes what was dropped or chosen, and checks it. */
export async function give(files: readonly File[]): Promise<void> {
  if (files.length === 0) return;
  const sorted = await sortFiles(files);
  proofs = sorted.proofs;
  unreadable.value = sorted.unreadable;
  hasZippedNetwork.value = sorted.networks.some(({isZipped}) => isZipped);
  doubtful.value = (network.value === null ? sorted.networks.find(({isZipped}) => !isZipped) : null) ?? null;
  // Only a network file was given: then the person means the keys.
  if (proofs.length === 0 && doubtful.value !== null && sorted.unreadable.length === 0) return;
  isBegun.value = true;
  await checkAll();
}

/** Trusts the keys of a file: the person says that it is from the operator. */
export async function trust(file: GivenFile): Promise<void> {
  doubtful.value = null;
  try {
    network.value = await readNetwork(file);
    networkProblem.value = null;
  } catch (error) {
    networkProblem.value = sentenceOf(error);
    return;
  }
  await checkAll();
}

/** Trusts no keys any more. */
export async function distrust(): Promise<void> {
  network.value = null;
  networkProblem.value = null;
  await checkAll();
}

/** Begins anew; the keys stay. */
export function forget(): void {
  turn++;
  proofs = [];
  checked.value = [];
  unreadable.value = [];
  progress.value = null;
  isBegun.value = false;
  hasZippedNetwork.value = false;
  doubtful.value = null;
}

async function checkAll(): Promise<void> {
  const own = ++turn;
  const failed = unreadable.value.filter(({name}) => !proofs.some((file) => file.name === name));
  const done: CheckedFile[] = [];
  for (const [i, file] of proofs.entries()) {
    progress.value = {done: i + 1, of: proofs.length};
    // The page is drawn between two files; a check holds the browser for as long as it takes.
    await new Promise((resolve) => setTimeout(resolve));
    if (own !== turn) return;
    try {
      const proof = parse(await file.text());
      if (own !== turn) return;
      if (proof === undefined) {
        failed.push({name: file.name, because: null});
        continue;
      }
      const explanation = explainProof(proof, network.value);
      const bodies = explanation.verdict.state === "invalid" ? [] : bodiesOf(proof);
      done.push({name: file.name, ...explanation, bodies});
    } catch (error) {
      failed.push({name: file.name, because: sentenceOf(error)});
    }
  }
  // What somebody must look into comes first.
  checked.value = done.toSorted(
    (a, b) => Number(b.verdict.state === "invalid") - Number(a.verdict.state === "invalid"),
  );
  unreadable.value = failed;
  progress.value = null;
}

/** Undefined when it is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
