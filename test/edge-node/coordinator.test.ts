import {describe, expect, test} from "@jest/globals";
import {toHex, utf8} from "../../src/bytes.ts";
import {createManualClock} from "../../src/clock.ts";
import type {EdgeNode} from "../../src/edge-node/index.ts";
import {parseBlock} from "../../src/stardust/index.ts";
import {createMemoryStore} from "../../src/storage/index.ts";
import {verifyMilestoneSignatures} from "../../src/tangle/index.ts";
import {
  countingMiner,
  networkOf,
  payloadAt,
  SIGNER,
  serialized,
  signerOf,
  startNode,
  taggedBlock,
  until,
  VERSION,
  ZERO_ID,
} from "./support.ts";

/** BLAKE2b-256 of the empty string, which Hornet's bootstrap signs into milestone 1. */
const EMPTY_ROOT = "0x0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";
const UNSYNCHRONISED = {isSynchronised: false, source: "none", uncertaintyMs: null};
const YEAR_MS = 365 * 86_400_000;

const indexOf = (node: EdgeNode) => node.status().confirmedMilestone?.index ?? 0;
const submit = (node: EdgeNode, text: string) => node.client.submitTaggedData({tag: utf8("test"), data: utf8(text)});

describe("genesis", () => {
  test("milestone 1 stands on the zero block, has no previous one and the roots of empty lists", async () => {
    const {node, stop, clock} = await startNode();
    expect(payloadAt(node, 1)).toMatchObject({
      index: 1,
      timestamp: clock.now() / 1000,
      protocolVersion: VERSION,
      previousMilestoneId: ZERO_ID,
      parents: [ZERO_ID],
      inclusionMerkleRoot: EMPTY_ROOT,
      appliedMerkleRoot: EMPTY_ROOT,
    });
    const block = parseBlock(node.block(node.milestone(1)!.blockId)!, {version: VERSION});
    expect(block).toMatchObject({parents: [ZERO_ID], nonce: 0n});
    await stop();
  });

  test("a node that does not coordinate waits for it", async () => {
    const {node, advance, stop} = await startNode({isCoordinator: false});
    await advance(10 * 60_000);
    expect(node.status()).toMatchObject({isHealthy: false, isSynced: false, confirmedMilestone: null});
    expect(() => node.tips()).toThrow("not synced");
    await expect(submit(node, "a")).rejects.toMatchObject({code: "node/unavailable"});
    await stop();
  });
});

describe("a milestone is due", () => {
  test("after the interval while a block waits, and not before", async () => {
    const {node, advance, stop} = await startNode();
    await submit(node, "a");
    await advance(1_999);
    expect(indexOf(node)).toBe(1);
    await advance(1);
    expect(indexOf(node)).toBe(2);
    await stop();
  });

  test("after the idle interval when nothing waits: the last milestone's block does not count", async () => {
    const {node, advance, stop} = await startNode();
    await advance(59_999);
    expect(indexOf(node)).toBe(1);
    await advance(1);
    expect(indexOf(node)).toBe(2);
    await advance(60_000);
    expect(indexOf(node)).toBe(3);
    await stop();
  });

  test("at once when a block comes after a long pause: it wakes the coordinator", async () => {
    const {node, advance, stop} = await startNode();
    await advance(30_000);
    await submit(node, "a");
    await advance(0);
    expect(indexOf(node)).toBe(2);
    await stop();
  });

  test("every interval while blocks keep coming", async () => {
    const {node, advance, stop} = await startNode();
    for (let i = 0; i < 5; i++) {
      await submit(node, `block ${i}`);
      await advance(2_000);
    }
    expect(indexOf(node)).toBe(6);
    await stop();
  });

  test("an idle milestone is one synced write", async () => {
    const store = await createMemoryStore();
    let writes = 0;
    const counted = {
      ...store,
      write: (...args: Parameters<typeof store.write>) => {
        writes++;
        return store.write(...args);
      },
    };
    const {advance, stop, node} = await startNode({store: counted});
    const before = writes;
    await advance(60_000);
    expect([indexOf(node), writes - before]).toEqual([2, 1]);
    await stop();
  });
});

describe("a milestone", () => {
  test("references the last milestone's block and what waits, each once, sorted", async () => {
    const {node, advance, stop} = await startNode();
    const tips = await Promise.all(["a", "b", "c"].map((text) => submit(node, text)));
    await advance(2_000);
    const {parents} = payloadAt(node, 2);
    expect(parents).toEqual([node.milestone(1)!.blockId, ...tips].sort());
    for (const tip of tips) {
      expect(node.metadata(tip)).toMatchObject({referencedByMilestoneIndex: 2, ledgerInclusionState: "noTransaction"});
    }
    expect(node.metadata(node.milestone(1)!.blockId)).toMatchObject({referencedByMilestoneIndex: 2, milestoneIndex: 1});
    await stop();
  });

  test("chains ids and grows by a second at least, also with a clock that stands or goes back", async () => {
    const {node, clock, advance, stop} = await startNode({milestoneIntervalMs: 1_000});
    for (const jump of [0, -5_000, 3_000, -3_600_000, 0]) {
      await submit(node, `jump ${jump} ${clock.now()}`);
      clock.jump(jump);
      await advance(1_000);
    }
    expect(indexOf(node)).toBe(6);
    for (let index = 2; index <= 6; index++) {
      const [before, payload] = [node.milestone(index - 1)!, payloadAt(node, index)];
      expect(payload.previousMilestoneId).toBe(before.milestoneId);
      expect(payload.timestamp).toBeGreaterThan(before.timestamp);
    }
    await stop();
  });

  test("carries a signature of every key the node holds, sorted, and they hold", async () => {
    const signers = [signerOf(3), signerOf(4), signerOf(5)];
    const keys = signers.map(({publicKey}) => ({publicKey: toHex(publicKey), start: 0, end: 0}));
    const network = networkOf({}, {threshold: 2, keys});
    const {node, stop} = await startNode({network, signers});
    const payload = payloadAt(node, 1);
    const publicKeys = payload.signatures.map(({publicKey}) => publicKey);
    expect(publicKeys).toEqual(keys.map(({publicKey}) => publicKey).sort());
    expect(verifyMilestoneSignatures(payload, network.coordinator)).toEqual({state: "valid"});
    await stop();
  });

  test("over a hundred blocks with the same parents references all within eight: checkpoints join them", async () => {
    const {node, advance, stop} = await startNode({limits: {checkpoints: 8}});
    const root = node.milestone(1)!.blockId;
    const ids = await Promise.all(
      Array.from({length: 100}, (_, i) => node.client.submitBlock(serialized(taggedBlock([root], `star ${i}`)).bytes)),
    );
    for (let i = 0; i < 7; i++) await advance(2_000);
    const referenced = ids.map((id) => node.metadata(id)?.referencedByMilestoneIndex);
    expect(referenced.every((index) => index !== undefined && index <= 8)).toBe(true);
    await stop();
  });

  test("checkpoints carry proof of work where the network asks for it", async () => {
    const {node, advance, stop} = await startNode({network: networkOf({minPowScore: 1}), miner: countingMiner()});
    const root = node.milestone(1)!.blockId;
    for (let i = 0; i < 40; i++) {
      await node.attach({block: taggedBlock([root], `star ${i}`)});
    }
    await advance(2_000);
    await until(() => indexOf(node) === 2, "a milestone over checkpoints");
    expect(node.milestone(2)!.referencedBlocks).toBeGreaterThan(7 * 2);
    await stop();
  });
});

describe("refused at start", () => {
  test("an interval below a second, because timestamps count seconds", async () => {
    await expect(startNode({milestoneIntervalMs: 999})).rejects.toMatchObject({
      code: "node/milestone-interval",
      message: expect.stringContaining("node.milestone_interval_ms is 999"),
    });
  });

  test("a key that network.json does not list", async () => {
    await expect(startNode({signers: [signerOf(9)]})).rejects.toMatchObject({code: "node/coordinator-keys"});
  });

  test("one key twice where two are asked for", async () => {
    const keys = [SIGNER, signerOf(8)].map(({publicKey}) => ({publicKey: toHex(publicKey), start: 0, end: 0}));
    const network = networkOf({}, {threshold: 2, keys});
    await expect(startNode({network, signers: [SIGNER, SIGNER]})).rejects.toMatchObject({
      code: "node/coordinator-keys",
    });
  });
});

describe("the clock", () => {
  test("set forward by years without a time server: no milestone, unhealthy, and blocks are still taken", async () => {
    const clock = createManualClock();
    clock.setState(UNSYNCHRONISED);
    const {node, advance, stop} = await startNode({clock});
    clock.jump(14 * YEAR_MS);
    const id = await submit(node, "a");
    await advance(120_000);
    expect(indexOf(node)).toBe(1);
    expect(node.status()).toMatchObject({isHealthy: false, because: expect.stringContaining("set forward")});
    expect(node.metadata(id)).toMatchObject({isSolid: true, shouldReattach: false});
    await stop();
  });

  test("set back to where it was: milestones go on by themselves", async () => {
    const clock = createManualClock();
    clock.setState(UNSYNCHRONISED);
    const {node, advance, stop} = await startNode({clock});
    clock.jump(14 * YEAR_MS);
    await submit(node, "a");
    await advance(60_000);
    clock.jump(-14 * YEAR_MS);
    await advance(10_000);
    expect(indexOf(node)).toBe(2);
    expect(node.status().isHealthy).toBe(true);
    await stop();
  });

  test("after a sleep over night without a time server: milestones go on when it has kept pace for ten minutes", async () => {
    const clock = createManualClock();
    clock.setState(UNSYNCHRONISED);
    const {node, advance, stop} = await startNode({clock});
    clock.jump(10 * 3_600_000);
    await submit(node, "a");
    await advance(9 * 60_000);
    expect(indexOf(node)).toBe(1);
    await advance(2 * 60_000);
    expect(indexOf(node)).toBeGreaterThan(1);
    await stop();
  });

  test("confirmed by an operator: milestones go on at the new time", async () => {
    const clock = createManualClock();
    clock.setState(UNSYNCHRONISED);
    const {node, advance, stop} = await startNode({clock});
    clock.jump(YEAR_MS);
    await submit(node, "a");
    await advance(60_000);
    expect(indexOf(node)).toBe(1);
    node.confirmTime();
    await advance(10_000);
    expect(indexOf(node)).toBe(2);
    expect(node.milestone(2)!.timestamp - node.milestone(1)!.timestamp).toBeGreaterThan(YEAR_MS / 1000);
    await stop();
  });

  test("set back by years: milestones go on at the expected time", async () => {
    const clock = createManualClock();
    clock.setState(UNSYNCHRONISED);
    const {node, advance, stop} = await startNode({clock});
    clock.jump(-10 * YEAR_MS);
    await submit(node, "a");
    await advance(2_000);
    expect(node.milestone(2)!.timestamp - node.milestone(1)!.timestamp).toBe(2);
    await stop();
  });

  test("said to be synchronised does not sign 2040 either", async () => {
    const {node, clock, advance, stop} = await startNode();
    clock.jump(14 * YEAR_MS);
    await submit(node, "a");
    await advance(120_000);
    expect(indexOf(node)).toBe(1);
    await stop();
  });

  test("a restart does not forget the last milestone's time", async () => {
    const first = await startNode();
    await first.stop();
    const clock = createManualClock(first.clock.now() - 3_600_000);
    clock.setState(UNSYNCHRONISED);
    const {node, advance, stop} = await startNode({store: first.store, clock});
    await submit(node, "a");
    await advance(60_000);
    expect(indexOf(node)).toBe(1);
    // The clock reaches the last milestone's time by itself.
    await advance(3_600_000);
    expect(indexOf(node)).toBeGreaterThan(1);
    await stop();
  });

  test("never set: a fresh network waits for it and then begins", async () => {
    const clock = createManualClock(0);
    clock.setState(UNSYNCHRONISED);
    const {node, advance, stop} = await startNode({clock});
    await advance(60_000);
    expect(indexOf(node)).toBe(0);
    clock.jump(Date.UTC(2026, 3, 1));
    await advance(10_000);
    expect(indexOf(node)).toBe(1);
    await stop();
  });

  test("a node that does not coordinate has no time to confirm", async () => {
    const {node, stop} = await startNode({isCoordinator: false});
    expect(() => node.confirmTime()).toThrow("issues no milestones");
    await stop();
  });
});
