import {mkdtempSync, readFileSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {describe, expect, test} from "@jest/globals";
import {loadConfig, settingsTable} from "../../src/config/index.ts";

function homeWith(yaml: string | null): string {
  const home = mkdtempSync(path.join(tmpdir(), "tanglegate-config-"));
  if (yaml !== null) writeFileSync(path.join(home, "gateway.yaml"), yaml);
  return home;
}

const load = (yaml: string | null, environment: Record<string, string> = {}) => loadConfig(homeWith(yaml), environment);

test("an empty gateway.yaml gives the defaults, without the simulated site", () => {
  const {config, isDemo} = load("");
  expect(isDemo).toBe(false);
  expect(config.rest).toEqual({host: "127.0.0.1", port: 14265});
  expect(config.plant.enabled).toBe(false);
  expect(config.field.devices).toEqual([]);
});

test("without gateway.yaml the demo runs with its three devices", () => {
  const {config, isDemo} = load(null);
  expect(isDemo).toBe(true);
  expect(config.plant.enabled).toBe(true);
  expect(config.field.devices.map((device) => device.id)).toEqual(["main-meter", "solar-inverter", "packaging-1"]);
});

test("the demo's devices follow the plant to another port", () => {
  const {config} = load(null, {TANGLEGATE_PLANT_MODBUS_PORT: "25020"});
  expect(config.plant.modbus_port).toBe(25020);
  expect(config.field.devices[0]).toMatchObject({connection: {port: 25020}});
});

test("the environment goes before the file", () => {
  const {config} = load("rest:\n  port: 1000\nnode_red:\n  enabled: true\n", {
    TANGLEGATE_REST_PORT: "2000",
    TANGLEGATE_NODE_RED_ENABLED: "false",
  });
  expect(config.rest.port).toBe(2000);
  expect(config.node_red.enabled).toBe(false);
});

test("a secret in the environment is no setting", () => {
  const secrets = {TANGLEGATE_FIELD_TOKEN: "a", TANGLEGATE_NODE_RED_TOKEN: "b", TANGLEGATE_PLANT_PASSWORD: "c"};
  expect(() => load("", secrets)).not.toThrow();
});

describe("a wrong setting is named:", () => {
  const cases: readonly (readonly [string, string, Record<string, string>, RegExp])[] = [
    ["an unknown key", "rest:\n  prot: 1\n", {}, /no setting rest\.prot.*rest\.port/],
    ["an unknown section", "nodered:\n  port: 1\n", {}, /no setting nodered.*node_red/],
    ["a wrong type", "rest:\n  port: many\n", {}, /rest\.port/],
    ["a value out of its limits", "node:\n  milestone_interval_ms: 5\n", {}, /node\.milestone_interval_ms/],
    ["a wrong environment variable", "", {TANGLEGATE_REST_PORT: "abc"}, /rest\.port.*TANGLEGATE_REST_PORT/],
    ["an unknown environment variable", "", {TANGLEGATE_REST_PROT: "1"}, /TANGLEGATE_REST_PROT.*TANGLEGATE_REST_PORT/],
    ["a section that is no section", "rest: 5\n", {}, /rest/],
    ["a file that is a list", "- rest\n", {}, /must hold sections/],
    ["text that is not YAML", "rest: {\n", {}, /not YAML/],
  ];
  test.each(cases)("%s", (_, yaml, environment, message) => {
    expect(() => load(yaml, environment)).toThrow(message);
  });
});

test("the README lists every setting as the schema has it", () => {
  const readme = readFileSync(path.join(import.meta.dirname, "../../README.md"), "utf8");
  expect(readme).toContain(settingsTable());
});
