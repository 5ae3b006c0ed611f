import {afterAll, afterEach, beforeAll, beforeEach, expect, test} from "@jest/globals";
import auditVerify from "../../nodes/audit/audit-verify.ts";
import gatewayNode from "../../nodes/gateway/gateway.ts";
import {type FakeGateway, startFakeGateway, TOKEN, verdict} from "../support/fake-gateway.ts";
import {flowAround, helper, nextError, nextMessage, receive, statusOf} from "../support/node-red.ts";
import {savedForm} from "../support/palette.ts";

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

const BROKEN = {
  state: "broken",
  broken: {seq: 2, because: "The body differs.", differs: "changed", lastGoodAnchor: null, remedy: "Keep this disk."},
} as const;

const load = (over: object = {}) =>
  helper.load(
    [gatewayNode, auditVerify],
    flowAround(
      {
        ...savedForm("tanglegate-audit-verify"),
        type: "tanglegate-audit-verify",
        gateway: "gw",
        machine: "press-1",
        ...over,
      },
      gateway.url,
    ),
    {gw: {token: TOKEN}},
  );

test.each([
  ["verified", {}, "green"],
  ["waiting", {state: "waiting"} as const, "yellow"],
])("a log that is %s leaves at the first output", async (state, over, fill) => {
  gateway.verdicts.set("press-1", verdict("press-1", over));
  await load();
  const out = nextMessage(helper.getNode("out"));
  receive({});
  expect(await out).toMatchObject({payload: {machine: "press-1", state}, verdict: state});
  expect(await statusOf(helper.getNode("n"), ({text}) => text === `status.${state}`)).toMatchObject({fill});
});

test("a broken log leaves at the second output, with what differs", async () => {
  gateway.verdicts.set("press-1", verdict("press-1", BROKEN));
  await load();
  const out = nextMessage(helper.getNode("out2"));
  receive({});
  expect(await out).toMatchObject({payload: {broken: {seq: 2, because: "The body differs."}}, verdict: "broken"});
  expect(await statusOf(helper.getNode("n"), ({fill}) => fill === "red")).toMatchObject({text: "status.broken"});
});

test("without a machine all are judged, page by page, and one broken log is enough", async () => {
  for (const machine of ["a", "b", "c"]) gateway.verdicts.set(machine, verdict(machine));
  gateway.verdicts.set("d", verdict("d", BROKEN));
  await load({machine: ""});
  const out = nextMessage(helper.getNode("out2"));
  receive({});
  expect((await out).payload).toMatchObject([{machine: "a"}, {machine: "b"}, {machine: "c"}, {machine: "d"}]);
});

test("everything is hashed again first when that is asked for", async () => {
  gateway.verdicts.set("press-1", verdict("press-1"));
  await load({rehash: true});
  const out = nextMessage(helper.getNode("out"));
  receive({});
  expect(await out).toMatchObject({check: {entriesChecked: 3}, payload: {machine: "press-1"}});
  expect(gateway.requests.map(({method, path}) => `${method} ${path}`)).toEqual([
    "POST /api/audit/v1/check",
    "GET /api/audit/v1/machines/press-1",
  ]);
});

test("a machine without a log is an error, not a good verdict", async () => {
  await load();
  const caught = nextError("caught");
  receive({});
  expect((await caught).message).toContain('There is no audit log of "press-1".');
});

test("a fetch that fails is an error, not a broken log", async () => {
  await load();
  gateway.refuse("GET /api/audit/v1/machines/press-1", 503, "Busy.");
  const caught = nextError("caught");
  receive({});
  expect((await caught).message).toContain("Busy.");
});

test("a machine of a wrong type names its field", async () => {
  await load({machine: "payload", machineType: "msg"});
  const caught = nextError("caught");
  receive({payload: {}});
  expect((await caught).message).toContain('Field "machine"');
});
