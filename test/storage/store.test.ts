import {mkdtemp, readdir, readFile, rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {compareBytes, equalBytes, fromUtf8, utf8} from "../../src/bytes.ts";
import {storageFailure} from "../../src/storage/failure.ts";
import {createMemoryStore, openStore, type Store, table, text, u32, u64, type Write} from "../../src/storage/index.ts";

const put = (key: string, value: string): Write => ({kind: "put", key: utf8(key), value: utf8(value)});
const remove = (key: string): Write => ({kind: "delete", key: utf8(key)});
const unsynced = {isSynced: false};

async function textsOf(entries: AsyncIterable<readonly [Uint8Array, Uint8Array]>): Promise<string[]> {
  const texts = [];
  for await (const [key, value] of entries) texts.push(`${fromUtf8(key)}=${fromUtf8(value)}`);
  return texts;
}

const backEnds = [
  {name: "on disk", open: (folder: string) => openStore(folder)},
  {name: "in memory", open: () => createMemoryStore()},
];

describe.each(backEnds)("a store $name", ({open}) => {
  let folder: string;
  let store: Store;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "store-"));
    store = await open(folder);
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, {recursive: true});
  });

  const large = (value: string) => Array.from({length: 2_000}, (_, i) => put(`large-${i}`, value));

  test("keeps what is there when a range is made compact", async () => {
    await store.write([put("a1", "old"), put("a2", "kept"), put("b", "other")], unsynced);
    await store.write([put("a1", "new"), remove("a2")], unsynced);
    await store.compact({prefix: utf8("a")});
    expect(await textsOf(store.entries({}))).toEqual(["a1=new", "b=other"]);
  });

  test("takes writes in the order of their calls, also around large ones", async () => {
    const key = utf8("large-0");
    const calls: Promise<void>[] = [];
    for (let round = 0; round < 20; round++) {
      calls.push(store.write(large(`a${round}`), unsynced), store.write([put("large-0", `b${round}`)], unsynced));
    }
    const seen = await Promise.all(calls.map((call) => call.then(() => fromUtf8(store.get(key)!))));
    expect(fromUtf8(store.get(key)!)).toBe("b19");
    expect(fromUtf8(store.get(utf8("large-1999"))!)).toBe("a19");
    expect(seen.at(-1)).toBe("b19");
  });

  test("finishes a large write before it closes", async () => {
    const writing = store.write(large("x"), {isSynced: true});
    await store.close();
    await writing;
  });

  test("gives back what was put, and null for what was not", async () => {
    await store.write([put("a", "1")], {isSynced: true});
    expect(fromUtf8(store.get(utf8("a"))!)).toBe("1");
    expect(store.get(utf8("b"))).toBeNull();
    expect(store.has(utf8("a"))).toBe(true);
    expect(store.has(utf8("b"))).toBe(false);
  });

  test("keeps an empty value apart from no value", async () => {
    await store.write([put("a", "")], unsynced);
    expect(store.get(utf8("a"))).toHaveLength(0);
    expect(store.has(utf8("a"))).toBe(true);
  });

  test("applies a batch in order, the last write of a key wins", async () => {
    await store.write([put("a", "1"), remove("a"), put("b", "1"), put("b", "2")], unsynced);
    expect(store.get(utf8("a"))).toBeNull();
    expect(fromUtf8(store.get(utf8("b"))!)).toBe("2");
  });

  test("does not follow later changes of the arrays it was given or gave", async () => {
    const value = utf8("one");
    await store.write([{kind: "put", key: utf8("a"), value}], unsynced);
    value[0] = 0;
    store.get(utf8("a"))![0] = 0;
    expect(fromUtf8(store.get(utf8("a"))!)).toBe("one");
  });

  test.each([
    {range: {}, expected: ["a=1", "aa=2", "ab=3", "b=4", "\u00ff=5"]},
    {range: {prefix: utf8("a")}, expected: ["a=1", "aa=2", "ab=3"]},
    {range: {prefix: utf8("a"), isReverse: true}, expected: ["ab=3", "aa=2", "a=1"]},
    {range: {prefix: utf8("a"), gt: utf8("aa")}, expected: ["ab=3"]},
    {range: {prefix: utf8("a"), lt: utf8("ab"), isReverse: true}, expected: ["aa=2", "a=1"]},
    {range: {gte: utf8("aa"), lt: utf8("b")}, expected: ["aa=2", "ab=3"]},
    {range: {gt: utf8("aa"), lte: utf8("b")}, expected: ["ab=3", "b=4"]},
    {range: {limit: 2}, expected: ["a=1", "aa=2"]},
    {range: {limit: 2, isReverse: true}, expected: ["\u00ff=5", "b=4"]},
    {range: {prefix: utf8("c")}, expected: []},
  ])("walks a range in byte order %#", async ({range, expected}) => {
    await store.write([put("b", "4"), put("ab", "3"), put("\u00ff", "5"), put("a", "1"), put("aa", "2")], unsynced);
    expect(await textsOf(store.entries(range))).toEqual(expected);
    const keys = [];
    for await (const key of store.keys(range)) keys.push(fromUtf8(key));
    expect(keys).toEqual(expected.map((entry) => entry.split("=")[0]));
  });

  test("a prefix of the highest bytes has no end but the store's", async () => {
    const key = Uint8Array.of(255, 255, 1);
    await store.write([{kind: "put", key, value: utf8("x")}, put("a", "1")], unsynced);
    const keys = [];
    for await (const found of store.keys({prefix: Uint8Array.of(255, 255)})) keys.push(found);
    expect(keys.map((found) => equalBytes(found, key))).toEqual([true]);
  });

  test("walks the view at the time of the call", async () => {
    await store.write([put("a", "1"), put("b", "2")], unsynced);
    const walk = store.entries({});
    await store.write([put("a", "9"), remove("b"), put("c", "3")], unsynced);
    expect(await textsOf(walk)).toEqual(["a=1", "b=2"]);
  });

  test("a walk that is broken off frees its view", async () => {
    await store.write(
      Array.from({length: 1000}, (_, i) => put(`k${i}`, "v")),
      unsynced,
    );
    for await (const _ of store.entries({})) break;
    await store.close();
  });

  test("refuses after it was closed", async () => {
    await store.close();
    expect(() => store.get(utf8("a"))).toThrow(expect.objectContaining({code: "storage/failed"}));
    await expect(store.write([put("a", "1")], unsynced)).rejects.toMatchObject({code: "storage/failed"});
  });
});

describe("a store on disk", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "store-"));
  });
  afterEach(() => rm(folder, {recursive: true}));

  test("is the same after closing and opening", async () => {
    const first = await openStore(folder);
    await first.write([put("a", "1")], {isSynced: true});
    await first.close();
    const second = await openStore(folder);
    expect(fromUtf8(second.get(utf8("a"))!)).toBe("1");
    await second.close();
  });

  test("opens once at a time, and says so", async () => {
    const first = await openStore(folder);
    await expect(openStore(folder)).rejects.toMatchObject({code: "storage/locked"});
    await first.close();
  });

  test("in a place that cannot be a folder fails with the place named", async () => {
    await expect(openStore("/dev/null/store")).rejects.toMatchObject({
      code: "storage/failed",
      facts: {place: "/dev/null/store"},
    });
  });
});

test("a store on disk refuses every write after one that failed, also those that wait", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "store-"));
  const store = await openStore(folder);
  const broken = store.write([{kind: "put", key: utf8("a"), value: null as never}], {isSynced: true});
  const waiting = store.write([put("b", "1")], {isSynced: true});
  await expect(broken).rejects.toMatchObject({code: "storage/failed"});
  await expect(waiting).rejects.toMatchObject({code: "storage/failed"});
  await expect(store.write([put("c", "1")], {isSynced: true})).rejects.toMatchObject({code: "storage/failed"});
  expect(store.get(utf8("b"))).toBeNull();
  await store.close();
  await rm(folder, {recursive: true});
});

describe("a failure of the disk", () => {
  test.each([
    {error: new Error("IO error: /x/000003.log: No space left on device"), code: "storage/disk-full"},
    {
      error: Object.assign(new Error("ENOSPC: no space left on device, write"), {code: "ENOSPC"}),
      code: "storage/disk-full",
    },
    {
      error: new Error("open", {cause: Object.assign(new Error("lock"), {code: "LEVEL_LOCKED"})}),
      code: "storage/locked",
    },
    {error: new Error("IO error: /x/000003.log: Input/output error"), code: "storage/failed"},
  ])("is named $code", ({error, code}) => {
    expect(storageFailure(error, "/x")).toMatchObject({code, facts: {place: "/x"}});
  });
});

describe("keys", () => {
  test("of numbers sort as the numbers do", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        expect(Math.sign(compareBytes(u64(a), u64(b)))).toBe(Math.sign(a - b));
        const [x, y] = [a % 2 ** 32, b % 2 ** 32];
        expect(Math.sign(compareBytes(u32(x), u32(y)))).toBe(Math.sign(x - y));
      }),
    );
  });

  test("of a text are never the beginning of another text's", () => {
    const machines = table(7);
    expect([...machines.key(text("ab"), u32(1))]).toEqual([7, 97, 98, 0, 0, 0, 0, 1]);
    const key = machines.key(text("a"));
    expect(equalBytes(machines.key(text("ab")).subarray(0, key.length), key)).toBe(false);
    expect([...machines.rest(machines.key(u32(5)))]).toEqual([0, 0, 0, 5]);
  });
});

test("what was overwritten is in no file any more once its range is compact", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "store-"));
  const store = await openStore(folder);
  const secret = "Q7xKzP2vW9mLf4Rt8nB3";
  await store.write([put("a", secret), put("b", "kept")], {isSynced: true});
  await store.write([put("a", "gone"), put("b", "kept")], {isSynced: true});
  await store.compact({prefix: utf8("a")});
  for (const name of await readdir(folder))
    expect(await readFile(path.join(folder, name), "latin1")).not.toContain(secret);
  await store.close();
  await rm(folder, {recursive: true});
});
