import {describe, expect, test} from "@jest/globals";
import type {Alarm, AlarmEvent} from "../../src/client/index.ts";
import {titleOf, unnoticed, withEvent} from "../../src/console/alarms.ts";
import {alarmWords, placeOf} from "../../src/console/parts/alarm-words.ts";

const alarm = (id: string, more: Partial<Alarm> = {}): Alarm => ({
  id,
  severity: "alarm",
  source: {kind: "part", name: id.split("/")[0]!},
  sentence: "Something is wrong.",
  remedy: "Mend it.",
  since: "2026-11-20T08:00:00.000Z",
  acknowledged: null,
  ...more,
});
const event = (what: AlarmEvent["what"], of: Alarm): AlarmEvent => ({what, alarm: of, at: of.since});
const noted = {by: "user:anna", at: "2026-11-20T09:00:00.000Z"};
const ids = (alarms: readonly Alarm[]) => alarms.map(({id}) => id);

describe("the list of alarms", () => {
  test("has alarms before warnings and the oldest first, in whatever order they come", () => {
    const late = alarm("node/unhealthy", {since: "2026-11-20T09:00:00.000Z"});
    const warning = alarm("clock/unsynchronised", {severity: "warning", since: "2026-11-19T08:00:00.000Z"});
    const early = alarm("field/unreachable");
    const list = [warning, late, early].reduce<readonly Alarm[]>(
      (all, one) => withEvent(all, event("raised", one)),
      [],
    );
    expect(ids(list)).toEqual(["field/unreachable", "node/unhealthy", "clock/unsynchronised"]);
  });
  test("holds each alarm once, as it was told last", () => {
    const first = alarm("field/device/m", {severity: "warning"});
    const worse = withEvent([first], event("changed", {...first, severity: "alarm"}));
    expect(worse).toEqual([{...first, severity: "alarm"}]);
    expect(withEvent(worse, event("raised", worse[0]!))).toHaveLength(1);
  });
  test("forgets what ended, also when it was never told of", () => {
    expect(withEvent([alarm("a"), alarm("b")], event("ended", alarm("a"))).map(({id}) => id)).toEqual(["b"]);
    expect(withEvent([], event("ended", alarm("a")))).toEqual([]);
  });
});

test("the bell and the title count what nobody took note of", () => {
  const alarms = [alarm("a"), alarm("b", {acknowledged: noted})];
  expect(ids(unnoticed(alarms))).toEqual(["a"]);
  expect(titleOf("press-shop", alarms)).toBe("(1) press-shop · Tanglegate");
  expect(titleOf("press-shop", [alarms[1]!])).toBe("press-shop · Tanglegate");
  expect(titleOf(null, [])).toBe("Tanglegate");
});

describe("the words of an alarm", () => {
  test("are the gateway's own in English", () =>
    expect(alarmWords(alarm("node/unhealthy"), "en", [])).toEqual({
      sentence: "Something is wrong.",
      remedy: "Mend it.",
      detail: null,
    }));
  test.each([
    ["audit/broken/press-7", "alarm", /^Das Protokoll von press-7 ist beschädigt\.$/],
    ["audit/review-overdue/press-7", "warning", /press-7/],
    ["field/device/meter-1", "alarm", /^meter-1 kann nicht gelesen werden\.$/],
    ["field/device/meter-1", "warning", /^meter-1 gibt keine neuen Werte\.$/],
    ["expiry/token/line-7", "warning", /^Das Token line-7 läuft bald ab\.$/],
    ["expiry/certificate/rest", "alarm", /^Das Zertifikat rest ist abgelaufen\.$/],
    ["audit/not-accepting", "alarm", /keine Protokolleinträge/],
    ["clock/unsynchronised", "warning", /Uhr/],
  ] as const)("of %s as %s are German, and the gateway's sentence stays beside them", (id, severity, words) => {
    const said = alarmWords(alarm(id, {severity}), "de", []);
    expect(said.sentence).toMatch(words);
    expect(said.detail).toBe("Something is wrong.");
    expect(said.remedy).not.toBe("Mend it.");
  });
  test("call a device what people call it", () => {
    const device = alarm("field/device/meter-1", {source: {kind: "device", name: "meter-1"}});
    expect(alarmWords(device, "de", [{id: "meter-1", name: "Hauptzähler"}]).sentence).toMatch(/^Hauptzähler kann/);
  });
  test("of a kind that this page does not know are the gateway's own", () =>
    expect(alarmWords(alarm("tariff/late"), "de", [])).toEqual({
      sentence: "Something is wrong.",
      remedy: "Mend it.",
      detail: null,
    }));
});

test.each([
  [alarm("audit/broken/p", {source: {kind: "machine", name: "p"}}), ["audit", "p"]],
  [alarm("field/device/m", {source: {kind: "device", name: "m"}}), ["devices", "m"]],
  [alarm("node/unhealthy"), ["tangle"]],
  [alarm("clock/unsynchronised"), ["settings", "system"]],
  [alarm("expiry/token/line-7"), ["settings", "tokens"]],
  [alarm("tariff/late"), null],
] as const)("the source of $id is on its page", (of, path) => expect(placeOf(of)).toEqual(path));
