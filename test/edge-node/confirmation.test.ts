import {beforeAll, describe, expect, test} from "@jest/globals";
import {toHex, utf8} from "../../src/bytes.ts";
import type {FeedCursor} from "../../src/client/index.ts";
import type {EdgeNode} from "../../src/edge-node/index.ts";
import {TABLES} from "../../src/edge-node/store/keys.ts";
import {createMetrics} from "../../src/metrics.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {createSeededRandom} from "../../src/random.ts";
import type {BlockId} from "../../src/stardust/index.ts";
import {createMemoryStore, type Store} from "../../src/storage/index.ts";
import {rootOfIds} from "../../src/tangle/index.ts";
import {payloadAt, serialized, startNode, taggedBlock, until} from "./support.ts";

const TAG = "bulk";
const START: FeedCursor = {milestoneIndex: 0, whiteFlagIndex: 0};

beforeAll(installNativeCrypto);

/** Blocks over the newest and one of the sixteen before it. */
async function addBlocks(node: EdgeNode, count: number): Promise<BlockId[]> {
  const random = createSeededRandom(3);
  const ids: BlockId[] = [node.milestone(1)!.blockId];
  const blocks = Array.from({length: count}, (_, i) => {
    const recent = ids.slice(-16);
    const block = serialized(taggedBlock([recent.at(-1)!, recent[random.below(recent.length)]!], `${i}`, {tag: TAG}));
    ids.push(block.blockId);
    return block.bytes;
  });
  await Promise.all(blocks.map((bytes) => node.receive(bytes)));
  return ids.slice(1);
}

async function readAll(node: EdgeNode, limit: number): Promise<BlockId[]> {
  const ids: BlockId[] = [];
  for (let after: FeedCursor | null = START; after !== null; ) {
    const page = await node.feed.read({tag: toHex(utf8(TAG)), after, limit});
    expect(page.blocks.length).toBeLessThanOrEqual(limit);
    ids.push(...page.blocks.map(({blockId}) => blockId));
    after = page.next;
  }
  return ids;
}

describe("a milestone over 10,000 blocks", () => {
  test("is confirmed whole while the node keeps answering, and all of it can be proved and read in order", async () => {
    const {node, clock, stop} = await startNode();
    const ids = await addBlocks(node, 10_000);
    let answers = 0;
    const confirmed = clock.advance(2_000);
    // Every turn of the event loop in which the milestone is not there yet is one in which a request would be answered.
    await until(() => {
      if (answers % 10 === 0) node.metadata(ids[answers % ids.length]!);
      answers++;
      return node.status().confirmedMilestone?.index === 2;
    }, "the milestone");
    await confirmed;
    expect(answers).toBeGreaterThan(100);

    const row = node.milestone(2)!;
    expect(row.referencedBlocks).toBe(10_001);
    const inOrder = await readAll(node, 1_000);
    expect([...inOrder].sort()).toEqual([...ids].sort());
    const order = new Map(inOrder.map((id, place) => [id, place]));
    // White flag: a block stands after its parents. The first of all is the first milestone's own block.
    const wrong = ids.filter((id) => {
      const {parents, whiteFlagIndex} = node.metadata(id)!;
      const place = order.get(id)!;
      return whiteFlagIndex !== place + 1 || parents.some((parent) => (order.get(parent) ?? -1) >= place);
    });
    expect(wrong).toEqual([]);
    expect(payloadAt(node, 2).inclusionMerkleRoot).toBe(rootOfIds([node.milestone(1)!.blockId, ...inOrder]));
    for (const id of [ids[0]!, ids[4_999]!, ids[9_999]!])
      expect(node.checkInclusion(node.proveInclusion(id))).toBe(true);
    await stop();
  }, 60_000);

  test("blocks that arrive while it is written are in the next one", async () => {
    const memory = await createMemoryStore();
    const writing = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const store: Store = {
      ...memory,
      write: async (batch, options) => {
        if (batch.some(({key}) => key[0] === TABLES.referenced.number && key[4] === 2)) {
          writing.resolve();
          await goOn.promise;
        }
        return memory.write(batch, options);
      },
    };
    const {node, clock, advance, stop} = await startNode({store});
    await addBlocks(node, 200);
    const confirmed = clock.advance(2_000);
    await writing.promise;
    const late = await node.attach({block: taggedBlock([], "late")});
    expect(node.status().confirmedMilestone?.index).toBe(1);
    goOn.resolve();
    await confirmed;
    await until(() => node.status().confirmedMilestone?.index === 2, "the milestone");
    expect(node.milestone(2)!.referencedBlocks).toBe(201);
    expect(node.metadata(late)).not.toHaveProperty("referencedByMilestoneIndex");
    await advance(2_000);
    expect(node.metadata(late)).toMatchObject({referencedByMilestoneIndex: 3});
    await stop();
  });
});

describe("the confirmed feed", () => {
  test("ends a page at its bytes too, and always gives a block", async () => {
    const {node, advance, stop} = await startNode({limits: {pageBytes: 500}});
    for (let i = 0; i < 5; i++)
      await node.client.submitTaggedData({tag: utf8(TAG), data: new Uint8Array(i === 2 ? 2_000 : 100)});
    await advance(2_000);
    const sizes: number[] = [];
    for (let after: FeedCursor | null = START; after !== null; ) {
      const page = await node.feed.read({tag: toHex(utf8(TAG)), after, limit: 10});
      sizes.push(page.blocks.length);
      after = page.next;
    }
    expect(sizes.every((size) => size >= 1)).toBe(true);
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(5);
    await stop();
  });

  test.each([0, 1_001, 1.5])("a page of %d is refused", async (limit) => {
    const {node, stop} = await startNode();
    await expect(node.feed.read({tag: "0x", after: START, limit})).rejects.toMatchObject({code: "node/page-size"});
    await stop();
  });

  test("calls after each milestone when it is on disk, until that is ended", async () => {
    const {node, advance, stop} = await startNode();
    const heard: number[] = [];
    const end = node.feed.onMilestone(({index, referencedBlocks}) => {
      expect(node.milestone(index)).toMatchObject({referencedBlocks});
      heard.push(index);
    });
    await advance(60_000);
    await advance(60_000);
    end();
    await advance(60_000);
    expect(heard).toEqual([2, 3]);
    await stop();
  });

  test("knows empty tags, and tags that are the beginning of another", async () => {
    const {node, advance, stop} = await startNode();
    const empty = await node.client.submitTaggedData({tag: utf8(""), data: utf8("x")});
    const short = await node.client.submitTaggedData({tag: utf8("a"), data: utf8("x")});
    await node.client.submitTaggedData({tag: utf8("ab"), data: utf8("x")});
    await advance(2_000);
    const read = async (tag: string) =>
      (await node.feed.read({tag: toHex(utf8(tag)), after: START, limit: 10})).blocks.map(({blockId}) => blockId);
    expect([await read(""), await read("a")]).toEqual([[empty], [short]]);
    await stop();
  });
});

describe("blocks that nobody can reference any more", () => {
  test("wait no longer once they are below max depth, and say that they should be attached again", async () => {
    const {node, advance, stop} = await startNode();
    const root = node.milestone(1)!.blockId;
    await advance(60_000);
    // Nine milestones on, a block over the first one is lazy: it is no tip, and no milestone takes it.
    for (let i = 0; i < 9; i++) await advance(60_000);
    const lazy = await node.attach({block: taggedBlock([root], "lazy")});
    expect(node.metadata(lazy)).toMatchObject({shouldPromote: true, shouldReattach: false});
    expect(node.status().unreferencedBlocks).toBe(2);
    for (let i = 0; i < 17; i++) await advance(60_000);
    expect(node.metadata(lazy)).toMatchObject({isSolid: true, shouldPromote: false, shouldReattach: true});
    expect(node.status().unreferencedBlocks).toBe(1);
    await stop();
  });

  test("a lazy block that somebody promotes is referenced", async () => {
    const {node, advance, stop} = await startNode();
    const root = node.milestone(1)!.blockId;
    for (let i = 0; i < 10; i++) await advance(60_000);
    const lazy = await node.attach({block: taggedBlock([root], "lazy")});
    await node.attach({block: taggedBlock([lazy, ...node.tips().slice(0, 1)], "promotes")});
    await advance(2_000);
    expect(node.metadata(lazy)).toHaveProperty("referencedByMilestoneIndex");
    await stop();
  });
});

test("the metrics show blocks, milestones, tips and what waits", async () => {
  const metrics = createMetrics();
  const {node, advance, stop} = await startNode({metrics});
  await node.attach({block: taggedBlock([], "a")});
  await node.client.submitBlock(new Uint8Array(46)).catch(() => undefined);
  await advance(2_000);
  const text = await metrics.text();
  for (const line of [
    "tanglegate_edge_node_blocks_total 1",
    "tanglegate_edge_node_confirmed_index 2",
    "tanglegate_edge_node_referenced_blocks_total 2",
    "tanglegate_edge_node_unreferenced_blocks 1",
    "tanglegate_edge_node_clock_refused 0",
  ])
    expect(text).toContain(line);
  expect(node.status()).toMatchObject({blocksPerSecond: 0.5, referencedBlocksPerSecond: 1, referencedRate: 200});
  await stop();
});
