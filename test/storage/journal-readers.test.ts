// Readers of a journal whose files go meanwhile.

import {mkdtemp, readdir, rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterEach, beforeEach, expect, test} from "@jest/globals";
import {fromUtf8, utf8} from "../../src/bytes.ts";
import {type Journal, openJournal} from "../../src/storage/index.ts";
import {type Faults, faultyDisk, textsOf} from "./support.ts";

let folder: string;
let journal: Journal;
let faults: Faults;
let offsets: number[];

// Three files with one record each, and the one that is written to.
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "journal-"));
  const faulty = faultyDisk();
  faults = faulty.faults;
  journal = await openJournal(folder, {segmentBytes: 20, disk: faulty.disk});
  offsets = [];
  for (const text of ["first", "second", "third", "fourth"]) offsets.push(...(await journal.append([utf8(text)])));
});
afterEach(async () => {
  faults.onRead = null;
  await journal.close();
  await rm(folder, {recursive: true});
});

/** Does something before the `count`th read of a file from now on. */
function beforeRead(count: number, work: () => Promise<void>): void {
  let reads = 0;
  faults.onRead = async () => {
    if (++reads === count) await work();
  };
}

test.each([1, 2])("a record whose file is dropped before read %i of it is still given", async (count) => {
  beforeRead(count, () => journal.dropBefore(offsets[2]!));
  expect(fromUtf8(await journal.readAt(offsets[0]!))).toBe("first");
  expect(journal.start).toBeGreaterThan(0);
  await expect(journal.readAt(offsets[0]!)).rejects.toMatchObject({code: "storage/not-found"});
});

test.each([1, 2])("a record is still given when the journal closes before read %i of it", async (count) => {
  beforeRead(count, () => journal.close());
  expect(fromUtf8(await journal.readAt(offsets[0]!))).toBe("first");
  await expect(journal.readAt(offsets[0]!)).rejects.toMatchObject({code: "storage/failed"});
  await expect(textsOf(journal)).rejects.toMatchObject({code: "storage/failed"});
});

test("a dropped file is closed when its last reader is done, not before and not twice", async () => {
  beforeRead(2, () => journal.dropBefore(offsets[2]!));
  const texts = await Promise.all([journal.readAt(offsets[0]!), journal.readAt(offsets[0]!)]);
  expect(texts.map(fromUtf8)).toEqual(["first", "first"]);
  expect(await readdir(folder)).toHaveLength(2);
});

test("a walk gives the file at hand in full and says when the next one was dropped", async () => {
  const found: string[] = [];
  const walk = async () => {
    for await (const {record} of journal.read(0)) {
      found.push(fromUtf8(record));
      if (found.length === 1) await journal.dropBefore(offsets[3]!);
    }
  };
  await expect(walk()).rejects.toMatchObject({code: "storage/not-found"});
  expect(found).toEqual(["first"]);
});

test("a walk goes on when only files behind it are dropped", async () => {
  const found: string[] = [];
  for await (const {record} of journal.read(0)) {
    found.push(fromUtf8(record));
    if (found.length === 2) await journal.dropBefore(offsets[1]!);
  }
  expect(found).toEqual(["first", "second", "third", "fourth"]);
});
