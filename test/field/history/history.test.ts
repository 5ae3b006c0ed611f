import {mkdtemp, readdir, rm, writeFile} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import type {PointDescription, Reading} from "../../../src/client/index.ts";
import {createManualClock, type ManualClock} from "../../../src/clock.ts";
import type {Device} from "../../../src/field/device.ts";
import {createBatchFile} from "../../../src/field/history/batch-file.ts";
import {ANSWER_POINTS_MAX, createHistory, type History, WRITE_MS} from "../../../src/field/history/history.ts";
import {NUMERIC_MAX} from "../../../src/field/history/series.ts";
import {silentLog} from "../../../src/log.ts";
import {until} from "../../support/until.ts";

const START = Date.UTC(2026, 0, 1);
let folder: string;
let clock: ManualClock;
let devices: Device[];
let history: History;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "tanglegate-history-"));
  clock = createManualClock(START);
  devices = [];
});
afterEach(() => rm(folder, {recursive: true, force: true}));

const point = (name: string, type = "float32", values?: Record<string, string>): PointDescription => ({
  name,
  unit: "V",
  writable: false,
  type,
  description: null,
  ...(values === undefined ? {} : {values}),
});

/** A device whose readings are what the test says. */
function device(id: string, points: readonly PointDescription[], readings: Map<string, Partial<Reading>>) {
  const made = {
    definition: {id},
    points,
    point: (name: string) => points.find((known) => known.name === name) ?? null,
    reading: (name: string) => ({value: null, quality: "bad", ...readings.get(name)}),
  } as unknown as Device;
  devices.push(made);
  return made;
}

const open = async () => {
  history = createHistory({file: createBatchFile(folder, silentLog), clock, log: silentLog}, () => devices);
  await history.start();
};
const good = (name: string, value: number | string | boolean) =>
  ({point: name, quality: "good", value, reason: null, sourceTimeMs: 0}) as const;

test("values of a day as columns for a plot, with gaps as gaps", async () => {
  const readings = new Map<string, Partial<Reading>>([["u", {value: 1, quality: "good"}]]);
  const meter = device("meter", [point("u")], readings);
  await open();
  history.noteValues(meter, [good("u", 230)]);
  history.noteValues(meter, [good("u", 232)]);
  await clock.advance(60_000);
  readings.set("u", {value: 1, quality: "stale"});
  await clock.advance(120_000);
  await history.stop();
  const {series, from, to, stepSeconds} = history.of(meter, {from: START / 1_000, maxPoints: 1_440});
  expect({from, to, stepSeconds}).toEqual({from: START / 1_000, to: START / 1_000 + 240, stepSeconds: 60});
  expect(series).toMatchObject([
    {
      point: "u",
      unit: "V",
      times: [0, 1, 2, 3].map((minute) => START / 1_000 + minute * 60),
      max: [232, 1, null, null],
      quality: ["good", "stale", "stale", "stale"],
    },
  ]);
});

test("a point that the server does not send again is what it was, and a switch is its changes", async () => {
  const readings = new Map<string, Partial<Reading>>([["speed", {value: 7, quality: "good"}]]);
  const press = device("press", [point("speed", "opc-ua"), point("state", "opc-ua", {"6": "Execute"})], readings);
  await open();
  history.noteValues(press, [good("state", 6)]);
  readings.set("state", {value: 6, quality: "good"});
  await clock.advance(200_000);
  readings.set("state", {value: 2, quality: "good"});
  await clock.advance(10_000);
  readings.set("state", {value: 2, quality: "stale"});
  await clock.advance(10_000);
  const {series, states} = history.of(press, {maxPoints: 1_440});
  expect(series[0]!.mean).toEqual([7, 7, 7, 7]);
  expect(states).toEqual([
    {point: "state", times: [0, 210, 220].map((at) => START / 1_000 + at), values: ["Execute", "2", null]},
  ]);
  await history.stop();
});

describe("what was written", () => {
  test("is there after a restart, the running minute too; a switch is unknown while nobody looked", async () => {
    const meter = device("meter", [point("u"), point("on", "bool")], new Map());
    await open();
    history.noteValues(meter, [good("u", 230), good("on", true)]);
    history.noteStatus({id: "meter", state: "fault", faultCode: "refused", reason: "r", remedy: "m"} as never);
    await history.stop();
    await clock.advance(600_000);
    await open();
    const {series, states} = history.of(meter, {maxPoints: 1_440});
    expect(series[0]).toMatchObject({mean: [230], count: [1]});
    expect(states[0]!.values).toEqual(["true", null]);
    expect(history.events("meter")).toMatchObject([{state: "fault", faultCode: "refused", reason: "r", remedy: "m"}]);
    await history.stop();
  });
  test("by a process that was killed lacks at most one write's time", async () => {
    const meter = device("meter", [point("u")], new Map([["u", {value: 5, quality: "good" as const}]]));
    const file = createBatchFile(folder, silentLog);
    history = createHistory({file, clock, log: silentLog}, () => devices);
    await history.start();
    await clock.advance(WRITE_MS);
    await until(() => file.bytesWritten > 0);
    await clock.advance(WRITE_MS / 2);
    // No stop: as a kill would leave it.
    const other = createHistory({file: createBatchFile(folder, silentLog), clock, log: silentLog}, () => devices);
    await other.start();
    const known = other.of(meter, {maxPoints: 1_440}).series[0]!.times.length;
    expect(known).toBe(WRITE_MS / 60_000);
    await other.stop();
    await history.stop();
  });
  test("and damaged begins anew instead of stopping the start", async () => {
    const meter = device("meter", [point("u")], new Map());
    await open();
    history.noteValues(meter, [good("u", 230)]);
    await history.stop();
    for (const name of await readdir(folder)) await writeFile(path.join(folder, name), "no journal at all".repeat(50));
    await open();
    expect(history.of(meter, {}).series).toEqual([]);
    history.noteValues(meter, [good("u", 231)]);
    await history.stop();
    await open();
    expect(history.of(meter, {}).series).toMatchObject([{last: [231]}]);
    await history.stop();
  });
  test("could not be, and is written with the next batch", async () => {
    const meter = device("meter", [point("u")], new Map());
    const written: string[] = [];
    let isFull = true;
    const file = {
      bytesWritten: 0,
      open: async () => [],
      append: async (text: string) => {
        if (isFull) throw new Error("full");
        written.push(text);
      },
      close: async () => undefined,
    };
    history = createHistory({file, clock, log: silentLog}, () => devices);
    await history.start();
    history.noteValues(meter, [good("u", 42.5)]);
    await clock.advance(WRITE_MS);
    isFull = false;
    await clock.advance(WRITE_MS);
    expect(written[0]).toContain("42.5");
    await history.stop();
  });
});

test("a clock that is put back leaves growing times and nothing of the future", async () => {
  const meter = device("meter", [point("u")], new Map([["u", {value: 5, quality: "good" as const}]]));
  await open();
  await clock.advance(600_000);
  clock.jump(-300_000);
  await clock.advance(60_000);
  const [series] = history.of(meter, {maxPoints: 1_440}).series;
  expect(series!.times).toEqual([...new Set(series!.times)].sort((a, b) => a - b));
  expect(series!.times.at(-1)!).toBeLessThanOrEqual(clock.now() / 1_000);
  expect(new Set(series!.mean)).toEqual(new Set([5]));
  await history.stop();
});

describe("what has no history is said", () => {
  test("over the bound, without a value yet, and past one answer's points", async () => {
    const names = Array.from({length: NUMERIC_MAX + 1}, (_, index) => point(`p${index}`));
    const big = device("big", [...names, point("node", "opc-ua")], new Map());
    await open();
    history.noteValues(
      big,
      names.map(({name}) => good(name, 1)),
    );
    const reasons = history.of(big, {points: ["p0", `p${NUMERIC_MAX}`, "node"]});
    expect(reasons.series.map(({point: name}) => name)).toEqual(["p0"]);
    expect(reasons.without).toEqual([
      {point: `p${NUMERIC_MAX}`, reason: expect.stringMatching(/holds 400 points/)},
      {point: "node", reason: expect.stringMatching(/no value yet/)},
    ]);
    const all = history.of(big, {});
    expect(all.series).toHaveLength(ANSWER_POINTS_MAX);
    expect(all.without).toHaveLength(NUMERIC_MAX + 2 - ANSWER_POINTS_MAX);
    await history.stop();
  });
  test("a device that is gone gives its place; one that cannot run keeps what it had", async () => {
    const meter = device("meter", [point("u")], new Map());
    await open();
    history.noteValues(meter, [good("u", 1)]);
    devices = [{...meter, points: []} as Device];
    await clock.advance(10_000);
    expect(history.of(meter, {}).series).toHaveLength(1);
    devices = [];
    await clock.advance(10_000);
    expect(history.of(meter, {}).series).toEqual([]);
    await history.stop();
  });
  test.each([
    ["an unknown point", {points: ["none"]}, "field/not-found"],
    ["a span that ends before it begins", {from: START / 1_000, to: START / 1_000 - 60}, "field/invalid"],
  ])("%s is refused", async (_, query, code) => {
    const meter = device("meter", [point("u")], new Map());
    await open();
    expect(() => history.of(meter, query)).toThrow(expect.objectContaining({code}));
    await history.stop();
  });
});
