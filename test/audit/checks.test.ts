// The re-check that comes by itself.

import {readFile, writeFile} from "node:fs/promises";
import path from "node:path";
import {afterEach, beforeAll, beforeEach, expect, jest, test} from "@jest/globals";
import type {Audit} from "../../src/audit/index.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {createSurroundings, type Surroundings} from "./support.ts";

jest.setTimeout(60_000);
beforeAll(() => installNativeCrypto());

const HOUR_MS = 3_600_000;
let around: Surroundings;
let audit: Audit;
beforeEach(async () => {
  around = await createSurroundings();
  audit = around.create({recheckIntervalMs: 24 * HOUR_MS});
  await audit.start();
  for (let i = 0; i < 3; i++)
    await audit.append(
      Array.from({length: 200}, (_, n) => ({machine: "press-7", type: "reading", body: {n}})),
      {actor: "user:anna"},
    );
});
afterEach(async () => {
  await audit.stop();
  await around.remove();
});

const verdict = () => audit.machine("press-7")!;
const conditionIds = async () => (await audit.conditions()).map(({id}) => id);

test("everything is hashed again some minutes after the start, and nobody needs to ask", async () => {
  expect(verdict()).toMatchObject({checkedAt: null, unchecked: {since: null}});
  await around.until(() => verdict().checkedAt !== null, 1_000);
  expect(verdict()).toMatchObject({broken: null, unchecked: null});
  expect(Date.parse(verdict().checkedAt!) - Date.UTC(2026, 5, 1)).toBeGreaterThanOrEqual(5 * 60_000);
});

test("what it finds is an alarm that says what to do", async () => {
  await around.until(() => verdict().checkedAt !== null, 1_000);
  const file = path.join(around.folder, "audit/logs/press-7/1/body/000");
  const bytes = await readFile(file);
  bytes[100]! ^= 1;
  await writeFile(file, bytes);
  await around.until(() => verdict().broken !== null, 10 * 60_000);
  expect(await audit.conditions()).toContainEqual(
    expect.objectContaining({
      id: "audit/broken/press-7",
      severity: "alarm",
      source: {kind: "machine", name: "press-7"},
      remedy: expect.stringMatching(/backup/),
    }),
  );
});

test("asking for a check ends the one in the background and has its own answer", async () => {
  await around.clock.advance(5 * 60_000);
  expect(await audit.check()).toMatchObject({entriesChecked: 600, machines: [{broken: null, unchecked: null}]});
});

test("a check that is too old is said to be, and is a warning", async () => {
  await audit.check();
  around.clock.jump(50 * HOUR_MS);
  expect(verdict().unchecked).toMatchObject({since: verdict().checkedAt, because: expect.stringMatching(/older/)});
  expect(await conditionIds()).toContain("audit/unchecked/press-7");
});

test("entries that wait for an anchor for long are a warning, and none when it comes", async () => {
  around.network.isDown = true;
  expect(await conditionIds()).not.toContain("audit/anchor-late");
  around.clock.jump(11 * 60_000);
  expect(await conditionIds()).toContain("audit/anchor-late");
  around.network.isDown = false;
  await around.anchor(audit);
  expect(await conditionIds()).not.toContain("audit/anchor-late");
});
