import {expect, test} from "@jest/globals";
import type {BlockId} from "../../src/client/index.ts";
import {createRecentReferences} from "../../src/edge-node/recent-references.ts";

const id = (n: number): BlockId => `0x${n.toString(16).padStart(64, "0")}`;

test("the newest references are remembered, at least one generation of them and at most two", () => {
  const recent = createRecentReferences(10);
  for (let n = 0; n < 95; n++) {
    recent.set(id(n), n);
    for (let newest = Math.max(0, n - 9); newest <= n; newest++) expect(recent.get(id(newest))).toBe(newest);
    if (n >= 20) expect(recent.get(id(n - 20))).toBeUndefined();
  }
});

test("a block that nobody referenced is not remembered", () => {
  expect(createRecentReferences(10).get(id(1))).toBeUndefined();
});
