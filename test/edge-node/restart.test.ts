import {mkdtemp, rm} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {afterAll, describe, expect, test} from "@jest/globals";
import {toHex, utf8} from "../../src/bytes.ts";
import {createManualClock, type ManualClock} from "../../src/clock.ts";
import type {EdgeNode} from "../../src/edge-node/index.ts";
import type {MilestoneRow} from "../../src/edge-node/store/node-store.ts";
import type {BlockId} from "../../src/stardust/index.ts";
import {createMemoryStore, openStore, type Store, type Write} from "../../src/storage/index.ts";
import {networkOf, payloadAt, startNode, until} from "./support.ts";

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, {recursive: true, force: true});
});

const START = {milestoneIndex: 0, whiteFlagIndex: 0};
const TAG = utf8("restart");

const submit = (node: EdgeNode, text: string) => node.client.submitTaggedData({tag: TAG, data: utf8(text)});
const tagged = (node: EdgeNode) => node.feed.read({tag: toHex(TAG), after: START, limit: 1_000});

/** A store in memory that keeps every batch, so that a store cut after any of them can be made again. */
async function recordingStore(): Promise<{store: Store; batches: Write[][]; cutAfter(count: number): Promise<Store>}> {
  const store = await createMemoryStore();
  const batches: Write[][] = [];
  return {
    batches,
    store: {
      ...store,
      write: async (batch, options) => {
        await store.write(batch, options);
        batches.push([...batch]);
      },
    },
    cutAfter: async (count) => {
      const cut = await createMemoryStore();
      for (const batch of batches.slice(0, count)) await cut.write(batch, {isSynced: true});
      return cut;
    },
  };
}

/** Something the network was told, and the number of batches that were on disk then. */
interface Told<Value> {
  readonly value: Value;
  readonly batches: number;
}

/** Life of a small network: blocks, milestones, and blocks that still wait at the end. */
async function live(store: Store, clock: ManualClock, batches: () => number) {
  const {node, advance, stop} = await startNode({store, clock, network: networkOf()});
  const acknowledged: Told<BlockId>[] = [];
  const milestones: Told<MilestoneRow>[] = [];
  const tellMilestone = async (index: number) => {
    await until(() => node.status().confirmedMilestone?.index === index, `milestone ${index}`);
    milestones.push({value: node.milestone(index)!, batches: batches()});
  };
  await tellMilestone(1);
  for (let round = 0; round < 3; round++) {
    const ids = await Promise.all([1, 2, 3].map((i) => submit(node, `${round}.${i}`)));
    acknowledged.push(...ids.map((value) => ({value, batches: batches()})));
    if (round === 2) break;
    await advance(2_000);
    await tellMilestone(round + 2);
  }
  await stop();
  return {acknowledged, milestones};
}

describe("after a restart", () => {
  test("everything is back: the last milestone, what waits, tips, the feed", async () => {
    const {store, clock, stop, node, advance} = await startNode();
    const referenced = await submit(node, "referenced");
    await advance(2_000);
    const waiting = await Promise.all([submit(node, "waits 1"), submit(node, "waits 2")]);
    const before = {
      status: node.status(),
      tips: node.tips().filter((tip) => node.metadata(tip)!.referencedByMilestoneIndex === undefined),
      feed: await tagged(node),
      metadata: node.metadata(referenced),
    };
    await stop();

    const again = await startNode({store, clock});
    expect(again.node.status().confirmedMilestone).toEqual(before.status.confirmedMilestone);
    expect(again.node.status().unreferencedBlocks).toBe(before.status.unreferencedBlocks);
    // What is referenced already stays a tip for three seconds, but not over a restart.
    expect(again.node.tips()).toEqual(before.tips);
    expect(await tagged(again.node)).toEqual(before.feed);
    expect(again.node.metadata(referenced)).toEqual(before.metadata);
    await again.advance(2_000);
    for (const blockId of waiting) expect(again.node.metadata(blockId)).toMatchObject({referencedByMilestoneIndex: 3});
    await again.stop();
  });

  test("the same node can be started and stopped again, and both twice", async () => {
    const {node, stop} = await startNode();
    const id = await submit(node, "a");
    await Promise.all([stop(), stop()]);
    expect(() => node.block(id)).toThrow("not running");
    await Promise.all([node.start(), node.start()]);
    expect(node.block(id)).not.toBeNull();
    await stop();
  });

  test("rows of arrivals go when none of their blocks waits: the table does not grow", async () => {
    const {store, advance, stop, node} = await startNode();
    for (let i = 0; i < 10; i++) {
      await submit(node, `${i}`);
      await advance(2_000);
    }
    const rows: Uint8Array[] = [];
    for await (const key of store.keys({prefix: Uint8Array.of(7)})) rows.push(key);
    // The last milestone's own block, and what the next milestone clears away.
    expect(rows.length).toBeLessThanOrEqual(3);
    await stop();
  });

  test("a store on disk gives all of it back", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "edge-node-test-"));
    folders.push(folder);
    const clock = createManualClock();
    let store = await openStore(folder);
    const {acknowledged, milestones} = await live(store, clock, () => 0);
    await store.close();

    store = await openStore(folder);
    const {node, stop} = await startNode({store, clock});
    expect(node.status().confirmedMilestone).toEqual(milestones.at(-1)!.value);
    for (const {value} of acknowledged) expect(node.block(value)).not.toBeNull();
    await stop();
    await store.close();
  });
});

test("a store cut after any write opens, has all that was acknowledged, and no milestone changes", async () => {
  const recording = await recordingStore();
  const clock = createManualClock();
  const {acknowledged, milestones} = await live(recording.store, clock, () => recording.batches.length);
  expect(recording.batches.length).toBeGreaterThan(6);

  for (let count = 0; count <= recording.batches.length; count++) {
    const {node, advance, stop} = await startNode({store: await recording.cutAfter(count), clock});
    const toldBefore = <Value>(told: readonly Told<Value>[]) =>
      told.filter(({batches}) => batches <= count).map(({value}) => value);
    for (const blockId of toldBefore(acknowledged)) expect(node.block(blockId)).not.toBeNull();
    for (const row of toldBefore(milestones)) expect(node.milestone(row.index)).toEqual(row);

    // It goes on from there, and what waited is referenced.
    await advance(2_000);
    await advance(60_000);
    for (const blockId of toldBefore(acknowledged)) {
      expect(node.metadata(blockId)).toHaveProperty("referencedByMilestoneIndex");
    }
    for (let index = 2; index <= node.status().confirmedMilestone!.index; index++) {
      expect(payloadAt(node, index).previousMilestoneId).toBe(node.milestone(index - 1)!.milestoneId);
    }
    await stop();
  }
});
