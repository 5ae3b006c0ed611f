// A second node without keys, fed by hand with the blocks of the first: it must come to the same Tangle from them alone.

import {describe, expect, test} from "@jest/globals";
import {toHex, utf8} from "../../src/bytes.ts";
import {createManualClock} from "../../src/clock.ts";
import type {EdgeNode} from "../../src/edge-node/index.ts";
import {createSeededRandom} from "../../src/random.ts";
import {type Block, type BlockId, type MilestonePayload, milestoneIdOf, parseBlock} from "../../src/stardust/index.ts";
import {networkOf, payloadAt, SIGNER, serialized, startNode, type TestNode, taggedBlock, until} from "./support.ts";

/** All blocks that went to the disk of a node, in their order. */
function recordBlocks(node: EdgeNode): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  node.events.on("block", ({bytes}) => blocks.push(bytes));
  node.events.on("milestone", ({milestone}) => blocks.push(node.block(node.milestone(milestone.index)!.blockId)!));
  return blocks;
}

async function makeHistory(): Promise<{source: TestNode; blocks: readonly Uint8Array[]}> {
  const clock = createManualClock();
  const source = await startNode({clock, isCoordinator: true});
  const blocks = [source.node.block(source.node.milestone(1)!.blockId)!, ...[]];
  const later = recordBlocks(source.node);
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 5; i++)
      await source.node.client.submitTaggedData({tag: utf8("t"), data: utf8(`${round}.${i}`)});
    await source.advance(2_000);
  }
  return {source, blocks: [...blocks, ...later]};
}

function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const random = createSeededRandom(seed);
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0]!);
}

function headOf(node: EdgeNode) {
  return node.status().confirmedMilestone;
}

function signed(payload: Omit<MilestonePayload, "signatures">): Block {
  const message = Uint8Array.from(Buffer.from(milestoneIdOf({...payload}).slice(2), "hex"));
  const signatures = [{publicKey: toHex(SIGNER.publicKey), signature: SIGNER.sign(message)}];
  return {protocolVersion: 2, parents: payload.parents, payload: {...payload, signatures}, nonce: 0n};
}

describe("a follower", () => {
  test.each([
    {name: "in their order", order: (blocks: readonly Uint8Array[]) => [...blocks]},
    {name: "backwards", order: (blocks: readonly Uint8Array[]) => blocks.toReversed()},
    {name: "shuffled with seed 1", order: (blocks: readonly Uint8Array[]) => shuffled(blocks, 1)},
    {name: "shuffled with seed 2", order: (blocks: readonly Uint8Array[]) => shuffled(blocks, 2)},
  ])("that gets the blocks $name confirms the same milestones", async ({order}) => {
    const {source, blocks} = await makeHistory();
    const follower = await startNode({isCoordinator: false, clock: source.clock});
    for (const bytes of order(blocks)) await follower.node.receive(bytes);
    await until(() => headOf(follower.node)?.index === headOf(source.node)!.index, "the last milestone");
    expect(headOf(follower.node)).toEqual(headOf(source.node));
    for (const bytes of blocks.slice(0, -1)) {
      const blockId = serialized(parseBlock(bytes, {version: 2})).blockId;
      expect(follower.node.metadata(blockId)).toEqual(source.node.metadata(blockId));
    }
    const read = (node: EdgeNode) =>
      node.feed.read({tag: toHex(utf8("t")), after: {milestoneIndex: 0, whiteFlagIndex: 0}, limit: 100});
    expect(await read(follower.node)).toEqual(await read(source.node));
    await follower.stop();
    await source.stop();
  });

  test("tells which parents are missing, and takes a block twice once", async () => {
    const {source, blocks} = await makeHistory();
    const follower = await startNode({isCoordinator: false});
    const last = parseBlock(blocks.at(-1)!, {version: 2});
    expect(await follower.node.receive(blocks.at(-1)!)).toMatchObject({state: "unsolid", missing: last.parents});
    expect(await follower.node.receive(blocks.at(-1)!)).toMatchObject({state: "known"});
    expect(follower.node.block(serialized(last).blockId)).toBeNull();
    await follower.stop();
    await source.stop();
  });

  test("keeps a bounded number of blocks without parents: the oldest make room", async () => {
    const follower = await startNode({limits: {unsolidBlocks: 3}});
    const root = follower.node.milestone(1)!.blockId;
    const parent = serialized(taggedBlock([root], "parent"));
    const children = Array.from({length: 5}, (_, i) => serialized(taggedBlock([parent.blockId], `child ${i}`)));
    for (const {bytes} of children) await follower.node.receive(bytes);
    await follower.node.receive(parent.bytes);
    const known = children.map(({blockId}) => follower.node.block(blockId) !== null);
    // The parent itself passes through the same room.
    expect(known).toEqual([false, false, false, true, true]);
    await follower.stop();
  });

  test("after a restart goes on with milestones that wait for an earlier one", async () => {
    const {source, blocks} = await makeHistory();
    const first = await startNode({isCoordinator: false});
    for (const bytes of blocks) await first.node.receive(bytes);
    await until(() => headOf(first.node)?.index === 5, "milestone 5");
    await first.stop();
    const again = await startNode({isCoordinator: false, store: first.store});
    expect(headOf(again.node)).toEqual(headOf(source.node));
    await again.stop();
    await source.stop();
  });

  test("is unhealthy when the last milestone grows old", async () => {
    const {source, blocks} = await makeHistory();
    const follower = await startNode({isCoordinator: false, clock: source.clock});
    for (const bytes of blocks) await follower.node.receive(bytes);
    await until(() => headOf(follower.node)?.index === 5, "milestone 5");
    expect(follower.node.status().isHealthy).toBe(true);
    source.clock.jump(301_000);
    expect(follower.node.status()).toMatchObject({isHealthy: false, because: expect.stringContaining("minutes old")});
    await follower.stop();
    await source.stop();
  });
});

describe("a node halts when", () => {
  /** A milestone 2 that is rightly signed, over the first milestone's block, with what `change` makes of it. */
  const milestoneTwo = (node: EdgeNode, change: Partial<MilestonePayload>): Block => {
    const {signatures: _, ...first} = payloadAt(node, 1);
    const row = node.milestone(1)!;
    return signed({
      ...first,
      index: 2,
      timestamp: first.timestamp + 1,
      previousMilestoneId: row.milestoneId,
      parents: [row.blockId],
      ...change,
    });
  };
  const ROOT: BlockId = `0x${"11".repeat(32)}`;

  test.each([
    {
      name: "a signed milestone has another inclusion root than its cone",
      change: {inclusionMerkleRoot: ROOT},
      because: "inclusion root",
    },
    {name: "a signed milestone follows another one", change: {previousMilestoneId: ROOT}, because: "follows"},
    {name: "a signed milestone is not later", change: {timestamp: 1}, because: "has time"},
  ])("$name", async ({change, because}) => {
    const source = await startNode();
    const follower = await startNode({isCoordinator: false});
    await follower.node.receive(source.node.block(source.node.milestone(1)!.blockId)!);
    await until(() => headOf(follower.node)?.index === 1, "milestone 1");
    await follower.node.receive(serialized(milestoneTwo(source.node, change)).bytes);
    await until(() => !follower.node.status().isHealthy, "the halt");
    expect(follower.node.status().because).toContain(because);
    expect(headOf(follower.node)?.index).toBe(1);
    await expect(follower.node.receive(new Uint8Array(60))).rejects.toMatchObject({code: "node/unavailable"});
    await follower.stop();
    await source.stop();
  });

  test("another coordinator with the same keys has signed a milestone of the same index", async () => {
    const network = networkOf();
    const one = await startNode({network});
    const two = await startNode({network, clock: createManualClock(Date.UTC(2026, 0, 2))});
    const foreign = one.node.block(one.node.milestone(1)!.blockId)!;
    await expect(two.node.receive(foreign)).rejects.toMatchObject({code: "node/fork"});
    expect(two.node.status()).toMatchObject({isHealthy: false, because: expect.stringContaining("same keys")});
    await two.advance(120_000);
    expect(headOf(two.node)?.index).toBe(1);
    await one.stop();
    await two.stop();
  });
});
