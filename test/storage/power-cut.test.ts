// What a journal keeps when the power goes, on a disk with a page cache.

import {expect, test} from "@jest/globals";
import {utf8} from "../../src/bytes.ts";
import {createSeededRandom} from "../../src/random.ts";
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

test.each([{preparedBytes: 0}, {preparedBytes: 700}, {preparedBytes: 5_000}, {preparedBytes: 2 ** 18}])(
  "a cut at any moment, also twice, loses nothing acknowledged and finds nothing that was not written ($preparedBytes prepared)",
  async ({preparedBytes}) => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = createSeededRandom(seed);
      const options = {segmentBytes: 4_000, preparedBytes};
      let power = createPowerDisk();
      let written: string[] = [];
      for (let life = 0; life < 3; life++) {
        const journal = await openJournal(FOLDER, {...options, disk: power.disk});
        const groups = random.below(12);
        for (let group = 0; group < groups; group++) {
          const text = `${seed}.${life}.${group} ${"x".repeat(random.below(1_500))}`;
          await journal.append([utf8(text)]);
          written.push(text);
        }
        // The power goes while one more is on its way: nobody heard of it.
        const last = `last of ${seed}.${life} ${"y".repeat(random.below(3_000))}`;
        if (random.below(3) === 0) await journal.close();
        else {
          power.syncFailure = new Error("The power goes.");
          power.keepsDirty = true;
          await expect(journal.append([utf8(last)])).rejects.toMatchObject({code: "storage/failed"});
        }
        power = power.cut(random);
        const found = await openJournal(FOLDER, {...options, disk: power.disk});
        const texts = await textsOf(found);
        if (texts.length > written.length) written.push(last);
        expect(texts).toEqual(written);
        written = texts;
      }
    }
  },
);

test("small groups go into prepared space: most syncs change no size", async () => {
  const power = createPowerDisk();
  const journal = await openJournal(FOLDER, {preparedBytes: 10_000, disk: power.disk});
  const lengths = new Set<number>();
  for (let i = 0; i < 100; i++) {
    await journal.append([utf8("x".repeat(100))]);
    lengths.add((await power.disk.readAll(`${FOLDER}/0000000000000000.journal`)).length);
  }
  expect(lengths.size).toBe(2);
});

test("a large group prepares nothing, and no file is prepared past its own size", async () => {
  const power = createPowerDisk();
  const length = async () => (await power.disk.readAll(`${FOLDER}/0000000000000000.journal`)).length;
  const large = await openJournal(FOLDER, {disk: power.disk});
  await large.append([new Uint8Array(100_000)]);
  expect(await length()).toBe(large.end);
  const small = createPowerDisk();
  await (await openJournal(FOLDER, {segmentBytes: 1_000, disk: small.disk})).append([utf8("a")]);
  expect((await small.disk.readAll(`${FOLDER}/0000000000000000.journal`)).length).toBe(1_000);
});

test("prepared space outlives closing and opening, so that a gateway that writes little prepares once", async () => {
  const power = createPowerDisk();
  const length = async () => (await power.disk.readAll(`${FOLDER}/0000000000000000.journal`)).length;
  await (await open(power)).append([utf8("a")]);
  const prepared = await length();
  for (let i = 0; i < 3; i++) {
    const journal = await open(power);
    expect(journal.tornTail).toBeNull();
    await journal.append([utf8("b")]);
    await journal.close();
  }
  expect(await length()).toBe(prepared);
});

test("a file that another one follows ends with its last group", async () => {
  const power = createPowerDisk();
  const journal = await openJournal(FOLDER, {segmentBytes: 500, disk: power.disk});
  for (let i = 0; i < 20; i++) await journal.append([utf8("x".repeat(90))]);
  expect((await power.disk.list(FOLDER)).length).toBeGreaterThan(2);
  const again = await openJournal(FOLDER, {disk: power.cut(null).disk});
  expect(await textsOf(again)).toHaveLength(20);
});
