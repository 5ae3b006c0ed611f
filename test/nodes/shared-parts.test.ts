import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import {createChangeFilter} from "../../nodes/device/change-filter.ts";
import {ASK_EVERY_MS, createDeviceLink, type DeviceLink, type LinkState} from "../../nodes/device/device-link.ts";
import {accessOf} from "../../nodes/gateway/access.ts";
import {eventData} from "../../nodes/gateway/event-data.ts";
import {createEventFeed, type EventFeed, type FeedState, matches} from "../../nodes/gateway/event-feed.ts";
import {utf8} from "../../src/bytes.ts";
import {createGatewayClient, type DeviceDefinition} from "../../src/client/index.ts";
import {createManualClock, type ManualClock} from "../../src/clock.ts";
import {type FakeGateway, reading, startFakeGateway, TOKEN} from "../support/fake-gateway.ts";
import {until} from "../support/until.ts";

describe("which gateway and which token", () => {
  const own = {TANGLEGATE_URL: "http://127.0.0.1:9000", TANGLEGATE_NODE_RED_TOKEN: "scoped"};

  test.each([
    ["nothing is said: the editor's own gateway and token", {}, own, "http://127.0.0.1:9000", "scoped"],
    ["the own address is written out", {url: "http://127.0.0.1:9000/"}, own, "http://127.0.0.1:9000", "scoped"],
    ["another address never gets the editor's token", {url: "http://10.0.0.1"}, own, "http://10.0.0.1", ""],
    ["a token of its own goes along", {url: "http://10.0.0.1", token: "t"}, own, "http://10.0.0.1", "t"],
    ["outside of a gateway: this machine's", {}, {}, "http://127.0.0.1:14265", ""],
  ])("%s", (_rule, form, environment, url, token) => {
    expect(accessOf(form, environment)).toEqual({url, token});
  });
});

describe("a change filter", () => {
  const pass = (rule: object, values: readonly unknown[]) => {
    const passes = createChangeFilter({onlyChanges: true, deadband: 0, onlyGood: false, ...rule});
    return values.filter((value) =>
      passes(value === null ? reading("p", null, {quality: "bad"}) : reading("p", value as never)),
    );
  };

  test.each([
    ["the first value passes, a repeated one does not", {}, [1, 1, 2, 2, 1], [1, 2, 1]],
    ["without the rule every value passes", {onlyChanges: false}, [1, 1, 1], [1, 1, 1]],
    [
      "a number must differ by more than the deadband from the last that passed",
      {deadband: 1},
      [0, 0.6, 1, 1.2, 2.3],
      [0, 1.2, 2.3],
    ],
    ["texts and truth values have no deadband", {deadband: 5}, ["a", "a", "b", true, false], ["a", "b", true, false]],
    ["a loss of quality is a change", {}, [1, null, null, 1], [1, null, 1]],
    ["bad values do not pass when only good ones are wanted", {onlyGood: true}, [1, null, 1, 2], [1, 2]],
  ])("%s", (_rule, rule, values, passed) => {
    expect(pass(rule, values)).toEqual(passed);
  });

  test("keeps points apart", () => {
    const passes = createChangeFilter({onlyChanges: true, deadband: 0, onlyGood: true});
    expect([passes(reading("a", 1)), passes(reading("b", 1)), passes(reading("a", 1))]).toEqual([true, true, false]);
  });
});

test.each([
  ["a/+/c", "a/b/c", true],
  ["a/+", "a/b/c", false],
  ["a/b", "a/b", true],
  ["a/b", "a/c", false],
  ["+/b", "a/b", true],
])("filter %s and topic %s: %s", (filter, topic, expected) => {
  expect(matches(filter, topic)).toBe(expected);
});

test.each(["", "null", "{", "[]", '{"data":null}', '"text"'])("%j is no event with data", (text) => {
  expect(eventData(utf8(text))).toBeNull();
});

describe("with a gateway", () => {
  let gateway: FakeGateway;
  const feeds: EventFeed[] = [];

  beforeEach(async () => {
    gateway = await startFakeGateway();
  });
  afterEach(async () => {
    await Promise.all(feeds.splice(0).map((feed) => feed.stop()));
    await gateway.stop();
  });

  const feedOf = (token = TOKEN, onFault: (error: unknown) => void = () => undefined) => {
    const feed = createEventFeed({url: gateway.url, token}, onFault);
    feeds.push(feed);
    return feed;
  };
  const stateOf = (feed: EventFeed, wanted: FeedState) =>
    new Promise<void>((resolve) => {
      if (feed.state() === wanted) return resolve();
      feed.onState((state) => state === wanted && resolve());
    });

  describe("an event feed", () => {
    test("opens with the first subscription, and listeners share it", async () => {
      const feed = feedOf();
      expect(feed.state()).toBe("idle");
      const heard: string[] = [];
      const end = feed.subscribe("a/b", () => heard.push("first"));
      const got = new Promise<void>((resolve) => {
        feed.subscribe("a/b", () => {
          heard.push("second");
          if (heard.length > 2) resolve();
        });
      });
      await gateway.subscribed("a/b");
      expect(feed.state()).toBe("connected");
      await gateway.publish("a/b", 1);
      await until(() => heard.length === 2);
      end();
      await gateway.publish("a/b", 2);
      await got;
      expect(heard).toEqual(["first", "second", "second"]);
      expect(gateway.subscriptions()).toEqual(["a/b"]);
    });

    test("that was stopped opens no connection any more", async () => {
      const feed = feedOf();
      await feed.stop();
      feed.subscribe("a/b", () => undefined)();
      expect(feed.state()).toBe("closed");
    });

    test("tells of a listener that throws, and goes on", async () => {
      const faults: unknown[] = [];
      const feed = feedOf(TOKEN, (error) => faults.push(error));
      let count = 0;
      feed.subscribe("a/b", () => {
        count += 1;
        throw new Error("bad event");
      });
      await gateway.subscribed("a/b");
      await gateway.publish("a/b", 1);
      await gateway.publish("a/b", 2);
      await until(() => count === 2);
      expect(faults).toEqual([new Error("bad event"), new Error("bad event")]);
    });

    test("with a token that is not known is refused", async () => {
      const feed = feedOf("wrong");
      feed.subscribe("a/b", () => undefined);
      await stateOf(feed, "refused");
    });

    test("makes its subscriptions again after a break", async () => {
      const feed = feedOf();
      feed.subscribe("a/b", () => undefined);
      await gateway.subscribed("a/b");
      const {port} = gateway;
      const broken = stateOf(feed, "connecting");
      await gateway.stop();
      await broken;
      gateway = await startFakeGateway(port);
      await gateway.subscribed("a/b");
      await stateOf(feed, "connected");
    });
  });

  describe("a device link", () => {
    const definition: DeviceDefinition = {
      id: "meter",
      connection: {protocol: "modbus-tcp", host: "h", port: 502, unitId: 1},
      profile: "eastron-sdm630",
    };
    let clock: ManualClock;
    let link: DeviceLink;

    const start = (options: {definition: DeviceDefinition | null} = {definition}) => {
      clock = createManualClock();
      const client = createGatewayClient({url: gateway.url, token: TOKEN});
      link = createDeviceLink({device: "meter", ...options}, {client, feed: feedOf(), clock});
      return link.start();
    };
    const state = (kind: LinkState["kind"]) =>
      new Promise<LinkState>((resolve) => {
        const end = link.onState((next) => {
          if (next.kind !== kind) return;
          queueMicrotask(() => end());
          resolve(next);
        });
      });
    const puts = () => gateway.requests.filter(({method}) => method === "PUT").length;

    afterEach(() => link.stop());

    test("defines its device once and asks for its state again and again", async () => {
      await start();
      await state("connected");
      gateway.device = {...gateway.device, state: "fault", reason: "No answer.", remedy: "Check the cable."};
      await clock.advance(ASK_EVERY_MS);
      expect(await state("fault")).toMatchObject({reason: "No answer. Check the cable."});
      expect(puts()).toBe(1);
    });

    test("defines a device again that was removed behind its back", async () => {
      await start();
      await state("connected");
      gateway.devices.clear();
      await clock.advance(ASK_EVERY_MS);
      await state("unknown");
      await clock.advance(ASK_EVERY_MS);
      await state("connected");
      expect(puts()).toBe(2);
    });

    test("keeps trying while the gateway is away", async () => {
      gateway.refuse("PUT /api/field/v1/devices/meter", 503, "The field process does not answer.");
      await start();
      expect(await state("unreachable")).toMatchObject({reason: "The field process does not answer."});
      gateway.accept("PUT /api/field/v1/devices/meter");
      // At the start it tries again sooner.
      await clock.advance(500);
      await state("connected");
    });

    test.each([
      [400, "invalid"],
      [409, "invalid"],
      [401, "refused"],
      [403, "refused"],
    ] as const)("says so when the definition is answered with %i", async (status, kind) => {
      gateway.refuse("PUT /api/field/v1/devices/meter", status, "The reason.");
      await start();
      expect(await state(kind)).toMatchObject({reason: "The reason."});
    });

    test("waits until its points are described, or ends with its signal", async () => {
      await start({definition: null});
      await state("unknown");
      const ending = new AbortController();
      const waiting = link.whenDescribed(ending.signal);
      ending.abort(new Error("closed"));
      await expect(waiting).rejects.toThrow("closed");
      expect(link.wordOf("state", 6)).toBeNull();
      const second = link.whenDescribed(new AbortController().signal);
      gateway.devices.set("meter", definition);
      gateway.points.push({
        name: "state",
        unit: null,
        writable: false,
        type: "uint16",
        description: null,
        values: {"6": "Execute"},
      });
      await clock.advance(ASK_EVERY_MS);
      await second;
      expect(link.wordOf("state", 6)).toBe("Execute");
      expect(link.wordOf("state", 7)).toBeNull();
      expect(link.wordOf("voltageL1", 6)).toBeNull();
    });
  });
});
