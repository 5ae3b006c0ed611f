import {describe, expect, test} from "@jest/globals";
import {concatBytes, utf8} from "../../src/bytes.ts";
import {STORE_VERSION, TABLES} from "../../src/edge-node/store/keys.ts";
import {openNodeStore, rows, tagHashOf} from "../../src/edge-node/store/node-store.ts";
import {decodeReference, encodeReference} from "../../src/edge-node/store/reference.ts";
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

  test("a tag's entries come in confirmed order, after the cursor, and no other tag's", async () => {
    const store = await openNodeStore(await createMemoryStore(), {networkName: "a"});
    const places = [
      [1, 0],
      [1, 1],
      [1, 300],
      [2, 0],
      [256, 7],
    ] as const;
    const [tag, other] = [utf8("a"), utf8("b")];
    await store.write([
      ...places.map(([milestoneIndex, whiteFlagIndex], i) =>
        rows.tag(tagHashOf(tag), {milestoneIndex, whiteFlagIndex}, idOf(i)),
      ),
      rows.tag(tagHashOf(other), {milestoneIndex: 1, whiteFlagIndex: 2}, idOf(99)),
    ]);
    const read = async (milestoneIndex: number, whiteFlagIndex: number, limit: number) => {
      const ids: BlockId[] = [];
      for await (const {blockId} of store.tagged({tag, after: {milestoneIndex, whiteFlagIndex}, limit}))
        ids.push(blockId);
      return ids;
    };
    expect(await read(0, 0, 10)).toEqual([0, 1, 2, 3, 4].map(idOf));
    expect(await read(1, 1, 2)).toEqual([idOf(2), idOf(3)]);
    expect(await read(256, 7, 10)).toEqual([]);
  });
});
