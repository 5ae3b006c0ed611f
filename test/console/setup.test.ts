import {describe, expect, test} from "@jest/globals";
import {GATEWAY_MACHINE, type MachineVerdict} from "../../src/client/index.ts";
import {
  type Look,
  nameProblem,
  OWN_LOG,
  type Phase,
  phaseAfter,
  proofStage,
} from "../../src/console/pages/setup/rules.ts";

const rule = {
  siteName: "demo.gateway.local",
  nameRule: {pattern: "^[a-z0-9][a-z0-9.-]{0,62}$", maxLength: 63, sentence: "1 to 63 of a-z, 0-9, dot and hyphen"},
};

describe("the name of a site", () => {
  test.each(["press-shop.example.org", "a", "4th-floor", "a".repeat(63)])("%s will do", (name) =>
    expect(nameProblem(name, rule)).toBeNull(),
  );
  test.each([
    ["", "empty"],
    ["demo.gateway.local", "demo"],
    ["a".repeat(64), "too-long"],
    ["Press-Shop", "capitals"],
    ["-shop", "start"],
    [".shop", "start"],
    ["press shop", "characters"],
    ["presswerk-süd", "characters"],
  ] as const)("%j is %s", (name, problem) => expect(nameProblem(name, rule)).toBe(problem));
  test("is refused by a rule of which the page knows nothing", () =>
    expect(nameProblem("shop", {...rule, nameRule: {...rule.nameRule, pattern: "^plant-"}})).toBe("rule"));
});

describe("the new start", () => {
  const run = (...looks: Look[]) => looks.reduce<Phase>(phaseAfter, "ending");
  test("has not begun while the demo answers", () => expect(run("same-session", "same-session")).toBe("ending"));
  test("lasts while nothing answers", () => expect(run("same-session", "silent", "silent")).toBe("starting"));
  test("is over when somebody answers who does not know the session, also when the silence was missed", () => {
    expect(run("silent", "other-session")).toBe("up");
    expect(run("same-session", "other-session")).toBe("up");
  });
  test("is over when the session outlived it", () => expect(run("silent", "same-session")).toBe("up"));
  test("is over once", () => expect(run("silent", "other-session", "silent")).toBe("up"));
});

describe("the first proof", () => {
  test("is that of the gateway's own log", () => expect(OWN_LOG).toBe(GATEWAY_MACHINE));
  const verdict = (more: object) =>
    ({entries: 3, broken: null, lastAnchor: null, ...more}) as unknown as MachineVerdict;
  test.each([
    [undefined, "nothing"],
    [verdict({entries: 0}), "nothing"],
    [verdict({}), "written"],
    [verdict({lastAnchor: {milestoneIndex: 2}}), "proven"],
    [verdict({lastAnchor: {milestoneIndex: 2}, broken: {seq: 1}}), "broken"],
  ] as const)("of %j is %s", (of, stage) => expect(proofStage(of)).toBe(stage));
});
