import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from "@jest/globals";
import blockSubmit from "../../nodes/block/block-submit.ts";
import blockWatch from "../../nodes/block/block-watch.ts";
import gatewayNode from "../../nodes/gateway/gateway.ts";
import {blake2b256} from "../../src/blake2b.ts";
import {toHex, utf8} from "../../src/bytes.ts";
import {type FakeGateway, startFakeGateway, TOKEN, taggedBlock} from "../support/fake-gateway.ts";
import {flowAround, helper, nextError, nextMessage, receive, statusOf} from "../support/node-red.ts";
import {savedForm} from "../support/palette.ts";
import {until} from "../support/until.ts";

let gateway: FakeGateway;

beforeAll(() => helper.startServer());
afterAll(() => helper.stopServer());
beforeEach(async () => {
  gateway = await startFakeGateway();
});
afterEach(async () => {
  await helper.unload();
  await gateway.stop();
});

const load = (node: {readonly type: string; readonly [name: string]: unknown}) =>
  helper.load(
    [gatewayNode, blockSubmit, blockWatch],
    flowAround({...savedForm(node.type), gateway: "gw", ...node}, gateway.url),
    {
      gw: {token: TOKEN},
    },
  );

describe("block submit", () => {
  const form = {type: "tanglegate-block-submit", tag: "temperature", tagType: "str", data: "payload", dataType: "msg"};

  test.each([
    ["an object as JSON", {payload: {c: 21}}, utf8('{"c":21}')],
    ["a text as UTF-8", {payload: "21 °C"}, utf8("21 °C")],
    ["a buffer as it is", {payload: Buffer.from([0, 255])}, new Uint8Array([0, 255])],
  ])("sends %s and gives the block id", async (_what, msg, data) => {
    await load(form);
    const out = nextMessage(helper.getNode("out"));
    receive(msg);
    const blockId = toHex(blake2b256(taggedBlock(utf8("temperature"), data)));
    expect(await out).toMatchObject({blockId, payload: msg.payload});
    expect(gateway.requests.at(-1)!.body).toMatchObject({
      payload: {tag: toHex(utf8("temperature")), data: toHex(data)},
    });
  });

  test("a tag with 0x in front is hex", async () => {
    await load({...form, tag: "0xBEEF"});
    const out = nextMessage(helper.getNode("out"));
    receive({payload: "x"});
    await out;
    expect(gateway.requests.at(-1)!.body).toMatchObject({payload: {tag: "0xbeef"}});
  });

  test.each([
    ["tag", {...form, tag: ""}, {payload: "x"}],
    ["tag", {...form, tag: "x".repeat(65)}, {payload: "x"}],
    ["tag", {...form, tag: "topic", tagType: "msg"}, {payload: "x"}],
    ["data", form, {}],
  ])("a wrong %s names its field", async (field, node, msg) => {
    await load(node);
    const caught = nextError("caught");
    receive(msg);
    expect((await caught).message).toContain(`Field "${field}"`);
    expect(gateway.requests).toEqual([]);
  });

  test("what the node says of a bad block reaches the Catch node", async () => {
    await load(form);
    gateway.refuse("POST /api/core/v2/blocks", 400, "The block has 40000 bytes; at most 32768 are allowed.");
    const caught = nextError("caught");
    receive({payload: "x"});
    expect((await caught).message).toContain("at most 32768 are allowed");
  });
});

describe("block watch", () => {
  const type = "tanglegate-block-watch";
  const topic = `blocks/tagged-data/${toHex(utf8("temperature"))}`;

  test.each([
    ["json", {c: 21}],
    ["text", '{"c":21}'],
    ["buffer", Buffer.from('{"c":21}')],
  ])("data of a tagged block comes as %s", async (form, payload) => {
    await load({type, what: "tag", tag: "temperature", form});
    await gateway.subscribed(topic);
    const out = nextMessage(helper.getNode("out"));
    const bytes = taggedBlock(utf8("temperature"), utf8('{"c":21}'));
    await gateway.publish(topic, bytes);
    expect(await out).toMatchObject({topic: toHex(utf8("temperature")), payload, blockId: toHex(blake2b256(bytes))});
  });

  test("data that cannot be read is an error, and the next block comes through", async () => {
    await load({type, what: "tag", tag: "temperature", form: "json"});
    await gateway.subscribed(topic);
    const caught = nextError("caught");
    const out = nextMessage(helper.getNode("out"));
    await gateway.publish(topic, taggedBlock(utf8("temperature"), utf8("no json")));
    await gateway.publish(topic, utf8("no block"));
    await gateway.publish(topic, taggedBlock(utf8("temperature"), utf8("1")));
    expect((await caught).source).toBe("n");
    expect((await out).payload).toBe(1);
  });

  test("confirmed milestones become messages, and the status is green while events arrive", async () => {
    await load({type, what: "milestones"});
    await gateway.subscribed("milestone-info/confirmed");
    expect(await statusOf(helper.getNode("n"), ({fill}) => fill === "green")).toMatchObject({shape: "dot"});
    const out = nextMessage(helper.getNode("out"));
    await gateway.publish("milestone-info/confirmed", {index: 5, timestamp: 1, milestoneId: "0x00"});
    expect(await out).toMatchObject({payload: {index: 5}});
  });

  test("a message waits until its block is referenced", async () => {
    await load({type, what: "blocks"});
    const blockId = await postBlock();
    await gateway.subscribed("milestone-info/confirmed");
    const out = nextMessage(helper.getNode("out"));
    const completed = nextMessage(helper.getNode("completed"));
    receive({blockId, payload: "mine", order: 1});
    await until(() => gateway.requests.some(({path}) => path.endsWith("/metadata")));
    gateway.reference(blockId, 12);
    await gateway.publish("milestone-info/confirmed", {index: 12});
    expect(await out).toMatchObject({blockId, order: 1, payload: {referencedByMilestoneIndex: 12}});
    await completed;
  });

  test("a block that the node does not know is an error", async () => {
    await load({type, what: "blocks"});
    const caught = nextError("caught");
    receive({blockId: `0x${"00".repeat(32)}`});
    expect((await caught).message).toContain("The node does not know the block");
  });

  test("an id that is none names its field", async () => {
    await load({type, what: "blocks"});
    const caught = nextError("caught");
    receive({payload: "0x12"});
    expect((await caught).message).toContain('Field "blockId"');
  });

  test("closing lets go of messages that wait", async () => {
    await load({type, what: "blocks"});
    const blockId = await postBlock();
    const completed = nextMessage(helper.getNode("completed"));
    receive({blockId});
    await until(() => gateway.requests.some(({path}) => path.endsWith("/metadata")));
    await helper.getNode("n")!.close(false);
    await completed;
  });

  async function postBlock(): Promise<string> {
    const answer = await fetch(`${gateway.url}/api/core/v2/blocks`, {
      method: "POST",
      headers: {"content-type": "application/json"},
      body: JSON.stringify({payload: {tag: "0x01", data: "0x02"}}),
    });
    return ((await answer.json()) as {blockId: string}).blockId;
  }
});
