import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from "@jest/globals";
import auditAppend from "../../nodes/audit/audit-append.ts";
import gatewayNode from "../../nodes/gateway/gateway.ts";
import {WAITING_MAX} from "../../nodes/input-runner.ts";
import {type FakeGateway, startFakeGateway, TOKEN} from "../support/fake-gateway.ts";
import {flowAround, helper, nextError, nextMessage, receive, statusOf} from "../support/node-red.ts";
import {savedForm} from "../support/palette.ts";

let gateway: FakeGateway;

beforeAll(async () => {
  await helper.startServer();
});
afterAll(() => helper.stopServer());
beforeEach(async () => {
  gateway = await startFakeGateway();
});
afterEach(async () => {
  await helper.unload();
  await gateway.stop();
});

// As the dialog saves it, besides what is always filled in.
const FORM = {
  ...savedForm("tanglegate-audit-append"),
  gateway: "gw",
  machine: "press-1",
  machineType: "str",
  entryType: "topic",
  entryTypeType: "msg",
};

const load = (over: object = {}, url = gateway.url) =>
  helper.load([gatewayNode, auditAppend], flowAround({type: "tanglegate-audit-append", ...FORM, ...over}, url), {
    gw: {token: TOKEN},
  });

test("an entry goes to the gateway and its receipt on with the message", async () => {
  await load({subject: "speed", reasonCode: "order", reasonCodeType: "msg", corrects: "0", correctsType: "num"});
  gateway.entries.push({machine: "press-1", type: "wrong", body: {}});
  const out = nextMessage(helper.getNode("out"));
  const completed = nextMessage(helper.getNode("completed"));
  receive({topic: "parameter-change", payload: {from: 60, to: 80}, order: 4711});
  expect(await out).toMatchObject({payload: {from: 60, to: 80}, receipt: {machine: "press-1", seq: 1}});
  await completed;
  expect(gateway.entries.slice(1)).toEqual([
    {
      machine: "press-1",
      type: "parameter-change",
      subject: "speed",
      reasonCode: "4711",
      corrects: 0,
      body: {from: 60, to: 80},
    },
  ]);
  expect(await statusOf(helper.getNode("n"), ({fill}) => fill === "green")).toMatchObject({shape: "dot"});
});

test("as it comes from the palette it records what device read sends", async () => {
  await helper.load(
    [gatewayNode, auditAppend],
    flowAround({type: "tanglegate-audit-append", ...savedForm("tanglegate-audit-append"), gateway: "gw"}, gateway.url),
    {gw: {token: TOKEN}},
  );
  const out = nextMessage(helper.getNode("out"));
  receive({device: "boiler-meter", payload: {voltage: 230.5}});
  await out;
  expect(gateway.entries[0]).toEqual({machine: "boiler-meter", type: "reading", body: {voltage: 230.5}});
});

test("a single value becomes an object", async () => {
  await load();
  const out = nextMessage(helper.getNode("out"));
  receive({topic: "state", payload: "Execute"});
  await out;
  // Fields that are left empty in the dialog, numbers too, are not given.
  expect(gateway.entries[0]).toEqual({machine: "press-1", type: "state", body: {value: "Execute"}});
});

test("entries keep the order of their messages", async () => {
  await load();
  const all = new Promise<void>((resolve) => {
    helper.getNode("out")!.on("input", (msg) => msg.payload === 19 && resolve());
  });
  for (let i = 0; i < 20; i++) receive({topic: "count", payload: i});
  await all;
  expect(gateway.entries.map(({body}) => body.value)).toEqual(Array.from({length: 20}, (_, i) => i));
});

describe("a wrong type names its field", () => {
  test.each([
    ["body", {topic: "state", payload: [1, 2]}, "a list"],
    ["body", {topic: "state"}, "missing"],
    ["body", {topic: "state", payload: Number.NaN}, "the number NaN"],
    ["body", {topic: "state", payload: Buffer.from("x")}, "a buffer"],
    ["entryType", {payload: 1}, "is empty"],
    ["entryType", {topic: {}, payload: 1}, "of type object"],
    ["entryType", {topic: "x".repeat(65), payload: 1}, "65 characters"],
  ])("%s of %j", async (field, msg, kind) => {
    await load();
    const caught = nextError("caught");
    receive(msg);
    const {message, source} = await caught;
    expect(message).toContain(`Field "${field}"`);
    expect(message).toContain(kind);
    expect(source).toBe("n");
    expect(gateway.entries).toEqual([]);
    expect(await statusOf(helper.getNode("n"), ({fill}) => fill === "red")).toMatchObject({
      text: `status.input: ${field}`,
    });
  });

  test("a number that is no index cannot be corrected", async () => {
    await load({corrects: "-1", correctsType: "num"});
    const caught = nextError("caught");
    receive({topic: "state", payload: 1});
    expect((await caught).message).toContain('Field "corrects"');
  });

  test("an expression that fails names its field", async () => {
    await load({machine: "$error('no line')", machineType: "jsonata"});
    const caught = nextError("caught");
    receive({topic: "state", payload: 1});
    expect((await caught).message).toContain('Field "machine"');
  });
});

test("the server's sentence reaches the Catch node", async () => {
  await load();
  gateway.refuse("POST /api/audit/v1/entries", 503, "The disk is full; nothing is taken.");
  const caught = nextMessage(helper.getNode("caught"));
  receive({topic: "state", payload: 1});
  // A text alone: an error would bring its stack along.
  expect(await caught).toMatchObject({
    errorCode: "audit/unavailable",
    error: {message: "The disk is full; nothing is taken.", source: {id: "n"}},
  });
  expect((await caught).error as object).not.toHaveProperty("stack");
  expect(await statusOf(helper.getNode("n"), ({fill}) => fill === "red")).toMatchObject({shape: "dot"});
});

test("a gateway that is not there is a red ring, and the address is named", async () => {
  const url = gateway.url;
  await load();
  await gateway.stop();
  const caught = nextError("caught");
  receive({topic: "state", payload: 1});
  expect((await caught).message).toContain(`Nothing answers at ${url}`);
  expect(await statusOf(helper.getNode("n"), ({shape}) => shape === "ring")).toMatchObject({
    fill: "red",
    text: "status.unreachable",
  });
  gateway = await startFakeGateway();
});

test("without a gateway node the message fails and says so", async () => {
  await load({gateway: "none"});
  const caught = nextError("caught");
  receive({topic: "state", payload: 1});
  expect((await caught).message).toContain('Field "gateway"');
});

test("a gateway node with an address that is none is not used", async () => {
  await load({}, "ftp://127.0.0.1");
  const caught = nextError("caught");
  receive({topic: "state", payload: 1});
  expect((await caught).message).toContain('Field "gateway" names no usable gateway');
});

test("closing ends a call that waits, without an error", async () => {
  await load();
  const arrived = gateway.stall("POST /api/audit/v1/entries");
  let errors = 0;
  helper.getNode("caught")!.on("input", () => errors++);
  receive({topic: "state", payload: 1});
  await arrived;
  await helper.getNode("n")!.close(false);
  expect(errors).toBe(0);
});

test("messages past the limit are refused, not kept", async () => {
  await load();
  const arrived = gateway.stall("POST /api/audit/v1/entries");
  const caught = nextError("caught");
  for (let i = 0; i <= WAITING_MAX; i++) receive({topic: "state", payload: i});
  await arrived;
  expect((await caught).message).toContain("1000 messages wait already");
});
