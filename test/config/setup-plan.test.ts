import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {describe, expect, test} from "@jest/globals";
import {
  carryOutSetup,
  loadConfig,
  type PlannedFile,
  planSetup,
  readSetupPlan,
  SITE_NAME_RULE,
  setupSteps,
} from "../../src/config/index.ts";

const DAY = "2026-11-20";
const NAME = "press-shop.example.org";
const USERS: PlannedFile = {path: "gateway/users.json", text: '{"users":["anna"]}'};

const newHome = () => mkdtempSync(path.join(tmpdir(), "tanglegate-setup-"));

function demoHome(): string {
  const home = newHome();
  for (const folder of ["gateway", "field", "node-red", "plant", "pm2", "logs"]) mkdirSync(path.join(home, folder));
  writeFileSync(path.join(home, "network.json"), "demo network");
  writeFileSync(path.join(home, "credentials.txt"), "demo password");
  writeFileSync(path.join(home, "gateway", "keys.json"), "demo keys");
  writeFileSync(path.join(home, "gateway", "users.json"), "demo users");
  writeFileSync(path.join(home, "field", "devices.json"), "demo devices");
  return home;
}

/** Every file below a folder with its text. */
function contentsOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(folder, file), readFileSync(file, "utf8")]),
  );
}

const plan = (home: string, name = NAME, files: readonly PlannedFile[] = [USERS]) =>
  planSetup(home, {name, files, day: DAY});

test("a plan sets the demo aside as it was, and the site begins with its name and what it brings along", () => {
  const home = demoHome();
  const before = contentsOf(home);
  plan(home);
  carryOutSetup(home);
  expect(contentsOf(path.join(home, `demo-${DAY}`))).toEqual(before);
  const {config, isDemo} = loadConfig(home, {});
  expect(isDemo).toBe(false);
  expect(config.site.name).toBe(NAME);
  expect(readFileSync(path.join(home, "gateway", "users.json"), "utf8")).toBe(USERS.text);
  expect(existsSync(path.join(home, "network.json"))).toBe(false);
  expect(existsSync(path.join(home, "gateway", "keys.json"))).toBe(false);
  expect(readSetupPlan(home)).toBeNull();
});

test("a home where nothing ever ran becomes a site, and nothing is set aside", () => {
  const home = newHome();
  plan(home);
  carryOutSetup(home);
  expect(loadConfig(home, {}).config.site.name).toBe(NAME);
  expect(readdirSync(home).sort()).toEqual(["gateway", "gateway.yaml"]);
});

describe("interrupted after any step and begun again, it ends as the new site with all of the demo kept:", () => {
  const steps = (home: string) => [...setupSteps(home, readSetupPlan(home)!)];
  const sample = demoHome();
  plan(sample);
  const count = steps(sample).length;

  test.each(Array.from({length: count}, (_, done) => done))("after %i steps", (done) => {
    for (const makeFolders of [false, true]) {
      const home = demoHome();
      const before = contentsOf(home);
      plan(home);
      const walk = setupSteps(home, readSetupPlan(home)!);
      for (let step = 0; step < done; step++) walk.next();
      // A start makes its folders before it looks for a plan.
      if (makeFolders) {
        for (const folder of ["gateway", "field", "node-red"]) mkdirSync(path.join(home, folder), {recursive: true});
      }
      carryOutSetup(home);
      expect(contentsOf(path.join(home, `demo-${DAY}`))).toEqual(before);
      expect(loadConfig(home, {}).config.site.name).toBe(NAME);
      expect(readFileSync(path.join(home, "gateway", "users.json"), "utf8")).toBe(USERS.text);
      expect(readSetupPlan(home)).toBeNull();
    }
  });

  test("twice interrupted", () => {
    for (let first = 0; first < count; first++) {
      const home = demoHome();
      const before = contentsOf(home);
      plan(home);
      for (const last of [first, Math.max(0, count - 2)]) {
        const walk = setupSteps(home, readSetupPlan(home)!);
        for (let step = 0; step < last; step++) walk.next();
      }
      carryOutSetup(home);
      expect(contentsOf(path.join(home, `demo-${DAY}`))).toEqual(before);
    }
  });

  test("a plan that was only half written never was: the home is the demo", () => {
    const home = demoHome();
    writeFileSync(path.join(home, "setup-plan.json.new"), '{"version":1,"site');
    expect(carryOutSetup(home)).toBeNull();
    expect(loadConfig(home, {}).isDemo).toBe(true);
  });
});

test.each(["", "Press-Shop", "-shop", "press shop", "a".repeat(64), "../home", "shop\nplant: {enabled: true}"])(
  "%p is no name of a site",
  (name) => {
    const home = demoHome();
    expect(() => plan(home, name)).toThrow(/1 to 63/);
    expect(new RegExp(SITE_NAME_RULE.pattern).test(name)).toBe(false);
    expect(readSetupPlan(home)).toBeNull();
  },
);

test("the demo's own name is refused", () => {
  expect(() => plan(demoHome(), "demo.gateway.local")).toThrow(/demo's name/);
});

test("a site is not set up twice, and a plan that waits is not replaced", () => {
  const home = demoHome();
  plan(home);
  expect(() => plan(home, "another.example.org")).toThrow(/already/);
  carryOutSetup(home);
  expect(() => plan(home, "another.example.org")).toThrow(/another folder/);
});

test("two demos of one day are set aside under two names", () => {
  const home = demoHome();
  mkdirSync(path.join(home, `demo-${DAY}`));
  expect(plan(home).setAside).toBe(`demo-${DAY}-2`);
});

test("a plan that names a file outside its few is refused, and nothing is touched", () => {
  const home = demoHome();
  plan(home);
  const file = path.join(home, "setup-plan.json");
  writeFileSync(file, readFileSync(file, "utf8").replace("gateway/users.json", "../users.json"));
  expect(() => carryOutSetup(home)).toThrow(/setup-plan.json/);
  expect(existsSync(path.join(home, "network.json"))).toBe(true);
});
