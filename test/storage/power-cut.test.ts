// What a journal keeps when the power goes, on a disk with a page cache.

import {expect, test} from "@jest/globals";
import {utf8} from "../../src/bytes.ts";
import {openJournal} from "../../src/storage/index.ts";
import {createPowerDisk, type PowerDisk} from "./power-disk.ts";
import {textsOf} from "./support.ts";

const FOLDER = "/journal";
const open = ({disk}: PowerDisk) => openJournal(FOLDER, {disk});
/** More than a sector, so that what comes after does not write it along. */
const long = (text: string) => utf8(text.repeat(1_000));

test("what a failed sync left in memory alone is written again when the journal is opened", async () => {
  const power = createPowerDisk();
  const journal = await open(power);
  await journal.append([long("a")]);
  power.syncFailure = new Error("EIO: i/o error, fdatasync");
  await expect(journal.append([long("b")])).rejects.toMatchObject({code: "storage/failed"});
  power.syncFailure = null;
  await journal.close();

  const again = await open(power);
  expect((await textsOf(again)).map((text) => text[0])).toEqual(["a", "b"]);
  await again.append([long("c")]);
  const found = await open(power.cut(null));
  expect((await textsOf(found)).map((text) => text[0])).toEqual(["a", "b", "c"]);
});

test("an opening whose sync failed is no reason to trust the next one", async () => {
  const power = createPowerDisk();
  await (await open(power)).append([long("a")]);
  power.syncFailure = new Error("EIO: i/o error, fdatasync");
  await expect(open(power)).rejects.toMatchObject({code: "storage/failed"});
  power.syncFailure = null;
  const before = power.sectorsWritten;
  await open(power);
  expect(power.sectorsWritten).toBeGreaterThan(before);
});
