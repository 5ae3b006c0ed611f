// A power cut takes away what is not named durably: a new folder needs a sync of its parent, and a new file one of its folder.

import {mkdir, mkdtemp, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterEach, beforeEach, expect, test} from "@jest/globals";
import {utf8} from "../../src/bytes.ts";
import {makeDurableFolder, openJournal, openStore} from "../../src/storage/index.ts";
import {faultyDisk} from "./support.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "folders-"));
});
afterEach(() => rm(home, {recursive: true}));

test("every folder that is made is synced into its parent", async () => {
  const {disk, faults} = faultyDisk();
  await mkdir(path.join(home, "a"));
  await makeDurableFolder(path.join(home, "a", "b", "c", "d"), disk);
  expect(faults.calls).toEqual(["make d", "sync c", "sync b", "sync a"]);
});

test("a folder that is there is synced into its parent, too: its maker may have ended before", async () => {
  const {disk, faults} = faultyDisk();
  await mkdir(path.join(home, "a", "b"), {recursive: true});
  await makeDurableFolder(path.join(home, "a", "b"), disk);
  expect(faults.calls).toEqual(["make b", "sync a"]);
});

test("a new journal's folders and first file are named durably before anything is appended", async () => {
  const {disk, faults} = faultyDisk();
  const journal = await openJournal(path.join(home, "audit", "journal"), {disk});
  expect(faults.calls).toEqual([
    "make journal",
    "sync audit",
    `sync ${path.basename(home)}`,
    "open 0000000000000000.journal",
    "sync journal",
  ]);
  await journal.close();
});

test("a file that was made and not named durably is, once the journal is opened again", async () => {
  const folder = path.join(home, "journal");
  await mkdir(folder);
  await writeFile(path.join(folder, "0000000000000000.journal"), "");
  const {disk, faults} = faultyDisk();
  const journal = await openJournal(folder, {disk});
  expect(faults.calls.slice(faults.calls.indexOf("open 0000000000000000.journal"))).toContain("sync journal");
  await journal.append([utf8("a")]);
  await journal.close();
});

test("a new store's folders are named durably", async () => {
  const {disk, faults} = faultyDisk();
  const store = await openStore(path.join(home, "audit", "store"), {disk});
  expect(faults.calls).toEqual(["make store", "sync audit", `sync ${path.basename(home)}`]);
  await store.close();
});

test("a store's folders are made by us however late the disk is: the database does not get there first", async () => {
  const {disk, faults} = faultyDisk();
  const late = {
    ...disk,
    makeFolder: async (folder: string) => {
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      return await disk.makeFolder(folder);
    },
  };
  const store = await openStore(path.join(home, "audit", "store"), {disk: late});
  expect(faults.calls).toEqual(["make store", "sync audit", `sync ${path.basename(home)}`]);
  await store.close();
});
