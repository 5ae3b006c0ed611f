import {describe, expect, test} from "@jest/globals";
import type {DeviceStatus, GatewayStatus, MachineVerdict} from "../../src/client/index.ts";
import {needsOf} from "../../src/console/pages/overview/headline.ts";

const status = {
  clock: {isSynchronised: true, source: "ntp", uncertaintyMs: 3},
  node: {isHealthy: true, because: null},
  audit: {because: null},
  field: {state: "running", devices: 1, faults: 0},
} as unknown as GatewayStatus;
const verdict = {machine: "press", broken: null} as unknown as MachineVerdict;
const device = {id: "m", name: "Meter", state: "connected", reason: null, remedy: null} as unknown as DeviceStatus;
const kinds = (facts: {status?: object; verdicts?: object[]; devices?: object[]}) =>
  needsOf({
    status: {...status, ...facts.status} as GatewayStatus,
    verdicts: (facts.verdicts ?? [verdict]) as MachineVerdict[],
    devices: (facts.devices ?? [device]) as DeviceStatus[],
  }).map(({kind}) => kind);

describe("what needs a person", () => {
  test("is nothing when all is well", () => expect(kinds({})).toEqual([]));
  test.each([
    ["a broken log", {verdicts: [{...verdict, broken: {seq: 3, because: "x"}}]}, "broken"],
    ["a trail that takes nothing", {status: {audit: {because: "full"}}}, "audit-stopped"],
    ["a node out of step", {status: {node: {isHealthy: false, because: "x"}}}, "node"],
    ["a silent field process", {status: {field: {state: "unreachable"}}}, "field-gone"],
    ["a device in fault", {devices: [{...device, state: "fault"}]}, "device"],
    ["a silent device", {devices: [{...device, state: "stale"}]}, "device"],
    ["a clock nobody set", {status: {clock: {isSynchronised: false}}}, "clock"],
  ] as const)("is %s", (_, facts, kind) => expect(kinds(facts as never)).toEqual([kind]));
  test("is not a device that still connects", () =>
    expect(kinds({devices: [{...device, state: "connecting"}]})).toEqual([]));
  test("is the broken log first", () =>
    expect(
      kinds({verdicts: [{...verdict, broken: {seq: 3, because: "x"}}], devices: [{...device, state: "fault"}]})[0],
    ).toBe("broken"));
});
