import {expect, test} from "@jest/globals";
import type {DeviceStatus, Reading} from "../../src/client/index.ts";
import {createManualClock} from "../../src/clock.ts";
import type {Device} from "../../src/field/device.ts";
import {createReporter} from "../../src/field/reporter.ts";
import type {Uplink} from "../../src/field/uplink.ts";
import {silentLog} from "../../src/log.ts";
import {createSeededRandom} from "../../src/random.ts";

const samples = [{point: "p", quality: "good", value: 1, reason: null, sourceTimeMs: 0}] as const;

function setUp() {
  const clock = createManualClock();
  const sent: {topic: string; data: Reading & DeviceStatus}[] = [];
  let connected: () => void = () => undefined;
  const uplink = {
    publish: (topic: string, payload: string) => sent.push({topic, data: JSON.parse(payload).data}),
    onConnected: (listener: () => void) => {
      connected = listener;
    },
  } as unknown as Uplink;
  let reading = {
    device: "d",
    point: "p",
    value: 1,
    unit: null,
    quality: "good",
    reason: null,
    sourceTime: "2026-01-01T00:00:00Z",
  };
  let state = "connected";
  const device = {
    reading: () => reading,
    readings: () => [reading],
    status: () => ({id: "d", name: "d", address: "x", state, reason: null}),
  } as unknown as Device;
  const reporter = createReporter(
    {uplink, clock, random: createSeededRandom(1), log: silentLog, onStatus: () => undefined},
    () => [device],
  );
  return {
    clock,
    reporter,
    device,
    connected: () => connected(),
    change: (fields: object, next = state) => {
      reading = {...reading, ...fields};
      state = next;
    },
    taken: (kind: "readings" | "status") => {
      const found = sent.filter(({topic}) => topic.startsWith(`tanglegate/field/${kind}/`)).map(({data}) => data);
      sent.splice(0);
      return found;
    },
  };
}

test("a reading is told when it changes, and otherwise every 10 s", async () => {
  const {clock, reporter, device, change, taken} = setUp();
  reporter.onValues(device, samples);
  reporter.onValues(device, samples);
  expect(taken("readings")).toHaveLength(1);
  change({value: 2});
  reporter.onValues(device, samples);
  expect(taken("readings")).toMatchObject([{value: 2}]);
  await clock.advance(9_999);
  reporter.onValues(device, samples);
  expect(taken("readings")).toEqual([]);
  await clock.advance(1);
  reporter.onValues(device, samples);
  expect(taken("readings")).toHaveLength(1);
});

test("a new time alone is no change; a new quality is one", () => {
  const {reporter, device, change, taken} = setUp();
  reporter.onValues(device, samples);
  taken("readings");
  change({sourceTime: "2026-01-01T00:00:01Z"});
  reporter.onValues(device, samples);
  expect(taken("readings")).toEqual([]);
  change({quality: "stale", reason: "old"});
  reporter.onValues(device, samples);
  expect(taken("readings")).toMatchObject([{quality: "stale"}]);
});

test("what grows old by itself is found within a second", async () => {
  const {clock, reporter, change, taken} = setUp();
  await reporter.start();
  await clock.advance(1_000);
  expect(taken("readings")).toHaveLength(1);
  change({quality: "stale"}, "stale");
  await clock.advance(1_000);
  expect(taken("status")).toMatchObject([{state: "stale"}]);
  await reporter.stop();
  change({quality: "good"});
  await clock.advance(5_000);
  expect(taken("readings")).toEqual([]);
});

test("a broker that comes back is told everything again", () => {
  const {reporter, device, connected, taken} = setUp();
  reporter.onValues(device, samples);
  reporter.onLink(device);
  taken("readings");
  connected();
  reporter.onValues(device, samples);
  expect(taken("readings")).toHaveLength(1);
});
