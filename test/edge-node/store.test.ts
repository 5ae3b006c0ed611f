import {describe, expect, test} from "@jest/globals";
import {concatBytes, utf8} from "../../src/bytes.ts";
import {STORE_VERSION, TABLES} from "../../src/edge-node/store/keys.ts";
import {openNodeStore, rows} from "../../src/edge-node/store/node-store.ts";
import {decodeReference, encodeReference} from "../../src/edge-node/store/reference.ts";
import {tagRows} from "../../src/edge-node/store/tag-index.ts";
import type {BlockId} from "../../src/stardust/index.ts";
import {createMemoryStore, u32} from "../../src/storage/index.ts";

const idOf = (value: number): BlockId => `0x${value.toString(16).padStart(64, "0")}`;

describe("the version row", () => {
  test("a store of a newer program is refused with a sentence", async () => {
    const store = await createMemoryStore();
    const row = concatBytes(u32(STORE_VERSION + 1), new Uint8Array(8));
    await store.write([{kind: "put", key: TABLES.version.key(), value: row}], {isSynced: true});
    await expect(openNodeStore(store, {networkName: "a"})).rejects.toMatchObject({
      code: "node/store-newer",
      message: expect.stringContaining("newer version of the program"),
    });
  });

  test("a store of another network is refused", async () => {
    const store = await createMemoryStore();
    await openNodeStore(store, {networkName: "a"});
    await expect(openNodeStore(store, {networkName: "b"})).rejects.toMatchObject({code: "node/store-network"});
    await openNodeStore(store, {networkName: "a"});
  });

  test("table numbers are each used once", () => {
    const numbers = Object.values(TABLES).map(({number}) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

describe("rows", () => {
  test("a reference has ten bytes and comes back", () => {
    const reference = {milestoneIndex: 0xfedc_ba98, whiteFlagIndex: 9_999, conflictReason: 255};
    expect(encodeReference(reference)).toHaveLength(10);
    expect(decodeReference(encodeReference(reference))).toEqual(reference);
  });

  test("a reference of a form that is not known is no reference", () => {
    const bytes = encodeReference({milestoneIndex: 1, whiteFlagIndex: 0, conflictReason: 0});
    bytes[0] = 2;
    expect(() => decodeReference(bytes)).toThrow("form 1");
  });

  test("the last milestone is the one of the highest index", async () => {
    const store = await openNodeStore(await createMemoryStore(), {networkName: "a"});
    expect(await store.lastMilestone()).toBeNull();
    const rowOf = (index: number) => ({
      index,
      milestoneId: idOf(index),
      blockId: idOf(1),
      timestamp: 5,
      referencedBlocks: 0,
    });
    await store.write([9, 10, 255, 256].flatMap((index) => rows.milestone(rowOf(index))));
    expect(await store.lastMilestone()).toEqual(rowOf(256));
    expect(store.milestoneIndexOf(idOf(255))).toBe(255);
    expect(store.milestone(11)).toBeNull();
  });

  describe("a tag's blocks come in confirmed order, after the cursor, and no other tag's", () => {
    const TAG = utf8("a");
    const place = (whiteFlagIndex: number, id: number) => ({whiteFlagIndex, blockId: idOf(id)});

    async function open() {
      const store = await openNodeStore(await createMemoryStore(), {networkName: "a"});
      await store.write([
        // More than one row of one milestone.
        ...tagRows(
          TAG,
          1,
          Array.from({length: 300}, (_, i) => place(2 * i, i)),
        ),
        ...tagRows(TAG, 2, [place(0, 300)]),
        ...tagRows(TAG, 256, [place(7, 301)]),
        ...tagRows(utf8("b"), 1, [place(3, 999)]),
        ...tagRows(utf8("aa"), 1, [place(5, 999)]),
      ]);
      return async (milestoneIndex: number, whiteFlagIndex: number, limit: number) => {
        const ids: BlockId[] = [];
        for await (const {blockId} of store.tagged({tag: TAG, after: {milestoneIndex, whiteFlagIndex}, limit}))
          ids.push(blockId);
        return ids;
      };
    }

    const ids = (from: number, to: number) => Array.from({length: to - from}, (_, i) => idOf(from + i));

    test.each([
      {name: "from the start", after: [0, 0], limit: 1_000, gives: ids(0, 302)},
      {name: "as many as asked for", after: [0, 0], limit: 130, gives: ids(0, 130)},
      {name: "from within a row", after: [1, 20], limit: 3, gives: ids(11, 14)},
      {name: "from a place that holds no block", after: [1, 21], limit: 2, gives: ids(11, 13)},
      {name: "from the end of a row", after: [1, 254], limit: 2, gives: ids(128, 130)},
      {name: "over the end of a milestone", after: [1, 596], limit: 10, gives: ids(299, 302)},
      {name: "from the end of a milestone", after: [1, 0xffff_ffff], limit: 10, gives: ids(300, 302)},
      {name: "from a milestone without any", after: [100, 0], limit: 10, gives: ids(301, 302)},
      {name: "none after the last", after: [256, 7], limit: 10, gives: []},
    ])("$name", async ({after, limit, gives}) => {
      const read = await open();
      expect(await read(after[0]!, after[1]!, limit)).toEqual(gives);
    });

    test("pages of any size join to the whole", async () => {
      const store = await openNodeStore(await createMemoryStore(), {networkName: "a"});
      await store.write([
        ...tagRows(
          TAG,
          1,
          Array.from({length: 300}, (_, i) => place(3 * i, i)),
        ),
        ...tagRows(TAG, 2, [place(1, 300)]),
      ]);
      for (const limit of [1, 7, 127, 128, 129]) {
        const found: BlockId[] = [];
        let after = {milestoneIndex: 0, whiteFlagIndex: 0};
        for (let size = limit; size === limit; ) {
          size = 0;
          for await (const entry of store.tagged({tag: TAG, after, limit})) {
            found.push(entry.blockId);
            after = entry.cursor;
            size++;
          }
        }
        expect(found).toEqual(ids(0, 301));
      }
    });
  });
});
