import {describe, expect, test} from "@jest/globals";
import type {TangleBlocks, TangleConfirmation} from "../../src/client/index.ts";
import type {EventStream} from "../../src/gateway/event-stream.ts";
import {createTangleView} from "../../src/gateway/tangle-view.ts";
import {settle, startNode, taggedBlock} from "../edge-node/support.ts";

async function watch() {
  const running = await startNode();
  const sent: {event: string; data: unknown}[] = [];
  const stream: Pick<EventStream, "send"> = {send: (event, data) => void sent.push({event, data})};
  const view = createTangleView(running.node, stream as EventStream, running.clock);
  await view.start();
  const stop = async () => {
    await view.stop();
    await running.stop();
  };
  return {...running, view, sent, stop};
}

describe("the picture of the Tangle", () => {
  test("begins with what is on disk, parents before children", async () => {
    const running = await startNode();
    const first = await running.node.attach({block: taggedBlock([], "a", {tag: "Meter"})});
    const second = await running.node.attach({block: taggedBlock([first], "b")});
    const view = createTangleView(running.node, {send: () => undefined} as unknown as EventStream, running.clock);
    await view.start();
    const {items} = view.picture(1_000);
    const ids = items.map(({id}) => id);
    expect(ids.at(-1)).toBe(second);
    for (const {id, parents} of items)
      for (const parent of parents) if (ids.includes(parent)) expect(ids.indexOf(parent)).toBeLessThan(ids.indexOf(id));
    expect(items.find(({id}) => id === first)).toMatchObject({
      kind: "tagged-data",
      tag: "Meter",
      arrivedMs: null,
      confirmedBy: null,
    });
    expect(items[0]).toMatchObject({kind: "milestone", index: 1});
    await view.stop();
    await running.stop();
  });

  test("tells of new blocks, then of the milestone that confirms them, with its own block", async () => {
    const {node, advance, view, sent, stop} = await watch();
    const id = await node.attach({block: taggedBlock([], "a")});
    await advance(2_000);
    await settle();
    expect(sent.map(({event}) => event)).toEqual(["blocks", "confirmed"]);
    const [blocks, confirmed] = sent.map(({data}) => data) as [TangleBlocks, TangleConfirmation];
    expect(blocks.more).toBe(0);
    expect(blocks.items.map(({kind}) => kind)).toEqual(["tagged-data", "milestone"]);
    expect(confirmed.index).toBe(2);
    expect(confirmed.blocks).toContain(id);
    expect(view.picture(1_000).items.find((block) => block.id === id)?.confirmedBy).toBe(2);
    await stop();
  });

  test("gives the newest ones when fewer are asked for", async () => {
    const {node, view, stop} = await watch();
    await node.attach({block: taggedBlock([], "a")});
    const last = await node.attach({block: taggedBlock([], "b")});
    await settle();
    expect(view.picture(1).items.map(({id}) => id)).toEqual([last]);
    await stop();
  });

  test("shows a tag that is no text as hex", async () => {
    const {node, view, stop} = await watch();
    await node.attach({
      block: {
        protocolVersion: 2,
        parents: [],
        payload: {kind: "tagged-data", tag: Uint8Array.of(0, 255), data: new Uint8Array()},
        nonce: 0n,
      },
    });
    await settle();
    expect(view.picture(1).items[0]?.tag).toBe("0x00ff");
    await stop();
  });
});
