// A power cut leaves what was synced and any part of what was not. It is played by copying the folder at an acknowledgement, adding any
// part of the journal bytes that came after it, and taking away every derived file that no sync had covered.

import {cp, readdir, readFile, rm, writeFile} from "node:fs/promises";
import path from "node:path";
import {afterEach, beforeAll, beforeEach, expect, jest, test} from "@jest/globals";
import {parseCheckpoint, parseNote} from "../../src/audit/index.ts";
import {toHex} from "../../src/bytes.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {createSeededRandom} from "../../src/random.ts";
import {groupsOf} from "../../src/storage/journal-frame.ts";
import {faultyDisk} from "../storage/support.ts";
import {createSurroundings, type Surroundings} from "./support.ts";

jest.setTimeout(60_000);
beforeAll(() => installNativeCrypto());

let around: Surroundings;
beforeEach(async () => {
  around = await createSurroundings();
});
afterEach(() => around.remove());

/** Files of a journal; `used`: bytes up to the end of the last group. */
const journalOf = async (folder: string) => {
  const names = (await readdir(path.join(folder, "journal"))).sort();
  return await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(path.join(folder, "journal", name));
      return {name, bytes, used: [...groupsOf(bytes, Number.parseInt(name, 16))].at(-1)?.end ?? 0};
    }),
  );
};

/** A file's bytes up to any place past what was acknowledged, with prepared space behind it or not. */
function partOf(
  {bytes, used, acknowledged}: {bytes: Buffer; used: number; acknowledged: number},
  random: ReturnType<typeof createSeededRandom>,
): Buffer {
  const kept = acknowledged + random.below(used - acknowledged + 1);
  return Buffer.concat([bytes.subarray(0, kept), Buffer.alloc(random.below(2) * (bytes.length - kept))]);
}

interface Acknowledged {
  readonly folder: string;
  readonly journalLength: ReadonlyMap<string, number>;
  readonly leafHashes: ReadonlyMap<string, readonly string[]>;
  /** Root of each signed size that anybody may have seen. */
  readonly roots: ReadonlyMap<string, string>;
}

async function playUntil(
  groups: number,
  options: {journalBytesMax?: number},
  random: ReturnType<typeof createSeededRandom>,
) {
  const audit = around.create(options);
  await audit.start();
  const leafHashes = new Map<string, string[]>();
  const roots = new Map<string, string>();
  const states: Acknowledged[] = [];
  const original = path.join(around.folder, "audit");
  for (let group = 0; group < groups; group++) {
    const inputs = Array.from({length: 1 + random.below(120)}, (_, i) => ({
      machine: `m${random.below(3)}`,
      type: "reading",
      body: {group, i},
    }));
    for (const {machine, leafHash} of await audit.append(inputs, {actor: "user:anna"})) {
      const known = leafHashes.get(machine) ?? [];
      known.push(leafHash);
      leafHashes.set(machine, known);
    }
    for (const {machine} of audit.machines()) {
      const {origin, size, root} = parseCheckpoint(parseNote(audit.checkpoint(machine)).text);
      roots.set(`${origin} ${size}`, toHex(root));
    }
    if (group % 4 !== 3) continue;
    // A copy takes time, a power cut does not: a check waits until nothing is written in the background.
    await audit.check();
    const folder = path.join(around.folder, `state-${group}`);
    await cp(original, folder, {recursive: true});
    states.push({
      folder,
      journalLength: new Map((await journalOf(folder)).map(({name, used}) => [name, used])),
      leafHashes: new Map([...leafHashes].map(([machine, hashes]) => [machine, [...hashes]])),
      roots: new Map(roots),
    });
  }
  // Not stopped: the power is cut. The journal holds everything that came after each state.
  const later = await journalOf(original);
  return {states, later, stop: () => audit.stop()};
}

async function expectNothingLost(state: Acknowledged): Promise<void> {
  const audit = around.create({folder: state.folder});
  await audit.start();
  for (const [machine, hashes] of state.leafHashes) {
    expect(audit.machine(machine)!.entries).toBeGreaterThanOrEqual(hashes.length);
    const found: string[] = [];
    for (let seq = 0; seq < hashes.length; seq++) found.push((await audit.entry(machine, seq))!.leafHash);
    expect(found).toEqual(hashes);
    const {origin, size, root} = parseCheckpoint(parseNote(audit.checkpoint(machine)).text);
    expect(origin).not.toContain("segment");
    const known = state.roots.get(`${origin} ${size}`);
    expect(known === undefined || known === toHex(root)).toBe(true);
  }
  expect((await audit.check()).machines.every(({broken}) => broken === null)).toBe(true);
  await audit.stop();
}

test.each([1, 2])("at any byte past an acknowledgement loses no acknowledged entry (seed %i)", async (seed) => {
  const random = createSeededRandom(seed);
  const {states, later, stop} = await playUntil(16, {}, random);
  for (const state of states) {
    for (const {name, bytes, used} of later) {
      const kept = partOf({bytes, used, acknowledged: state.journalLength.get(name) ?? 0}, random);
      await writeFile(path.join(state.folder, "journal", name), kept);
    }
    // No cut of the journal has synced a tile, so none need be there; some may be there in part.
    const tiles = path.join(state.folder, "logs");
    for (const name of await readdir(tiles, {recursive: true, withFileTypes: true}).catch(() => [])) {
      if (!name.isFile()) continue;
      const file = path.join(name.parentPath, name.name);
      if (random.below(2) === 0) await rm(file);
      else await writeFile(file, (await readFile(file)).subarray(0, random.below(100)));
    }
    await expectNothingLost(state);
  }
  await stop();
});

test.each([4])("loses nothing either when the journal was cut before (seed %i)", async (seed) => {
  const random = createSeededRandom(seed);
  const {states, later, stop} = await playUntil(24, {journalBytesMax: 50_000}, random);
  for (const state of states) {
    for (const {name, bytes, used} of later) {
      const acknowledged = state.journalLength.get(name);
      if (acknowledged === undefined) continue;
      await writeFile(path.join(state.folder, "journal", name), partOf({bytes, used, acknowledged}, random));
    }
    await expectNothingLost(state);
  }
  await stop();
});

test("a new trail's folders are named durably before it takes an entry", async () => {
  const {disk, faults} = faultyDisk();
  const audit = around.create({disk});
  await audit.start();
  // The first that is made takes the trail's own folder with it.
  expect(faults.calls.slice(0, 3)).toEqual(["make store", "sync audit", `sync ${path.basename(around.folder)}`]);
  const logs = faults.calls.indexOf("make logs");
  expect(faults.calls.slice(logs, logs + 2)).toEqual(["make logs", "sync audit"]);
  await audit.stop();
});
