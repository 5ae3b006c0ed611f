import {describe, expect, test} from "@jest/globals";
import type {MachineVerdict} from "../../src/client/index.ts";
import {changeOf, factsOf, personOf, sentenceOf, typeWords} from "../../src/console/pages/audit/entry-words.ts";
import {headlineOf, inOrderOfConcern} from "../../src/console/pages/audit/headline.ts";
import {byMachine, chosenAfter, covers, runsIn, runsOf, runsText} from "../../src/console/pages/audit/ranges.ts";

describe("the headline", () => {
  const verdict = (changes: Partial<MachineVerdict>): MachineVerdict => ({
    machine: "press-7",
    state: "verified",
    entries: 100,
    anchoredEntries: 100,
    lastAnchor: {milestoneIndex: 5, time: "2026-11-25T14:02:00.000Z", blockId: "0x"},
    broken: null,
    lastEntryTime: null,
    checkedAt: "2026-11-25T12:00:00.000Z",
    unchecked: null,
    ...changes,
  });
  const broken = verdict({
    machine: "mixer-2",
    state: "broken",
    broken: {seq: 12, because: "", differs: "changed", lastGoodAnchor: null, remedy: ""},
  });
  const unchecked = verdict({
    machine: "oven-1",
    unchecked: {why: "too-old", since: "2026-11-24T00:00:00.000Z", because: "disk"},
  });
  const never = verdict({machine: "oven-2", unchecked: {why: "unreadable", since: null, because: "start"}});
  const fresh = verdict({machine: "oven-3", unchecked: {why: "not-yet", since: null, because: "new"}});
  const waiting = verdict({machine: "a", state: "waiting", anchoredEntries: 97});
  const cases: [name: string, verdicts: readonly MachineVerdict[], told: object][] = [
    ["nothing recorded", [], {kind: "empty"}],
    ["broken comes before all", [waiting, unchecked, broken], {kind: "broken", machine: "mixer-2", seq: 12, others: 0}],
    [
      "not checked comes before waiting, and says the oldest",
      [waiting, unchecked],
      {kind: "unchecked", machine: "oven-1", machines: 1, since: "2026-11-24T00:00:00.000Z"},
    ],
    [
      "never is older than any time",
      [unchecked, never],
      {kind: "unchecked", machine: "oven-1", machines: 2, since: null},
    ],
    [
      "a check that comes by itself is no concern",
      [fresh],
      {kind: "verified", entries: 100, lastAnchor: "2026-11-25T14:02:00.000Z"},
    ],
    ["what waits is counted", [waiting, verdict({})], {kind: "waiting", machines: 1, entries: 200, waiting: 3}],
    [
      "well: the newest anchor",
      [
        verdict({}),
        verdict({machine: "b", lastAnchor: {milestoneIndex: 6, time: "2026-11-25T14:03:00.000Z", blockId: "0x"}}),
      ],
      {kind: "verified", entries: 200, lastAnchor: "2026-11-25T14:03:00.000Z"},
    ],
  ];
  test.each(cases)("%s", (_name, verdicts, told) => expect(headlineOf(verdicts)).toEqual(told));

  test("machines that need somebody are listed first, and waiting moves nobody", () => {
    const names = inOrderOfConcern([verdict({machine: "z"}), waiting, unchecked, broken, verdict({machine: "0"})]);
    expect(names.map(({machine}) => machine)).toEqual(["mixer-2", "oven-1", "0", "a", "z"]);
  });
});

describe("an entry in words", () => {
  const entry = (type: string, subject: string | null = null, body: Record<string, unknown> | null = {}) => ({
    type,
    subject,
    body,
  });
  const cases: [entry: Parameters<typeof sentenceOf>[0], en: string, de: string][] = [
    [
      entry("parameter-change", "setTemperature"),
      "Parameter changed: set temperature",
      "Parameter geändert: set temperature",
    ],
    [entry("user-added", "dora"), "User added: dora", "Benutzer angelegt: dora"],
    [entry("batch-end", "B-4711"), "Batch ended: B-4711", "Charge beendet: B-4711"],
    [entry("critical.recipe-swap", "Recipe 12"), "Recipe swap: Recipe 12", "Recipe swap: Recipe 12"],
    [entry("tool_worn"), "Tool worn", "Tool worn"],
    [entry("toString"), "ToString", "ToString"],
    [
      entry("review", null, {
        kind: "reviewed",
        entries: [
          [3, 3],
          [7, 9],
        ],
      }),
      "Reviewed: entries 3, 7–9",
      "Durchgesehen: Einträge 3, 7–9",
    ],
    [entry("review", null, {kind: "handover", entries: [[3, 3]]}), "Handed over: entry 3", "Übergeben: Eintrag 3"],
    [entry("review", null, {kind: "valueOf", entries: [[3, 3]]}), "Review", "Durchsicht"],
    [entry("review-plan", null, {everyDays: 30}), "Review planned every 30 days", "Durchsicht geplant alle 30 Tage"],
    [entry("review-plan", null, {everyDays: 0}), "Review plan ended", "Plan der Durchsicht beendet"],
    [entry("redaction", null, {entries: [[5, 5]]}), "Content removed: entry 5", "Inhalt entfernt: Eintrag 5"],
    [entry("redaction", null, null), "Content removed", "Inhalt entfernt"],
  ];
  test.each(cases)("%j", (given, en, de) => {
    expect(sentenceOf(given, "en")).toBe(en);
    expect(sentenceOf(given, "de")).toBe(de);
  });

  test("old and new have their unit and the language's figures", () => {
    const change = {old: 1180.5, new: 1185, unit: "°C"};
    expect(changeOf({change}, "de")).toEqual({old: "1.180,5\u202f°C", new: "1.185\u202f°C"});
    expect(changeOf({change: {old: null, new: true, unit: null}}, "en")).toEqual({old: null, new: "on"});
  });

  test("an entry that names neither value is no change", () => {
    expect(changeOf({change: null}, "en")).toBeNull();
    expect(changeOf({change: {old: null, new: null, unit: null}}, "en")).toBeNull();
  });

  test("an entry without a change tells its first facts, with their unit", () => {
    const body = {
      importTotal: 1204.5,
      state: "on grid",
      unit: "kWh",
      nested: {a: 1},
      reason: "hourly",
      third: 3,
      fourth: 4,
    };
    expect(factsOf({change: null, body}, "en")).toEqual([
      "import total 1,204.5\u202fkWh",
      "state on grid",
      "third 3\u202fkWh",
    ]);
    expect(factsOf({change: null, body: {comment: "Compared."}}, "en")).toEqual(["Compared."]);
    expect(factsOf({change: null, body: null}, "en")).toEqual([]);
  });

  test("a person has a name and a role; programs are no people", () => {
    expect(personOf({actor: "user:anna", actorRole: "maintainer"}, "de")).toEqual({
      name: "anna",
      role: "Instandhalter",
    });
    expect(personOf({actor: "user:anna", actorRole: null}, "en")).toEqual({name: "anna", role: null});
    expect(personOf({actor: "token:line-7", actorRole: null}, "en")).toEqual({name: "line-7", role: "program"});
    expect(personOf({actor: "Anna", actorRole: "shift lead"}, "en")).toEqual({name: "Anna", role: "shift lead"});
  });

  test("a type that is a word of every object has no words of its own", () => {
    expect(typeWords("constructor", "en")).toBe("Constructor");
  });
});

describe("chosen entries", () => {
  test("numbers become runs, once each", () => {
    expect(runsOf([9, 3, 7, 8, 3])).toEqual([
      [3, 3],
      [7, 9],
    ]);
    expect(runsText(runsOf([9, 3, 7, 8]))).toBe("3, 7–9");
    expect(
      byMachine([
        {machine: "b", seq: 2},
        {machine: "a", seq: 5},
        {machine: "b", seq: 1},
      ]),
    ).toEqual([
      {machine: "b", runs: [[1, 2]]},
      {machine: "a", runs: [[5, 5]]},
    ]);
  });

  test("a body that names no runs names none", () => {
    for (const entries of [undefined, [], [1, 2], [[1]], [["1", "2"]]]) expect(runsIn({entries})).toBeNull();
    expect(covers(runsIn({entries: [[1, 3]]})!, 3)).toBe(true);
    expect(covers([[1, 3]], 4)).toBe(false);
  });

  test("with shift everything between is as the clicked one becomes", () => {
    const keys = ["a", "b", "c", "d"];
    const first = chosenAfter(new Set(), {keys, key: "b", anchor: null, isRange: false});
    const range = chosenAfter(first, {keys, key: "d", anchor: "b", isRange: true});
    expect([...range].sort()).toEqual(["b", "c", "d"]);
    expect([...chosenAfter(range, {keys, key: "c", anchor: "d", isRange: true})]).toEqual(["b"]);
    // The one that was clicked before is not in the list any more.
    expect([...chosenAfter(new Set(), {keys, key: "c", anchor: "gone", isRange: true})]).toEqual(["c"]);
  });
});
