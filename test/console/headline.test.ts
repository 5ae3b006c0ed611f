import {describe, expect, test} from "@jest/globals";
import type {Alarm, DeviceStatus, GatewayStatus, MachineVerdict} from "../../src/client/index.ts";
import {isSerious, needsOf} from "../../src/console/pages/overview/headline.ts";

const status = {
  clock: {isSynchronised: true, source: "ntp", uncertaintyMs: 3},
  node: {isHealthy: true, because: null},
  audit: {because: null},
  field: {state: "running", devices: 1, faults: 0},
} as unknown as GatewayStatus;
const verdict = {machine: "press", broken: null} as unknown as MachineVerdict;
const device = {id: "m", name: "Meter", state: "connected", reason: null, remedy: null} as unknown as DeviceStatus;
const broken = {...verdict, broken: {seq: 3, because: "x"}};
const alarm = (id: string, severity: Alarm["severity"] = "alarm") => ({id, severity}) as Alarm;

interface Given {
  status?: object;
  alarms?: Alarm[];
  verdicts?: object[];
  devices?: object[];
}
const needs = (facts: Given) =>
  needsOf({
    status: {...status, ...facts.status} as GatewayStatus,
    alarms: facts.alarms ?? [],
    verdicts: (facts.verdicts ?? [verdict]) as MachineVerdict[],
    devices: (facts.devices ?? [device]) as DeviceStatus[],
  });
const kinds = (facts: Given) => needs(facts).map(({kind}) => kind);

// Each trouble, what the overview calls it at once, and the alarm that the gateway makes of it when it lasts.
const TROUBLES = [
  ["a broken log", {verdicts: [broken]}, "broken", "audit/broken/press"],
  ["a trail that takes nothing", {status: {audit: {because: "full"}}}, "audit-stopped", "audit/not-accepting"],
  ["a node out of step", {status: {node: {isHealthy: false, because: "x"}}}, "node", "node/unhealthy"],
  ["a silent field process", {status: {field: {state: "unreachable"}}}, "field-gone", "field/unreachable"],
  ["a device in fault", {devices: [{...device, state: "fault"}]}, "device", "field/device/m"],
  ["a silent device", {devices: [{...device, state: "stale"}]}, "device", "field/device/m"],
  ["a clock nobody set", {status: {clock: {isSynchronised: false}}}, "clock", "clock/unsynchronised"],
] as const;

describe("what needs a person", () => {
  test("is nothing when all is well", () => expect(kinds({})).toEqual([]));
  test.each(TROUBLES)("is %s, before it is an alarm", (_, facts, kind, _id) =>
    expect(kinds(facts as never)).toEqual([kind]),
  );
  test.each(TROUBLES)("says %s once when it is an alarm", (_, facts, _kind, id) =>
    expect(kinds({...(facts as object), alarms: [alarm(id)]})).toEqual(["alarm"]),
  );
  test("is an alarm of which the page knows nothing else", () =>
    expect(kinds({alarms: [alarm("audit/disk-nearly-full")]})).toEqual(["alarm"]));
  test("is not hidden by the alarm of another device", () =>
    expect(kinds({alarms: [alarm("field/device/n")], devices: [{...device, state: "fault"}]})).toEqual([
      "alarm",
      "device",
    ]));
  test("is not a device that still connects", () =>
    expect(kinds({devices: [{...device, state: "connecting"}]})).toEqual([]));
  test("is the broken log before the device", () =>
    expect(kinds({verdicts: [broken], devices: [{...device, state: "fault"}]})[0]).toBe("broken"));
  test("is what cannot wait before warnings, whoever says it", () =>
    expect(kinds({alarms: [alarm("expiry/token/a", "warning")], devices: [{...device, state: "fault"}]})).toEqual([
      "device",
      "alarm",
    ]));
});

test("a warning, a silent device and a clock can wait; everything else cannot", () => {
  const waiting = needs({
    alarms: [alarm("expiry/token/a", "warning")],
    devices: [{...device, state: "stale"}],
    status: {clock: {isSynchronised: false}},
  });
  expect(waiting.map(isSerious)).toEqual([false, false, false]);
  const urgent = needs({alarms: [alarm("node/unhealthy")], verdicts: [broken], devices: [{...device, state: "fault"}]});
  expect(urgent.map(isSerious)).toEqual([true, true, true]);
});
