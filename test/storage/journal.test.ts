import {mkdtemp, readdir, readFile, rm, truncate, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {fromUtf8, utf8} from "../../src/bytes.ts";
import {type JournalOptions, openJournal, systemDisk} from "../../src/storage/index.ts";
import {faultyDisk, textsOf} from "./support.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "journal-"));
});
afterEach(() => rm(folder, {recursive: true}));

const contents = async () => {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map(async (name) => ({name, bytes: await readFile(path.join(folder, name))})));
};

describe("a journal", () => {
  test("gives back what was appended, in order, after closing and opening", async () => {
    const first = await openJournal(folder);
    await first.append([utf8("a"), utf8("")]);
    await first.append([utf8("b")]);
    await first.close();
    const second = await openJournal(folder);
    expect(await textsOf(second)).toEqual(["a", "", "b"]);
    expect(second.tornTail).toBeNull();
    await second.append([utf8("c")]);
    expect(await textsOf(second)).toEqual(["a", "", "b", "c"]);
    await second.close();
  });

  test("reads from an offset and at an offset", async () => {
    const journal = await openJournal(folder, {segmentBytes: 64});
    const offsets = [];
    for (const text of ["one", "two", "three", "four", "five"]) offsets.push(...(await journal.append([utf8(text)])));
    expect(await textsOf(journal, offsets[2])).toEqual(["three", "four", "five"]);
    expect(fromUtf8(await journal.readAt(offsets[3]!))).toBe("four");
    await expect(journal.readAt(journal.end)).rejects.toMatchObject({code: "storage/not-found"});
    await journal.close();
  });

  test("makes appends that wait together durable with one sync", async () => {
    const {disk, faults} = faultyDisk();
    const journal = await openJournal(folder, {disk});
    await Promise.all(Array.from({length: 500}, (_, i) => journal.append([utf8(`${i}`)])));
    expect(faults.syncs).toBeLessThanOrEqual(2);
    expect(await textsOf(journal)).toHaveLength(500);
    await journal.close();
  });

  test("resolves only after the sync", async () => {
    const {disk, faults} = faultyDisk();
    const journal = await openJournal(folder, {disk});
    const before = faults.syncs;
    await journal.append([utf8("a")]);
    expect(faults.syncs).toBe(before + 1);
    await journal.close();
  });

  test("begins a new file by size and drops old ones whole", async () => {
    const journal = await openJournal(folder, {segmentBytes: 100});
    const offsets = [];
    for (let i = 0; i < 20; i++) offsets.push((await journal.append([utf8(`record ${i}`)]))[0]!);
    const files = (await readdir(folder)).length;
    expect(files).toBeGreaterThan(3);
    await journal.dropBefore(offsets[12]!);
    expect((await readdir(folder)).length).toBeLessThan(files);
    expect(journal.start).toBeGreaterThan(0);
    expect(await textsOf(journal, offsets[12])).toEqual([
      "record 12",
      ...Array.from({length: 7}, (_, i) => `record ${13 + i}`),
    ]);
    await journal.close();
    const again = await openJournal(folder, {segmentBytes: 100});
    expect((await textsOf(again)).at(-1)).toBe("record 19");
    expect((await textsOf(again)).includes("record 12")).toBe(true);
    await again.close();
  });

  test.each<{name: string; options: JournalOptions; appends: number; code: string}>([
    {name: "larger than a group", options: {groupBytesMax: 100}, appends: 1, code: "storage/too-large"},
    {name: "more than the queue holds", options: {queueBytesMax: 300}, appends: 4, code: "storage/busy"},
  ])("refuses an append $name and keeps the rest", async ({options, appends, code}) => {
    const journal = await openJournal(folder, options);
    const record = new Uint8Array(120);
    const outcomes = await Promise.allSettled(Array.from({length: appends}, () => journal.append([record])));
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused.map(({reason}) => reason.code)).toEqual([code]);
    expect(await textsOf(journal)).toHaveLength(appends - 1);
    await journal.close();
  });
});

describe("a failing device", () => {
  test("that is full: the append fails, what was acknowledged stays, a new opening goes on", async () => {
    const {disk, faults} = faultyDisk();
    const journal = await openJournal(folder, {disk});
    await journal.append([utf8("kept")]);
    faults.writeFailure = Object.assign(new Error("ENOSPC: no space left on device, write"), {code: "ENOSPC"});
    await expect(journal.append([utf8("lost")])).rejects.toMatchObject({code: "storage/disk-full"});
    faults.writeFailure = null;
    await expect(journal.append([utf8("late")])).rejects.toMatchObject({code: "storage/disk-full"});
    await journal.close();
    const again = await openJournal(folder);
    expect(again.tornTail?.bytes).toBeGreaterThan(0);
    await again.append([utf8("later")]);
    expect(await textsOf(again)).toEqual(["kept", "later"]);
    await again.close();
  });

  test("whose sync failed is never asked again", async () => {
    const {disk, faults} = faultyDisk();
    const journal = await openJournal(folder, {disk});
    faults.syncFailure = new Error("EIO: i/o error, fdatasync");
    await expect(journal.append([utf8("a")])).rejects.toMatchObject({code: "storage/failed"});
    const syncs = faults.syncs;
    faults.syncFailure = null;
    await expect(journal.append([utf8("b")])).rejects.toMatchObject({code: "storage/failed"});
    await journal.close();
    expect(faults.syncs).toBe(syncs);
  });
});

describe("a power cut", () => {
  test("at any byte past an acknowledgement loses nothing acknowledged", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.uint8Array({maxLength: 60}), {maxLength: 4}), {minLength: 1, maxLength: 8}),
        fc.array(fc.nat(), {minLength: 3, maxLength: 3}),
        fc.boolean(),
        async (groups, cuts, isGarbled) => {
          await rm(folder, {recursive: true});
          const journal = await openJournal(folder, {segmentBytes: 150});
          const acknowledged: {records: number; end: number}[] = [];
          const hex = (record: Uint8Array) => Buffer.from(record).toString("hex");
          const written: string[] = [];
          for (const group of groups) {
            acknowledged.push({records: written.length, end: journal.end});
            await journal.append(group);
            written.push(...group.map(hex));
          }
          const files = await contents();
          for (const cut of cuts) {
            const copy = `${folder}-cut`;
            const at = acknowledged[cut % acknowledged.length]!;
            const kept = at.end + (cut % (journal.end - at.end + 1));
            await systemDisk.makeFolder(copy);
            for (const {name, bytes} of files) {
              const start = Number.parseInt(name, 16);
              if (start > 0 && start >= kept) break;
              // Space that was prepared is there or not; what was to be written into it is not.
              const left = Buffer.from(bytes.subarray(0, kept - start));
              if (isGarbled && kept > at.end && kept - start === left.length && left.length > 0)
                left[left.length - 1]! ^= 0x55;
              const rest = cut % 2 === 0 ? 0 : Math.max(0, bytes.length - left.length);
              await writeFile(path.join(copy, name), Buffer.concat([left, Buffer.alloc(rest)]));
            }
            const found = await openJournal(copy, {segmentBytes: 150});
            const records = [];
            for await (const {record} of found.read(0)) records.push(hex(record));
            expect(records.slice(0, at.records)).toEqual(written.slice(0, at.records));
            expect(written.slice(0, records.length)).toEqual(records);
            await found.close();
            await rm(copy, {recursive: true});
          }
          await journal.close();
        },
      ),
      {numRuns: 60},
    );
  });
});

describe("damage", () => {
  const fill = async () => {
    const journal = await openJournal(folder);
    for (const text of ["first", "second", "third"]) await journal.append([utf8(text)]);
    return journal;
  };

  test("of a byte before the last group is an error that names file and position", async () => {
    await (await fill()).close();
    const [name] = await readdir(folder);
    const file = path.join(folder, name!);
    const whole = await readFile(file);
    // Two groups of 28 + 5 and 28 + 6 bytes, a third of 28 + 5, and the empty one that closing adds.
    for (let at = 0; at < 24 + 4 + 5 + 24 + 4 + 6 + 24 + 4 + 5; at++) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 0x10;
      await writeFile(file, bytes);
      await expect(openJournal(folder)).rejects.toMatchObject({code: "storage/damaged", facts: {file}});
    }
  });

  test.each([
    {name: "a file that ends within it", leave: (whole: Buffer, end: number) => whole.subarray(0, end - 1), bytes: 32},
    {
      name: "zeros in its place from a byte on",
      leave: (whole: Buffer, end: number) => whole.fill(0, end - 9),
      bytes: 21,
    },
    {
      name: "zeros before its last byte",
      leave: (whole: Buffer, end: number) => whole.fill(0, end - 33, end - 1),
      bytes: 33,
    },
  ])("of the last group is cut and reported: $name", async ({leave, bytes}) => {
    const journal = await fill();
    const [name] = await readdir(folder);
    const file = path.join(folder, name!);
    await writeFile(file, leave(await readFile(file), journal.end));
    const found = await openJournal(folder);
    expect(found.tornTail).toEqual({file, position: journal.end - 33, bytes});
    expect(await textsOf(found)).toEqual(["first", "second"]);
    await found.append([utf8("fourth")]);
    await found.close();
    const again = await openJournal(folder);
    expect(again.tornTail).toBeNull();
    expect(await textsOf(again)).toEqual(["first", "second", "fourth"]);
    await again.close();
    await journal.close();
  });

  test("of an earlier file is found when it is read, and a missing one at opening", async () => {
    const journal = await openJournal(folder, {segmentBytes: 40});
    for (let i = 0; i < 6; i++) await journal.append([utf8(`record ${i}`)]);
    await journal.close();
    const names = (await readdir(folder)).sort();
    const first = path.join(folder, names[0]!);
    const whole = await readFile(first);
    const changed = Buffer.from(whole);
    changed[30]! ^= 1;
    await writeFile(first, changed);
    const opened = await openJournal(folder);
    await expect(textsOf(opened)).rejects.toMatchObject({code: "storage/damaged", facts: {file: first, position: 0}});
    await opened.close();
    await writeFile(first, whole);
    await rm(path.join(folder, names[1]!));
    await expect(openJournal(folder)).rejects.toMatchObject({code: "storage/damaged"});
  });

  test("bytes in a record that look like a group are not taken for one", async () => {
    const journal = await openJournal(folder);
    await journal.append([utf8("x")]);
    const [name] = await readdir(folder);
    const image = (await readFile(path.join(folder, name!))).subarray(0, journal.end);
    await journal.append([image]);
    // The last group is torn inside; the image of the first group within it must not make this "damage in the middle".
    await truncate(path.join(folder, name!), journal.end - 1);
    const found = await openJournal(folder);
    expect(await textsOf(found)).toEqual(["x"]);
    await found.close();
    await journal.close();
  });
});

test("what is appended while the journal closes is refused, not answered and lost", async () => {
  const journal = await openJournal(folder);
  const first = journal.append([utf8("before")]);
  const closing = journal.close();
  await expect(journal.append([utf8("during")])).rejects.toMatchObject({code: "storage/failed"});
  await Promise.all([first, closing]);
  const again = await openJournal(folder);
  expect(await textsOf(again)).toEqual(["before"]);
  await again.close();
});

describe("a new file on request", () => {
  test("takes what comes from there on, and all before it can go", async () => {
    const journal = await openJournal(folder);
    await journal.append([utf8("a"), utf8("b")]);
    const start = await journal.beginFile();
    await journal.append([utf8("c")]);
    expect(await textsOf(journal)).toEqual(["a", "b", "c"]);
    await journal.dropBefore(start);
    expect(await textsOf(journal)).toEqual(["c"]);
    for (const {bytes} of await contents()) expect(bytes.toString("latin1")).not.toContain("b");
    await journal.close();
    const again = await openJournal(folder);
    expect(await textsOf(again)).toEqual(["c"]);
    await again.close();
  });

  test("ends the file before without what was prepared there", async () => {
    const journal = await openJournal(folder, {preparedBytes: 4_096});
    await journal.append([utf8("a")]);
    const start = await journal.beginFile();
    await journal.append([utf8("c")]);
    await journal.close();
    expect((await contents())[0]?.bytes).toHaveLength(start);
    const again = await openJournal(folder);
    expect(await textsOf(again)).toEqual(["a", "c"]);
    await again.close();
  });

  test("is not begun twice for nothing, and leaves waiting appends whole", async () => {
    const journal = await openJournal(folder);
    const appends = Array.from({length: 50}, (_, i) => journal.append([utf8(`${i}`)]));
    const [first, second] = await Promise.all([journal.beginFile(), journal.beginFile()]);
    await Promise.all(appends);
    expect(second).toBeGreaterThanOrEqual(first);
    await journal.append([utf8("last")]);
    await journal.dropBefore(second);
    const rest = await textsOf(journal);
    expect(rest.at(-1)).toBe("last");
    expect(rest).not.toContain("0");
    await journal.close();
  });
});
