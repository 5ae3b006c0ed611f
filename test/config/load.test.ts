import {mkdtempSync, readFileSync, symlinkSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {describe, expect, test} from "@jest/globals";
import {loadConfig, settingsTable, urlOf} from "../../src/config/index.ts";

function homeWith(yaml: string | null): string {
  const home = mkdtempSync(path.join(tmpdir(), "tanglegate-config-"));
  if (yaml !== null) writeFileSync(path.join(home, "gateway.yaml"), yaml);
  return home;
}

const load = (yaml: string | null, environment: Record<string, string> = {}) => loadConfig(homeWith(yaml), environment);

test("an empty gateway.yaml gives the defaults, without the simulated site", () => {
  const {config, isDemo} = load("");
  expect(isDemo).toBe(false);
  expect(config.rest).toEqual({host: "127.0.0.1", port: 14265, tls: "off", tls_cert: "", tls_key: ""});
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
    ["the same with a variable for it", "rest: 5\n", {TANGLEGATE_REST_PORT: "1"}, /rest/],
    ["a switch that is neither on nor off", "", {TANGLEGATE_NODE_RED_ENABLED: "yes"}, /must be true or false/],
    ["a number that is not decimal", "", {TANGLEGATE_REST_PORT: "0x10"}, /rest\.port/],
    ["a host with its port", "rest:\n  host: 127.0.0.1:80\n", {}, /rest\.host.*without http/],
    ["a host in brackets", 'rest:\n  host: "[::1]"\n', {}, /rest\.host.*brackets/],
    [
      "a host that is an address of the web",
      "",
      {TANGLEGATE_REST_HOST: "http://gw"},
      /TANGLEGATE_REST_HOST.*host name/,
    ],
    [
      "a list that is not YAML",
      "",
      {TANGLEGATE_FIELD_DEVICES: "["},
      /TANGLEGATE_FIELD_DEVICES is not YAML|TANGLEGATE_FIELD_DEVICES, line/,
    ],
    ["a file that is a list", "- rest\n", {}, /must hold sections/],
    ["text that is not YAML", "rest: {\n", {}, /not YAML/],
  ];
  test.each(cases)("%s", (_, yaml, environment, message) => {
    expect(() => load(yaml, environment)).toThrow(message);
  });
});

test("a wrong port of the simulated site is named in the demo, too", () => {
  expect(() => load(null, {TANGLEGATE_PLANT_MODBUS_PORT: "many"})).toThrow(
    /plant\.modbus_port.*TANGLEGATE_PLANT_MODBUS_PORT/,
  );
});

test("a gateway.yaml that leads nowhere is an error and no demo", () => {
  const home = homeWith(null);
  symlinkSync(path.join(home, "not-mounted"), path.join(home, "gateway.yaml"));
  expect(() => loadConfig(home, {})).toThrow(/gateway\.yaml cannot be read/);
});

test("a section whose settings are all commented out has its defaults", () => {
  expect(load("rest:\n  # port: 1\nevents:\n  port: 2000\n").config).toMatchObject({
    rest: {port: 14265},
    events: {port: 2000},
  });
});

test("spaces and carriage returns around a variable are not part of it", () => {
  const {config} = load("", {
    TANGLEGATE_REST_PORT: " 2000\r",
    TANGLEGATE_REST_HOST: "::1\r",
    TANGLEGATE_EVENTS_PORT: " ",
  });
  expect(config.rest).toMatchObject({host: "::1", port: 2000});
  expect(config.events.port).toBe(1883);
});

test("devices may come by the environment, as YAML", () => {
  const {config} = load("", {TANGLEGATE_FIELD_DEVICES: '[{"id": "meter"}]'});
  expect(config.field.devices).toEqual([{id: "meter"}]);
});

test.each([
  ["127.0.0.1", "http://127.0.0.1:80"],
  ["0.0.0.0", "http://127.0.0.1:80"],
  ["::", "http://[::1]:80"],
  ["fd00::5", "http://[fd00::5]:80"],
  ["gateway.local", "http://gateway.local:80"],
])("a listener on %s is reached from this machine at %s", (host, url) => {
  expect(urlOf({host, port: 80})).toBe(url);
});

test("the demo's devices find a plant on IPv6", () => {
  const {config} = load(null, {TANGLEGATE_PLANT_HOST: "::1"});
  expect(config.field.devices[2]).toMatchObject({connection: {endpoint: "opc.tcp://[::1]:48400"}});
});

test("the README lists every setting as the schema has it", () => {
  const readme = readFileSync(path.join(import.meta.dirname, "../../README.md"), "utf8");
  expect(readme).toContain(settingsTable());
});
