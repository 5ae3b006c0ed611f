import {expect, test} from "@jest/globals";
import {killAtRandom} from "../support/crash.ts";

test("a gateway killed three times has everything it acknowledged", async () => {
  const report = await killAtRandom({kills: 3, seed: 1, lifeMs: 1500});
  expect(report.lost).toEqual([]);
  expect(report.entries).toBeGreaterThan(0);
  expect(report.blocks).toBeGreaterThan(0);
}, 120_000);
