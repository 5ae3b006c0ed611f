// Published test vectors that lie beside the checkout, in ../shared/vectors. Without them their tests are counted as skipped; the key
// figures of each set stand in our own tests as well.

import {existsSync, readFileSync} from "node:fs";
import path from "node:path";
import {describe, test} from "@jest/globals";

const FOLDER = path.join(import.meta.dirname, "../../../shared/vectors");

/** Contents of a vector file. `cases` is a list in most of them. */
export interface Vectors<Cases = readonly unknown[]> {
  readonly source: unknown;
  readonly cases: Cases;
}

/** Reads `<name>.json`; null when the vectors are not there. */
export function readVectors<Cases = readonly unknown[]>(name: string): Vectors<Cases> | null {
  const file = path.join(FOLDER, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Vectors<Cases>) : null;
}

/** A group of tests over a vector file: one skipped test when it is not there. */
export function describeVectors<Cases = readonly unknown[]>(
  name: string,
  body: (cases: Cases, vectors: Vectors<Cases>) => void,
): void {
  const vectors = readVectors<Cases>(name);
  describe(`vectors ${name}`, () => {
    if (vectors === null) test.skip(`${name}.json is not beside the checkout`, () => undefined);
    else body(vectors.cases, vectors);
  });
}
