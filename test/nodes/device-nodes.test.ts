import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from "@jest/globals";
import deviceNode from "../../nodes/device/device.ts";
import deviceRead from "../../nodes/device/device-read.ts";
import deviceWatch from "../../nodes/device/device-watch.ts";
import deviceWrite from "../../nodes/device/device-write.ts";
import gatewayNode from "../../nodes/gateway/gateway.ts";
import {type FakeGateway, reading, startFakeGateway, TOKEN} from "../support/fake-gateway.ts";
import {flowAround, helper, type Message, nextError, nextMessage, receive, statusOf} from "../support/node-red.ts";
import {savedForm} from "../support/palette.ts";

let gateway: FakeGateway;

beforeAll(() => helper.startServer());
afterAll(() => helper.stopServer());
beforeEach(async () => {
  gateway = await startFakeGateway();
  gateway.readings.set("voltageL1", reading("voltageL1", 230.5));
  gateway.readings.set("voltageL2", reading("voltageL2", 231));
});
afterEach(async () => {
  await helper.unload();
  await gateway.stop();
});

const METER = {
  ...savedForm("tanglegate-device"),
  type: "tanglegate-device",
  id: "dev",
  gateway: "gw",
  mode: "define",
  device: "meter",
  name: "Main meter",
  protocol: "modbus-tcp",
  host: "192.168.1.9",
  port: "502",
  unitId: "1",
  profile: "eastron-sdm630",
  points: [],
};

const load = (node: {readonly type: string; readonly [name: string]: unknown}, device: object = {}) =>
  helper.load(
    [gatewayNode, deviceNode, deviceRead, deviceWrite, deviceWatch],
    flowAround({...savedForm(node.type), device: "dev", ...node}, gateway.url, [{...METER, ...device}]),
    {gw: {token: TOKEN}, dev: {password: "plant-demo"}},
  );

const node = () => helper.getNode("n");

describe("device", () => {
  test("deploying defines the device in the gateway, and a node that uses it turns green", async () => {
    await load({type: "tanglegate-device-read"});
    expect(await statusOf(node(), ({fill}) => fill === "green")).toEqual({
      fill: "green",
      shape: "dot",
      text: "link.connected",
    });
    expect(gateway.devices.get("meter")).toEqual({
      id: "meter",
      name: "Main meter",
      connection: {protocol: "modbus-tcp", host: "192.168.1.9", port: 502, unitId: 1},
      profile: "eastron-sdm630",
      periodMs: 1000,
    });
  });

  test("a device that the gateway has already is not defined again", async () => {
    gateway.devices.set("meter", {id: "meter", connection: {} as never, profile: "other"});
    await load({type: "tanglegate-device-read"}, {mode: "existing", host: ""});
    await statusOf(node(), ({fill}) => fill === "green");
    expect(gateway.requests.some(({method}) => method === "PUT")).toBe(false);
    await helper.getNode("dev")!.close(true);
    expect(gateway.devices.has("meter")).toBe(true);
  });

  test("a device that nobody has defined is a red ring", async () => {
    await load({type: "tanglegate-device-read"}, {mode: "existing"});
    expect(await statusOf(node(), ({fill}) => fill === "red")).toEqual({
      fill: "red",
      shape: "ring",
      text: "link.unknown",
    });
  });

  test("removing the node removes its device, restarting it does not", async () => {
    await load({type: "tanglegate-device-read"});
    await statusOf(node(), ({fill}) => fill === "green");
    await helper.getNode("dev")!.close(false);
    expect(gateway.devices.has("meter")).toBe(true);
    await helper.getNode("dev")!.close(true);
    expect(gateway.devices.has("meter")).toBe(false);
  });

  test("the state that the field process tells is shown at once", async () => {
    await load({type: "tanglegate-device-read"});
    await statusOf(node(), ({fill}) => fill === "green");
    await gateway.subscribed("tanglegate/field/status/meter");
    const told = {
      ...gateway.device,
      points: gateway.points,
      state: "stale",
      reason: "No answer.",
      remedy: "Check the cable.",
      lastGoodMs: 9000,
    };
    await gateway.publish("tanglegate/field/status/meter", {specversion: "1.0", data: told});
    expect(await statusOf(node(), ({fill}) => fill === "yellow")).toMatchObject({shape: "dot", text: "link.stale"});
  });

  test("an event that is no state changes nothing and does not end the host", async () => {
    await load({type: "tanglegate-device-read"});
    await statusOf(node(), ({fill}) => fill === "green");
    await gateway.subscribed("tanglegate/field/status/meter");
    await gateway.publish("tanglegate/field/status/meter", {specversion: "1.0", data: {state: "stale"}});
    await gateway.publish("tanglegate/field/status/meter", {specversion: "1.0", data: {...gateway.device, points: []}});
    expect(await statusOf(node(), ({fill}) => fill === "green")).toMatchObject({text: "link.connected"});
  });

  test("a definition that the field process refuses is an error at the device", async () => {
    gateway.refuse("PUT /api/field/v1/devices/meter", 400, "connection.port: must be 1 to 65535.");
    await load({type: "tanglegate-device-read"});
    expect(await statusOf(node(), ({fill}) => fill === "red")).toMatchObject({text: "link.invalid"});
  });

  test("the password of an OPC UA server goes to the gateway from the credentials", async () => {
    await load(
      {type: "tanglegate-device-read"},
      {
        protocol: "opc-ua",
        endpoint: "opc.tcp://127.0.0.1:48400",
        security: "SignAndEncrypt Basic256Sha256",
        user: "operator",
        trustOnFirstUse: true,
      },
    );
    await statusOf(node(), ({fill}) => fill === "green");
    expect(gateway.devices.get("meter")!.connection).toEqual({
      protocol: "opc-ua",
      endpoint: "opc.tcp://127.0.0.1:48400",
      securityMode: "SignAndEncrypt",
      securityPolicy: "Basic256Sha256",
      user: "operator",
      password: "plant-demo",
      trustOnFirstUse: true,
    });
  });
});

describe("device read", () => {
  const type = "tanglegate-device-read";

  test("values come as one object, the readings beside them", async () => {
    await load({type, points: "", pointsType: "points"});
    const out = nextMessage(helper.getNode("out"));
    receive({});
    const msg = await out;
    expect(msg.payload).toEqual({voltageL1: 230.5, voltageL2: 231});
    expect(msg.readings).toHaveLength(2);
  });

  test("points may come with the message", async () => {
    await load({type, points: "payload", pointsType: "msg", form: "readings"});
    const out = nextMessage(helper.getNode("out"));
    receive({payload: ["voltageL2"]});
    expect((await out).payload).toEqual([reading("voltageL2", 231)]);
  });

  test("a message a point has the point in its topic", async () => {
    await load({type, points: "voltageL1, voltageL2", pointsType: "points", form: "each"});
    const messages: Message[] = [];
    const both = new Promise<void>((resolve) =>
      helper.getNode("out")!.on("input", (msg) => messages.push(msg) === 2 && resolve()),
    );
    receive({});
    await both;
    expect(messages).toMatchObject([
      {topic: "meter/voltageL1", payload: 230.5},
      {topic: "meter/voltageL2", payload: 231},
    ]);
  });

  test("what was polled last is read without asking the device", async () => {
    await load({type, points: "voltageL1", pointsType: "points", source: "latest"});
    const out = nextMessage(helper.getNode("out"));
    receive({});
    expect((await out).payload).toEqual({voltageL1: 230.5});
    expect(gateway.requests.some(({path}) => path.endsWith("/read"))).toBe(false);
  });

  test("a bad value is null, and the status is not green", async () => {
    gateway.readings.set("voltageL2", reading("voltageL2", null, {quality: "bad", reason: "no answer"}));
    await load({type});
    const out = nextMessage(helper.getNode("out"));
    receive({});
    expect((await out).payload).toEqual({voltageL1: 230.5, voltageL2: null});
    expect(await statusOf(node(), ({text}) => text!.startsWith("1/2"))).toMatchObject({fill: "yellow"});
  });

  test("without one good value the message fails with the reason", async () => {
    gateway.readings.clear();
    gateway.readings.set("voltageL1", reading("voltageL1", null, {quality: "bad", reason: "no answer within 1000 ms"}));
    await load({type});
    const caught = nextError("caught");
    receive({});
    expect((await caught).message).toContain('No good value from "meter": no answer within 1000 ms.');
  });

  test("points that are no names fail with the field", async () => {
    await load({type, points: "payload", pointsType: "msg"});
    const caught = nextError("caught");
    receive({payload: 5});
    expect((await caught).message).toContain('Field "points"');
  });

  test("a point that the device does not have fails with the server's sentence", async () => {
    await load({type, points: "power", pointsType: "points"});
    const caught = nextError("caught");
    receive({});
    expect((await caught).message).toContain("The device has no point power.");
  });
});

describe("device write", () => {
  const type = "tanglegate-device-write";
  const form = {type, action: "write", point: "speedLimit", pointType: "point", value: "payload", valueType: "msg"};

  test("a written value is read back", async () => {
    await load(form);
    const out = nextMessage(helper.getNode("out"));
    receive({payload: 80});
    expect(await out).toMatchObject({payload: 80, write: {isVerified: true}});
    expect(await statusOf(node(), ({text}) => text === "speedLimit = 80")).toMatchObject({fill: "green"});
  });

  test("a value that the device did not keep is an error that names both", async () => {
    gateway.readBack = 75;
    await load(form);
    const caught = nextError("caught");
    receive({payload: 80});
    expect((await caught).message).toContain("was told speedLimit = 80 and kept 75");
  });

  test.each([
    ["value", {payload: {}}, {}],
    ["value", {}, {}],
    ["value", {payload: Number.POSITIVE_INFINITY}, {}],
    ["point", {payload: 1}, {point: ""}],
    ["point", {payload: 1}, {point: "where", pointType: "msg"}],
  ])("a wrong %s names its field", async (field, msg, over) => {
    await load({...form, ...over});
    const caught = nextError("caught");
    receive(msg);
    expect((await caught).message).toContain(`Field "${field}"`);
    expect(gateway.requests.some(({path}) => path.endsWith("/write"))).toBe(false);
  });

  test("a method is called with its inputs", async () => {
    await load({...form, action: "call", method: "Start", methodType: "str", value: "[1, true]", valueType: "json"});
    const out = nextMessage(helper.getNode("out"));
    receive({});
    expect((await out).payload).toEqual([42]);
    expect(gateway.requests.at(-1)!.body).toEqual({method: "Start", inputs: [1, true]});
  });

  test("a method that the machine does not do is an error with its status code", async () => {
    gateway.statusCode = "BadInvalidState";
    await load({...form, action: "call", method: "Start", value: "[]", valueType: "json"});
    const caught = nextError("caught");
    receive({});
    expect((await caught).message).toBe(
      '"meter" did not do Start: BadInvalidState. Check that its state and mode allow it.',
    );
    expect(await statusOf(node(), ({fill}) => fill === "red")).toMatchObject({
      text: '"meter" did not do Start…',
    });
  });

  test("a method may be given by its node ids", async () => {
    await load({...form, action: "call", method: "ns=2;s=Start", methodType: "str", object: "ns=2;s=Line"});
    const out = nextMessage(helper.getNode("out"));
    receive({});
    await out;
    expect(gateway.requests.at(-1)!.body).toEqual({objectId: "ns=2;s=Line", methodId: "ns=2;s=Start", inputs: []});
  });
});

describe("device watch", () => {
  const type = "tanglegate-device-watch";
  const topic = "tanglegate/field/readings/meter/+";
  const publish = (point: string, value: number | null, over = {}) =>
    gateway.publish(`tanglegate/field/readings/meter/${point}`, {
      specversion: "1.0",
      data: reading(point, value, over),
    });

  test("readings of the chosen points become messages", async () => {
    await load({type, points: "voltageL1", sendFirst: false});
    await gateway.subscribed(topic);
    const out = nextMessage(helper.getNode("out"));
    await publish("voltageL2", 1);
    await publish("voltageL1", 229);
    expect(await out).toMatchObject({topic: "meter/voltageL1", payload: 229, reading: {unit: "V", quality: "good"}});
  });

  test("values that are known at the start come first", async () => {
    await load({type, points: "voltageL2", sendFirst: true});
    expect(await nextMessage(helper.getNode("out"))).toMatchObject({payload: 231});
  });

  test("the number of an enumeration comes with its word", async () => {
    gateway.points.push({
      name: "state",
      unit: null,
      writable: false,
      type: "uint16",
      description: null,
      values: {"6": "Execute"},
    });
    gateway.readings.set("state", reading("state", 6));
    await load({type, points: "state"});
    expect(await nextMessage(helper.getNode("out"))).toMatchObject({payload: 6, text: "Execute"});
  });

  test("only changes past the deadband pass, and only good values", async () => {
    await load({type, points: "", sendFirst: false, onlyChanges: true, deadband: "1", onlyGood: true});
    await gateway.subscribed(topic);
    const values: unknown[] = [];
    const last = new Promise<void>((resolve) =>
      helper.getNode("out")!.on("input", ({payload}) => {
        values.push(payload);
        if (payload === 99) resolve();
      }),
    );
    for (const value of [10, 10.5, 11, 11.5]) await publish("voltageL1", value);
    await publish("voltageL1", null, {quality: "bad"});
    await publish("voltageL1", 99);
    await last;
    expect(values).toEqual([10, 11.5, 99]);
  });

  test("a broken event is not a reading", async () => {
    await load({type, points: "", sendFirst: false});
    await gateway.subscribed(topic);
    const out = nextMessage(helper.getNode("out"));
    await gateway.publish("tanglegate/field/readings/meter/voltageL1", Buffer.from("{no json"));
    await publish("voltageL1", 5);
    expect(await out).toMatchObject({payload: 5});
  });

  test("closing ends the subscription: nothing comes any more", async () => {
    await load({type, points: "", sendFirst: false});
    await gateway.subscribed(topic);
    let count = 0;
    helper.getNode("out")!.on("input", () => count++);
    await node()!.close(false);
    await publish("voltageL1", 5);
    expect(count).toBe(0);
  });
});

describe("the dialogs ask", () => {
  const request = () => helper.request();

  test("for profiles, devices and points", async () => {
    gateway.profiles.push({name: "eastron-sdm630", manufacturer: "Eastron", model: "SDM630"} as never);
    await load({type: "tanglegate-device-read"});
    await statusOf(node(), ({fill}) => fill === "green");
    expect((await request().get("/tanglegate/gateways/gw/profiles")).body).toMatchObject([{name: "eastron-sdm630"}]);
    expect((await request().get("/tanglegate/gateways/gw/devices")).body).toMatchObject([{id: "meter"}]);
    expect((await request().get("/tanglegate/devices/dev/points")).body).toMatchObject({points: [{name: "voltageL1"}]});
    expect((await request().get("/tanglegate/devices/nobody/points")).body).toEqual({points: [], methods: []});
  });

  test("for a live test, with the saved password in place of its mask", async () => {
    gateway.testAnswer = {...gateway.testAnswer, readings: [reading("voltageL1", 230)]};
    await load({type: "tanglegate-device-read"});
    const form = {
      device: "press",
      protocol: "opc-ua",
      endpoint: "opc.tcp://127.0.0.1:48400",
      security: "None",
      user: "operator",
      profile: "plant-packaging-machine",
    };
    const answer = await request().post("/tanglegate/gateways/gw/test").send({form, password: "__PWRD__", node: "dev"});
    expect(answer).toMatchObject({status: 200, body: {isReachable: true, readings: [{value: 230}]}});
    expect(gateway.requests.at(-1)!.body).toMatchObject({definition: {connection: {password: "plant-demo"}}});
  });

  test("and hear in words what is wrong with the form", async () => {
    await load({type: "tanglegate-device-read"});
    const form = {device: "press", protocol: "modbus-tcp", host: "", port: 502, unitId: 1, profile: "x"};
    const answer = await request().post("/tanglegate/gateways/gw/test").send({form});
    expect(answer.status).toBe(400);
    expect((answer.body as {message: string}).message).toContain('Field "host"');
  });

  test("a gateway that is not deployed and not this editor's own cannot be asked", async () => {
    await load({type: "tanglegate-device-read"});
    const answer = await request().get("/tanglegate/gateways/new/profiles?url=http://other.example");
    expect(answer.status).toBe(409);
  });
});
