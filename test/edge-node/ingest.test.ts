import {describe, expect, test} from "@jest/globals";
import {toHex, utf8} from "../../src/bytes.ts";
import {createMetrics} from "../../src/metrics.ts";
import {type Block, type BlockId, serializeBlock} from "../../src/stardust/index.ts";
import {createMemoryStore} from "../../src/storage/index.ts";
import {
  countingMiner,
  networkOf,
  payloadAt,
  serialized,
  signerOf,
  startNode,
  taggedBlock,
  until,
  ZERO_ID,
} from "./support.ts";

const UNKNOWN: BlockId = `0x${"ab".repeat(32)}`;

describe("a submitted block is refused when", () => {
  test("its bytes end too early", async () => {
    const {node, stop} = await startNode();
    const {bytes} = serialized(taggedBlock([node.tips()[0]!], "a", {nonce: 1n}));
    await expect(node.client.submitBlock(bytes.subarray(0, -1))).rejects.toMatchObject({code: "block/truncated"});
    await stop();
  });

  test("its protocol version is another one", async () => {
    const {node, stop} = await startNode();
    const block: Block = {...taggedBlock([node.tips()[0]!], "a"), protocolVersion: 3};
    await expect(node.attach({block})).rejects.toMatchObject({code: "block/protocol-version"});
    await expect(node.receive(serializeBlock(block))).rejects.toMatchObject({code: "block/protocol-version"});
    await stop();
  });

  test("a parent is not known", async () => {
    const {node, stop} = await startNode();
    const {bytes} = serialized(taggedBlock([UNKNOWN], "a", {nonce: 1n}));
    await expect(node.client.submitBlock(bytes)).rejects.toMatchObject({
      code: "block/parent-unknown",
      facts: {parent: UNKNOWN},
    });
    await stop();
  });

  test("a parent lies below max depth", async () => {
    const {node, advance, stop} = await startNode({network: networkOf({belowMaxDepth: 15})});
    const old = node.milestone(1)!.blockId;
    // Milestone 1's block is referenced by 2; at 17 its distance is 15, at 18 it is 16.
    for (let i = 0; i < 16; i++) await advance(60_000);
    expect(node.status().confirmedMilestone?.index).toBe(17);
    await node.attach({block: taggedBlock([old], "just so")});
    await advance(60_000);
    await expect(node.attach({block: taggedBlock([old], "too deep")})).rejects.toMatchObject({
      code: "block/parent-below-max-depth",
    });
    await expect(node.attach({block: taggedBlock([ZERO_ID], "genesis")})).rejects.toMatchObject({
      code: "block/parent-below-max-depth",
    });
    await stop();
  });

  test("its proof of work is too weak, though it says it has some", async () => {
    const {node, stop} = await startNode({network: networkOf({minPowScore: 1_000_000})});
    const {bytes} = serialized(taggedBlock(node.tips(), "a", {nonce: 1n}));
    await expect(node.client.submitBlock(bytes)).rejects.toMatchObject({code: "block/pow-score"});
    await stop();
  });

  test("it has a nonce and no parents", async () => {
    const {node, stop} = await startNode();
    const block = {...taggedBlock([], "a"), nonce: 5n};
    await expect(node.attach({block})).rejects.toMatchObject({code: "block/nonce"});
    await stop();
  });

  test("too many blocks wait for a milestone", async () => {
    const {node, advance, stop} = await startNode({limits: {unreferencedBlocks: 3}});
    await node.attach({block: taggedBlock([], "a")});
    await node.attach({block: taggedBlock([], "b")});
    await expect(node.attach({block: taggedBlock([], "c")})).rejects.toMatchObject({code: "node/busy"});
    await advance(2_000);
    await node.attach({block: taggedBlock([], "c")});
    await stop();
  });

  test("the Tangle is too wide and it makes it wider; over tips it is taken", async () => {
    const {node, stop} = await startNode({limits: {tips: 5}});
    const root = node.milestone(1)!.blockId;
    // With its thirtieth child the root is no tip any more.
    for (let i = 0; i < 30; i++) await node.attach({block: taggedBlock([root], `star ${i}`)});
    await expect(node.attach({block: taggedBlock([root], "star 30")})).rejects.toMatchObject({code: "node/busy"});
    await node.attach({block: taggedBlock(node.tips(), "over tips")});
    await stop();
  });

  test("it is a milestone by a stranger", async () => {
    const {node, stop} = await startNode();
    const payload = payloadAt(node, 1);
    const stranger = signerOf(9);
    const forged = {
      ...payload,
      index: 2,
      signatures: [{publicKey: toHex(stranger.publicKey), signature: new Uint8Array(64)}],
    };
    const block: Block = {
      protocolVersion: 2,
      parents: payload.parents,
      payload: {...forged, previousMilestoneId: UNKNOWN},
      nonce: 0n,
    };
    await expect(node.attach({block})).rejects.toMatchObject({code: "block/milestone-unknown-key"});
    await stop();
  });

  test("the node has stopped", async () => {
    const {node, stop} = await startNode();
    await stop();
    await expect(node.client.submitBlock(new Uint8Array(50))).rejects.toBeDefined();
    await expect(node.attach({block: taggedBlock([ZERO_ID], "a")})).rejects.toMatchObject({code: "node/unavailable"});
  });
});

describe("a submitted block", () => {
  test("that is known already gives its id again and is stored once", async () => {
    const metrics = createMetrics();
    const {node, stop} = await startNode({metrics});
    const {bytes, blockId} = serialized(taggedBlock(node.tips(), "a", {nonce: 1n}));
    const ids = await Promise.all([1, 2, 3].map(() => node.client.submitBlock(bytes)));
    expect(ids).toEqual([blockId, blockId, blockId]);
    expect(await node.client.submitBlock(bytes)).toBe(blockId);
    expect(await metrics.text()).toContain("tanglegate_edge_node_blocks_total 1");
    await stop();
  });

  test("with a nonce below the score and nonce 0 is mined here", async () => {
    const {node, stop} = await startNode({network: networkOf({minPowScore: 5}), miner: countingMiner()});
    const id = await node.attach({block: taggedBlock(node.tips(), "a")});
    expect(node.block(id)).not.toBeNull();
    await stop();
  });

  test("without proof of work is refused in the words that clients look for when nobody mines here", async () => {
    const {node, stop} = await startNode({network: networkOf({minPowScore: 1_000_000}), miner: null});
    await expect(node.attach({block: taggedBlock([], "a")})).rejects.toMatchObject({
      code: "node/unavailable",
      message: expect.stringContaining("proof of work is not available on this node"),
    });
    await stop();
  });

  test("may come without payload", async () => {
    const {node, stop} = await startNode();
    const id = await node.attach({block: {protocolVersion: 2, parents: [], payload: null, nonce: 0n}});
    expect(node.metadata(id)).toMatchObject({blockId: id, isSolid: true, shouldPromote: false, shouldReattach: false});
    await stop();
  });

  test("stops being mined when its caller gives up", async () => {
    const miner = {
      ...countingMiner(),
      mine: ({signal}: {signal?: AbortSignal}) =>
        new Promise<bigint>((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason))),
    };
    const {node, stop} = await startNode({network: networkOf({minPowScore: 10}), miner});
    const gone = new AbortController();
    const attached = node.attach({block: taggedBlock([], "a")}, gone.signal);
    gone.abort(new Error("the client is gone"));
    await expect(attached).rejects.toThrow("the client is gone");
    await stop();
  });

  test("is mined over fresh tips when its own are none any more, and over the same while they are", async () => {
    const parentsOfJobs: string[] = [];
    const answer = Promise.withResolvers<bigint>();
    const miner = {
      ...countingMiner(),
      mine: ({bytes, signal}: {bytes: Uint8Array; signal?: AbortSignal}) => {
        parentsOfJobs.push(toHex(bytes.subarray(2, 34)));
        return Promise.race([
          answer.promise,
          new Promise<bigint>((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason))),
        ]);
      },
    };
    const {node, advance, stop} = await startNode({
      network: networkOf({minPowScore: 10}),
      miner,
      limits: {tipsIntervalMs: 5_000},
    });
    const first = node.milestone(1)!.blockId;
    const attached = node.attach({block: taggedBlock([], "a")});
    await advance(20_000);
    expect(parentsOfJobs).toEqual([first]);
    // An idle milestone takes the place of the first as tip three seconds after it.
    await advance(60_000);
    await until(() => parentsOfJobs.length > 1, "a second job");
    expect(parentsOfJobs.at(-1)).toBe(node.milestone(2)!.blockId);
    answer.resolve(0n);
    await expect(attached).rejects.toMatchObject({code: "block/pow-score"});
    await stop();
  });

  test("waits in a bounded line while others are mined", async () => {
    const miner = {
      ...countingMiner(),
      mine: ({signal}: {signal?: AbortSignal}) =>
        new Promise<bigint>((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason))),
    };
    const {node, stop} = await startNode({
      network: networkOf({minPowScore: 10}),
      miner,
      limits: {issuesAtOnce: 1, issueQueue: 2},
    });
    const results = ["a", "b", "c", "d"].map((text) => node.attach({block: taggedBlock([], text)}));
    await expect(results[3]).rejects.toMatchObject({code: "node/busy"});
    const ended = Promise.allSettled(results);
    await stop();
    expect((await ended).every(({status}) => status === "rejected")).toBe(true);
  });
});

describe("tagged data of a service is refused when", () => {
  test.each([
    {name: "its tag is longer than 64 bytes", tag: new Uint8Array(65), data: new Uint8Array(1), code: "block/length"},
    {name: "its data fits no block", tag: utf8("a"), data: new Uint8Array(32_769), code: "block/too-long"},
    {name: "its block would be too long", tag: utf8("a"), data: new Uint8Array(32_768), code: "block/too-long"},
  ])("$name", async ({tag, data, code}) => {
    const {node, stop} = await startNode();
    await expect(node.client.submitTaggedData({tag, data})).rejects.toMatchObject({code});
    await stop();
  });
});

describe("when the disk fails", () => {
  test("nothing is acknowledged, the node halts with the reason and still answers reads", async () => {
    const store = await createMemoryStore();
    let isFull = false;
    const failing = {
      ...store,
      write: async (...args: Parameters<typeof store.write>) => {
        if (isFull) throw new Error("no space left on device");
        return store.write(...args);
      },
    };
    const {node, advance, stop} = await startNode({store: failing});
    const halts: string[] = [];
    node.events.on("halted", ({because}) => halts.push(because));
    const kept = await node.attach({block: taggedBlock([], "kept")});
    isFull = true;
    await expect(node.attach({block: taggedBlock([], "lost")})).rejects.toThrow("no space left");
    await advance(10_000);
    expect(halts).toEqual([expect.stringContaining("no space left")]);
    expect(node.status()).toMatchObject({isHealthy: false, because: expect.stringContaining("no space left")});
    expect(node.status().confirmedMilestone?.index).toBe(1);
    expect(node.block(kept)).not.toBeNull();
    await expect(node.attach({block: taggedBlock([], "later")})).rejects.toMatchObject({code: "node/unavailable"});
    await stop();
  });
});
