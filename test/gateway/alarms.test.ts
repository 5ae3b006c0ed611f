import {mkdtempSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";
import type {AlarmCondition, AlarmEvent, DeviceStatus} from "../../src/client/index.ts";
import {createManualClock, type ManualClock} from "../../src/clock.ts";
import {
  type ActiveAlarms,
  ALARMS_MAX,
  acknowledgeAlarm,
  advanceAlarms,
  HOLD_MS,
  listAlarms,
} from "../../src/gateway/alarm-rules.ts";
import {clockSource, expirySource, fieldSource, LASTING_MS, nodeSource} from "../../src/gateway/alarm-sources.ts";
import {type AlarmSource, createAlarms} from "../../src/gateway/alarms.ts";
import {silentLog} from "../../src/log.ts";

const BEN = {actor: "user:ben", role: "reviewer"};
const condition = (id: string, changes: Partial<AlarmCondition> = {}): AlarmCondition => ({
  id,
  severity: "warning",
  source: {kind: "part", name: "audit"},
  sentence: "It is so.",
  remedy: "Do this.",
  ...changes,
});

describe("an alarm", () => {
  /** Plays what holds at each time (ms), and tells what happened. */
  const play = (steps: readonly (readonly [number, readonly AlarmCondition[], (readonly string[])?])[]) => {
    let active: ActiveAlarms = new Map();
    const told: string[] = [];
    for (const [nowMs, conditions, silent = []] of steps) {
      const advance = advanceAlarms(active, {conditions, silent, nowMs});
      active = advance.active;
      told.push(...advance.events.map(({what, alarm}) => `${nowMs} ${what} ${alarm.id}`));
    }
    return {told, active};
  };
  const a = condition("audit/a");

  test("is raised once while its condition holds, and ends when that has been gone for a while", () => {
    const {told} = play([
      [0, [a]],
      [5, [a]],
      [10, []],
      [5 + HOLD_MS - 1, []],
      [5 + HOLD_MS, []],
      [6 + HOLD_MS, []],
    ]);
    expect(told).toEqual(["0 raised audit/a", `${5 + HOLD_MS} ended audit/a`]);
  });

  test("does not flicker with its condition", () => {
    const steps = Array.from({length: 100}, (_, i) => [i * 5_000, i % 2 === 0 ? [a] : []] as const);
    expect(play(steps).told).toEqual(["0 raised audit/a"]);
  });

  test("stays while nobody can say whether it has ended", () => {
    const {told} = play([
      [0, [a]],
      [HOLD_MS, [], ["audit"]],
      [2 * HOLD_MS, [], ["audit"]],
      [2 * HOLD_MS + 1, []],
    ]);
    expect(told).toEqual(["0 raised audit/a"]);
  });

  test("that gets worse is told, and must be taken note of anew", () => {
    const first = advanceAlarms(new Map(), {conditions: [a], silent: [], nowMs: 0});
    const noted = acknowledgeAlarm(first.active, {id: a.id, by: "user:ben", nowMs: 1})!;
    const worse = advanceAlarms(noted.active, {conditions: [{...a, severity: "alarm"}], silent: [], nowMs: 2});
    expect(worse.events).toMatchObject([
      {what: "changed", alarm: {severity: "alarm", acknowledged: null, since: "1970-01-01T00:00:00.000Z"}},
    ]);
    const better = advanceAlarms(noted.active, {conditions: [{...a, sentence: "Less."}], silent: [], nowMs: 2});
    expect(better.events).toEqual([]);
    expect(listAlarms(better.active)).toMatchObject([{sentence: "Less.", acknowledged: {by: "user:ben"}}]);
  });

  test("is taken note of once: the first stays", () => {
    const {active} = play([[0, [a]]]);
    const first = acknowledgeAlarm(active, {id: a.id, by: "user:ben", nowMs: 1})!;
    const second = acknowledgeAlarm(first.active, {id: a.id, by: "user:rita", nowMs: 2})!;
    expect(first.event).toMatchObject({what: "acknowledged"});
    expect(second).toMatchObject({event: null, alarm: {acknowledged: {by: "user:ben"}}});
    expect(acknowledgeAlarm(active, {id: "none", by: "user:ben", nowMs: 1})).toBeNull();
  });

  test("finds room before warnings when there is too much, and what found none is counted", () => {
    const many = Array.from({length: ALARMS_MAX}, (_, i) => condition(`field/${i}`));
    const worst = condition("audit/worst", {severity: "alarm"});
    const {active, dropped} = advanceAlarms(new Map(), {conditions: [...many, worst], silent: [], nowMs: 0});
    expect(active.size).toBe(ALARMS_MAX);
    expect(active.has("audit/worst")).toBe(true);
    expect(dropped).toBe(1);
  });

  test("comes in the list before warnings, the oldest first", () => {
    const {active} = play([
      [0, [condition("x/late")]],
      [1, [condition("x/late"), condition("x/b", {severity: "alarm"})]],
      [2, [condition("x/late"), condition("x/b", {severity: "alarm"}), condition("x/a", {severity: "alarm"})]],
    ]);
    expect(listAlarms(active).map(({id}) => id)).toEqual(["x/b", "x/a", "x/late"]);
  });
});

describe("the alarms of a gateway", () => {
  let folder: string;
  let clock: ManualClock;
  let holds: AlarmCondition[];
  let fails: boolean;
  let recorded: {what: string; id: string; by: string | null; skipped: number}[];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "tanglegate-alarms-"));
    clock = createManualClock();
    holds = [];
    fails = false;
    recorded = [];
  });
  afterEach(() => rmSync(folder, {recursive: true}));
  const make = (record?: () => Promise<void>) => {
    const source: AlarmSource = {
      name: "audit",
      conditions: async () => {
        if (fails) throw new Error("The part is away.");
        return holds;
      },
    };
    return createAlarms(path.join(folder, "alarms.json"), {
      clock,
      log: silentLog,
      sources: [source],
      record:
        record ??
        (async ({what, alarm}, {by, skipped}) => {
          recorded.push({what, id: alarm.id, by: by === null ? null : `${by.role} ${by.actor}`, skipped});
        }),
    });
  };

  test("are told and recorded when they come, are taken note of, and go", async () => {
    const alarms = make();
    const heard: AlarmEvent[] = [];
    alarms.onEvent((event) => heard.push(event));
    holds = [condition("audit/a")];
    await alarms.look();
    await alarms.acknowledge("audit/a", BEN);
    holds = [];
    clock.jump(HOLD_MS);
    await alarms.look();
    expect(heard.map(({what}) => what)).toEqual(["raised", "acknowledged", "ended"]);
    expect(recorded).toEqual([
      {what: "raised", id: "audit/a", by: null, skipped: 0},
      {what: "acknowledged", id: "audit/a", by: "reviewer user:ben", skipped: 0},
      {what: "ended", id: "audit/a", by: null, skipped: 0},
    ]);
    expect(alarms.list()).toEqual([]);
  });

  test("stay when their part cannot be asked", async () => {
    const alarms = make();
    holds = [condition("audit/a")];
    await alarms.look();
    fails = true;
    clock.jump(2 * HOLD_MS);
    await alarms.look();
    expect(alarms.list()).toHaveLength(1);
  });

  test("are neither raised again nor forgotten by a restart", async () => {
    holds = [condition("audit/a")];
    const first = make();
    await first.look();
    await first.acknowledge("audit/a", BEN);
    const second = make();
    await second.start();
    await second.stop();
    expect(second.list()).toMatchObject([{id: "audit/a", acknowledged: {by: "user:ben"}}]);
    expect(recorded.map(({what}) => what)).toEqual(["raised", "acknowledged"]);
  });

  test("write a bounded number of entries an hour, and say how many were left out", async () => {
    const alarms = make();
    holds = Array.from({length: 200}, (_, i) => condition(`audit/${i}`));
    await alarms.look();
    expect(recorded).toHaveLength(120);
    await clock.advance(3_600_001);
    holds = [...holds, condition("audit/new")];
    await alarms.look();
    expect(recorded.at(-1)).toEqual({what: "raised", id: "audit/new", by: null, skipped: 80});
  });

  test("come although the audit trail takes no entry", async () => {
    const alarms = make(async () => {
      throw new Error("The disk is full.");
    });
    holds = [condition("audit/not-accepting", {severity: "alarm"})];
    await alarms.look();
    expect(alarms.list()).toHaveLength(1);
  });

  test("of which none is active cannot be taken note of", async () => {
    await expect(make().acknowledge("audit/a", BEN)).rejects.toMatchObject({code: "gateway/not-found"});
  });
});

describe("a part says", () => {
  const ids = async (source: AlarmSource) => (await source.conditions()).map(({id, severity}) => `${severity} ${id}`);

  test("that the node is not well once that has lasted", async () => {
    const clock = createManualClock();
    let isHealthy = false;
    const source = nodeSource(() => ({isHealthy, because: "No milestone comes."}), clock);
    expect(await ids(source)).toEqual([]);
    await clock.advance(LASTING_MS.node);
    expect(await ids(source)).toEqual(["alarm node/unhealthy"]);
    isHealthy = true;
    expect(await ids(source)).toEqual([]);
    isHealthy = false;
    expect(await ids(source)).toEqual([]);
  });

  test("that the clock is not synchronised once that has lasted", async () => {
    const clock = createManualClock();
    const source = clockSource(() => ({isSynchronised: false, source: "none", uncertaintyMs: null}), clock);
    expect(await ids(source)).toEqual([]);
    await clock.advance(LASTING_MS.clock);
    expect(await ids(source)).toEqual(["warning clock/unsynchronised"]);
  });

  const device = (id: string, state: DeviceStatus["state"]): DeviceStatus => ({
    id,
    name: id,
    protocol: "modbus-tcp",
    address: "10.0.0.7:502",
    profile: null,
    state,
    reason: "It does not answer.",
    remedy: "Check the cable.",
    lastGoodMs: null,
    requests: 0,
    failures: 0,
    points: [],
    definedBy: "console",
    faultCode: null,
    link: {seconds: 300, requests: 0, failures: 0, successRate: null, medianMs: null, lastMs: null},
  });

  test("which devices are bad for long, and keeps that while the field process is away", async () => {
    const clock = createManualClock();
    let devices: readonly DeviceStatus[] | null = [
      device("meter", "fault"),
      device("pump", "stale"),
      device("fan", "connected"),
    ];
    const source = fieldSource(async () => devices, clock);
    expect(await ids(source)).toEqual([]);
    await clock.advance(LASTING_MS.device);
    const bad = ["alarm field/device/meter", "warning field/device/pump"];
    expect(await ids(source)).toEqual(bad);
    devices = null;
    await clock.advance(10_000);
    expect(await ids(source)).toEqual(bad);
    await clock.advance(LASTING_MS.field);
    expect(await ids(source)).toEqual([...bad, "alarm field/unreachable"]);
    devices = [device("meter", "connected"), device("pump", "fault")];
    await clock.advance(10_000);
    expect(await ids(source)).toEqual(["alarm field/device/pump"]);
  });

  test.each([
    ["in a year", 365, []],
    ["in 15 days", 15, []],
    ["in 13 days", 13, ["warning expiry/token/line-7"]],
    ["yesterday", -1, ["alarm expiry/token/line-7"]],
    ["long ago", -31, []],
  ])("that a token ends %s", async (_, days, wanted) => {
    const clock = createManualClock();
    const expiresAt = new Date(clock.now() + days * 86_400_000).toISOString();
    const source = expirySource(
      () => [
        {kind: "token", name: "line-7", expiresAt, remedy: "Make a new one."},
        {kind: "certificate", name: "ever", expiresAt: null, remedy: ""},
      ],
      clock,
    );
    expect(await ids(source)).toEqual(wanted);
  });
});
