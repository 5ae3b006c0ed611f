import {describe, expect, test} from "@jest/globals";
import {fromUtf8, toHex, utf8} from "../../src/bytes.ts";
import {
  messagesOf,
  type NodeEvent,
  presentMessages,
  publishEvents,
  type TopicMessage,
} from "../../src/edge-node/index.ts";
import {silentLog} from "../../src/log.ts";
import {createMetrics} from "../../src/metrics.ts";
import {type BlockId, parseMilestonePayload} from "../../src/stardust/index.ts";
import {serialized, settle, startNode, taggedBlock} from "./support.ts";

const json = (message: TopicMessage | undefined) => JSON.parse(fromUtf8(message!.payload));

/** A node, and its events from here on. */
async function listen() {
  const running = await startNode();
  const events: NodeEvent[] = [];
  running.node.events.on("block", (event) => events.push(event));
  running.node.events.on("milestone", (event) => events.push(event));
  return {...running, events};
}

describe("a new block is published", () => {
  test("raw under blocks and under its tag in hex, and its metadata under its id", async () => {
    const {node, events, stop} = await listen();
    const {bytes, blockId} = serialized(taggedBlock(node.tips(), "data", {tag: "Meter", nonce: 1n}));
    await node.client.submitBlock(bytes);
    await settle();
    const messages = [...messagesOf(node, events[0]!)];
    expect(messages.map(({topic}) => topic)).toEqual([
      "blocks",
      "blocks/tagged-data",
      `blocks/tagged-data/${toHex(utf8("Meter"))}`,
      `block-metadata/${blockId}`,
    ]);
    for (const {payload} of messages.slice(0, 3)) expect(payload).toEqual(bytes);
    expect(json(messages[3])).toEqual({
      blockId,
      parentBlockIds: [node.milestone(1)!.blockId],
      isSolid: true,
      shouldPromote: false,
      shouldReattach: false,
    });
    await stop();
  });

  test.each([
    {
      name: "without a tag has no topic of its own",
      payload: {kind: "tagged-data", tag: utf8(""), data: utf8("x")} as const,
      topics: ["blocks", "blocks/tagged-data"],
    },
    {name: "without a payload is under blocks alone", payload: null, topics: ["blocks"]},
  ])("$name", async ({payload, topics}) => {
    const {node, events, stop} = await listen();
    const id = await node.attach({block: {protocolVersion: 2, parents: [], payload, nonce: 0n}});
    await settle();
    expect([...messagesOf(node, events[0]!)].map(({topic}) => topic)).toEqual([...topics, `block-metadata/${id}`]);
    await stop();
  });
});

test("the block of a milestone that this node issued is published like any other, before the milestone", async () => {
  const {node, events, advance, stop} = await listen();
  await node.attach({block: taggedBlock([], "a")});
  await advance(2_000);
  const {blockId} = node.milestone(2)!;
  const places = events.map((event) => (event.kind === "block" ? event.blockId : event.kind));
  expect(places.indexOf(blockId)).toBeGreaterThan(0);
  expect(places.indexOf(blockId)).toBeLessThan(places.indexOf("milestone"));
  await stop();
});

describe("a confirmed milestone is published", () => {
  test("as JSON heads, as its raw payload, and as metadata of all it references in white-flag order", async () => {
    const {node, events, advance, stop} = await listen();
    const id = await node.attach({block: taggedBlock([], "a")});
    await advance(2_000);
    const event = events.find(({kind}) => kind === "milestone")!;
    const messages = [...messagesOf(node, event)];
    const {index, timestamp, milestoneId, blockId} = node.milestone(2)!;
    const first = node.milestone(1)!.blockId;
    const order: BlockId[] = [first, id].sort();
    expect(messages.map(({topic}) => topic).slice(0, 3)).toEqual([
      "milestone-info/latest",
      "milestone-info/confirmed",
      "milestones",
    ]);
    expect(json(messages[0])).toEqual({index, timestamp, milestoneId});
    expect(json(messages[1])).toEqual({index, timestamp, milestoneId});
    expect(parseMilestonePayload(messages[2]!.payload).index).toBe(2);
    const referenced = messages.filter(({topic}) => topic === "block-metadata/referenced").map(json);
    expect(referenced.map((metadata) => metadata.blockId).sort()).toEqual(order);
    expect(referenced.map((metadata) => metadata.whiteFlagIndex)).toEqual([0, 1]);
    expect(referenced.every((metadata) => Array.isArray(metadata.parentBlockIds) && !("parents" in metadata))).toBe(
      true,
    );
    expect(referenced.some((metadata) => metadata.blockId === blockId)).toBe(false);
    await stop();
  });

  test("says nothing of a halt: TIP-28 has no topic for it", async () => {
    const {node, stop} = await listen();
    expect([...messagesOf(node, {kind: "halted", because: "x"})]).toEqual([]);
    await stop();
  });
});

describe("a new subscriber gets at once", () => {
  test.each(["milestone-info/latest", "milestone-info/confirmed"])("the present milestone of %s", async (topic) => {
    const {node, stop} = await listen();
    expect(json(presentMessages(node, topic)[0])).toMatchObject({index: 1});
    await stop();
  });

  test("the metadata of a block, and nothing for one that is not known", async () => {
    const {node, stop} = await listen();
    const id = await node.attach({block: taggedBlock([], "a")});
    expect(json(presentMessages(node, `block-metadata/${id}`)[0])).toMatchObject({blockId: id});
    expect(presentMessages(node, `block-metadata/0x${"ee".repeat(32)}`)).toEqual([]);
    await stop();
  });

  test.each(["blocks", "milestones", "block-metadata/referenced", "block-metadata/0x12", "x"])(
    "nothing of %s",
    async (topic) => {
      const {node, stop} = await listen();
      expect(presentMessages(node, topic)).toEqual([]);
      await stop();
    },
  );
});

describe("the publisher", () => {
  test("hands all messages of all events on, in order, until it is ended", async () => {
    const {node, advance, stop} = await listen();
    const topics: string[] = [];
    const end = publishEvents(node, ({topic}) => topics.push(topic), {log: silentLog, metrics: createMetrics()});
    for (let i = 0; i < 60; i++) await node.attach({block: taggedBlock([], `${i}`)});
    await settle();
    await advance(2_000);
    await settle();
    // The sixty and the block of the milestone.
    expect(topics.filter((topic) => topic === "blocks")).toHaveLength(61);
    const {referencedBlocks} = node.milestone(2)!;
    expect(topics.filter((topic) => topic === "block-metadata/referenced")).toHaveLength(referencedBlocks);
    expect(topics.indexOf("milestones")).toBeGreaterThan(topics.lastIndexOf("blocks"));
    end();
    const before = topics.length;
    await node.attach({block: taggedBlock([], "later")});
    await settle();
    expect(topics).toHaveLength(before);
    await stop();
  });

  test.each([
    {name: "many events", limits: {events: 50, bytes: 1_000_000}},
    {name: "many bytes", limits: {events: 1_000, bytes: 5_000}},
  ])("drops what comes too fast ($name), counts it, and goes on with the rest", async ({limits}) => {
    const {node, stop} = await listen();
    const metrics = createMetrics();
    const topics: string[] = [];
    const end = publishEvents(node, ({topic}) => topics.push(topic), {log: silentLog, metrics, limits});
    const parents = node.tips();
    const blocks = Array.from({length: 200}, (_, i) => serialized(taggedBlock(parents, `${i}`)));
    await Promise.all(blocks.map(({bytes}) => node.receive(bytes)));
    await settle();
    const published = () => topics.filter((topic) => topic === "blocks").length;
    const dropped = Number(/events_dropped_total (\d+)/.exec(await metrics.text())![1]);
    expect(dropped).toBeGreaterThan(0);
    expect(published() + dropped).toBe(200);
    const before = published();
    await node.attach({block: taggedBlock([], "later")});
    await settle();
    expect(published()).toBe(before + 1);
    end();
    await stop();
  });
});
