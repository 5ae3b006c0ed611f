// What a search, a count and a density do when there is more than one answer may look at.

import path from "node:path";
import {afterAll, beforeAll, expect, jest, test} from "@jest/globals";
import {type Logs, openLogs} from "../../src/audit/logs.ts";
import {searchPage} from "../../src/audit/search.ts";
import {countEntries, densityOf} from "../../src/audit/tally.ts";
import {silentLog} from "../../src/log.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {auditSigner, createSurroundings, GATEWAY, type Surroundings} from "./support.ts";

jest.setTimeout(60_000);

const ENTRIES = 2_000;
let around: Surroundings;
let logs: Logs;

beforeAll(async () => {
  await installNativeCrypto();
  around = await createSurroundings();
  const audit = around.create();
  await audit.start();
  for (let at = 0; at < ENTRIES; at += 50) {
    around.clock.jump(60_000);
    await audit.append(
      Array.from({length: 50}, (_, i) => ({
        machine: at % 100 === 0 ? "mill" : "saw",
        type: "reading",
        body: {value: (at + i) % 10 === 0 ? "rare" : "common"},
      })),
      {actor: "process:node-red"},
    );
  }
  await audit.stop();
  logs = await openLogs(
    {folder: path.join(around.folder, "audit"), gateway: GATEWAY},
    {signer: auditSigner(), log: silentLog},
  );
});
afterAll(async () => {
  await logs.close();
  await around.remove();
});

test("a page ends when it has looked at its bound, with fewer items and a cursor that loses nothing", async () => {
  const found: string[] = [];
  let pages = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await searchPage(logs, {value: "rare", ...(cursor === undefined ? {} : {cursor})}, {lookedAtMax: 300});
    pages++;
    found.push(...page.items.map(({machine, seq}) => `${machine} ${seq}`));
    if (page.cursor === undefined) break;
    expect(page.cursor).not.toBe(cursor);
    cursor = page.cursor;
  }
  expect(pages).toBeGreaterThan(4);
  expect(new Set(found).size).toBe(found.length);
  expect(found).toHaveLength(ENTRIES / 10);
});

test("a count gives its part and a cursor, and the parts add up", async () => {
  const parts: number[] = [];
  for (let cursor: string | undefined; ; ) {
    const part = await countEntries(logs, {value: "rare", ...(cursor === undefined ? {} : {cursor})}, {readMax: 300});
    parts.push(part.count);
    expect(part.isComplete).toBe(part.cursor === undefined);
    if (part.cursor === undefined) break;
    cursor = part.cursor;
  }
  expect(parts.length).toBeGreaterThan(2);
  expect(parts.reduce((sum, count) => sum + count)).toBe(ENTRIES / 10);
});

test("a density that may not read more says so, and loses no entry", async () => {
  const density = await densityOf(logs, {buckets: 97}, {readMax: 0});
  expect(density.isExact).toBe(false);
  expect(density.buckets.reduce((sum, {other}) => sum + other, 0)).toBe(ENTRIES);
  // Entries come evenly here, so the shares are near the truth.
  const [exact, shared] = await Promise.all(
    [undefined, 0].map((readMax) => densityOf(logs, {buckets: 4}, readMax === undefined ? {} : {readMax})),
  );
  expect(exact!.isExact).toBe(true);
  for (const [i, {other}] of exact!.buckets.entries())
    expect(Math.abs(other - shared!.buckets[i]!.other)).toBeLessThan(150);
});

test("a cursor of a count that nobody gave is refused", async () => {
  await expect(countEntries(logs, {cursor: "17"})).rejects.toMatchObject({code: "audit/invalid"});
});
