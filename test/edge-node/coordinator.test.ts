import {describe, expect, test} from "@jest/globals";
import {createMetrics} from "../../src/metrics.ts";
import {parseBlock} from "../../src/stardust/index.ts";
import {startNode, payloadAt, ZERO_ID, settle, networkOf, signerOf} from "./support.ts";
import {utf8} from "../../src/bytes.ts";

const EMPTY_ROOT = "0x0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";

describe("genesis", () => {
  test("milestone 1 stands on the zero block, with the roots of empty lists", async () => {
    const {node, stop} = await startNode();
    expect(node.status().confirmedMilestone?.index).toBe(1);
    const payload = payloadAt(node, 1);
    expect(payload).toMatchObject({
      index: 1,
      parents: [ZERO_ID],
      previousMilestoneId: ZERO_ID,
      inclusionMerkleRoot: EMPTY_ROOT,
      appliedMerkleRoot: EMPTY_ROOT,
    });
    await stop();
  });
});

test("a block is referenced", async () => {
  const {node, stop, advance} = await startNode();
  const id = await node.client.submitTaggedData({tag: utf8("a"), data: utf8("b")});
  await advance(2000);
  expect(node.metadata(id)).toMatchObject({referencedByMilestoneIndex: 2});
  await advance(60_000);
  expect(node.status().confirmedMilestone?.index).toBe(3);
  await stop();
});
