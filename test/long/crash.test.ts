import {expect, test} from "@jest/globals";
import {killAtRandom} from "../support/crash.ts";

// `npm run test:long` takes the seed from the environment, so that a failure can be repeated.
const seed = Number(process.env.TANGLEGATE_SEED || Date.now() % 2 ** 31);

test("a gateway killed 200 times has everything it acknowledged", async () => {
  console.log(`seed ${seed}: repeat with TANGLEGATE_SEED=${seed}`);
  const report = await killAtRandom({kills: 200, seed, lifeMs: 3000});
  console.log(`${report.entries} entries and ${report.blocks} blocks acknowledged over ${report.kills} kills`);
  expect(report.lost).toEqual([]);
}, 3_600_000);
