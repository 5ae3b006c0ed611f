import {describe, expect, test} from "@jest/globals";
import {type CheckedBlock, createBlockCommitter} from "../../src/edge-node/block-committer.ts";
import {DEFAULT_LIMITS, type NodeLimits} from "../../src/edge-node/limits.ts";
import {type NodeStore, openNodeStore} from "../../src/edge-node/store/node-store.ts";
import {createMemoryStore} from "../../src/storage/index.ts";
import {serialized, taggedBlock, ZERO_ID} from "./support.ts";

function blockOf(i: number): CheckedBlock {
  const block = taggedBlock([ZERO_ID], `block ${i}`);
  return {block, ...serialized(block)};
}

async function committerOn(store: NodeStore, limits: Partial<NodeLimits> = {}) {
  const groups: number[] = [];
  const failures: unknown[] = [];
  let arrival = 0;
  const committer = createBlockCommitter(
    {...DEFAULT_LIMITS, ...limits},
    {
      store,
      nextArrival: () => ++arrival,
      onCommitted: (group) => groups.push(group.length),
      onFailed: (error) => failures.push(error),
    },
  );
  return {committer, groups, failures};
}

const openMemory = async () => openNodeStore(await createMemoryStore(), {networkName: "test"});

describe("group commit", () => {
  test("blocks that come together share one write", async () => {
    const store = await openMemory();
    const {committer, groups} = await committerOn(store);
    await Promise.all(Array.from({length: 50}, (_, i) => committer.add(blockOf(i))));
    expect(groups).toEqual([50]);
    expect(store.block(blockOf(49).blockId)).toEqual(blockOf(49).bytes);
  });

  test("blocks that come during a write share the next one", async () => {
    const {committer, groups} = await committerOn(await openMemory());
    const first = committer.add(blockOf(0));
    await Promise.resolve();
    await Promise.resolve();
    await Promise.all([first, committer.add(blockOf(1)), committer.add(blockOf(2))]);
    expect(groups).toEqual([1, 2]);
  });

  test.each([
    {name: "blocks", limits: {groupBlocks: 10}, groups: [10, 10, 5]},
    {name: "bytes", limits: {groupBytes: 10 * blockOf(0).bytes.length + 15}, groups: [10, 10, 5]},
    {name: "bytes, but takes one block however large", limits: {groupBytes: 1}, groups: Array(25).fill(1)},
  ])("a group is bounded by its $name", async ({limits, groups: expected}) => {
    const {committer, groups} = await committerOn(await openMemory(), limits);
    await Promise.all(Array.from({length: 25}, (_, i) => committer.add(blockOf(i))));
    expect(groups).toEqual(expected);
  });

  test("the line is bounded: node/busy", async () => {
    const {committer} = await committerOn(await openMemory(), {waitingBlocks: 3});
    const results = await Promise.allSettled(Array.from({length: 5}, (_, i) => committer.add(blockOf(i))));
    expect(results.map(({status}) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected", "rejected"]);
    expect(results[4]).toMatchObject({reason: {code: "node/busy"}});
  });

  test("a block is acknowledged only after its write", async () => {
    const store = await openMemory();
    const written = Promise.withResolvers<void>();
    const {committer} = await committerOn({...store, write: () => written.promise});
    let isAcknowledged = false;
    const added = committer.add(blockOf(0)).then(() => {
      isAcknowledged = true;
    });
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(isAcknowledged).toBe(false);
    expect(committer.waiting(blockOf(0).blockId)).not.toBeNull();
    written.resolve();
    await added;
    expect(committer.waiting(blockOf(0).blockId)).toBeNull();
  });

  test("after a failed write all that waits is refused, and nothing is written again", async () => {
    const store = await openMemory();
    let writes = 0;
    const failing = {
      ...store,
      write: async () => {
        writes++;
        throw new Error("no space left on device");
      },
    };
    const {committer, failures} = await committerOn(failing, {groupBlocks: 2});
    const results = await Promise.allSettled(Array.from({length: 5}, (_, i) => committer.add(blockOf(i))));
    expect(results.every(({status}) => status === "rejected")).toBe(true);
    await expect(committer.add(blockOf(9))).rejects.toThrow("no space left");
    expect([writes, failures.length]).toEqual([1, 1]);
  });
});
