// The flows that ship: complete, tidy, without secrets, and true to the demo site's devices and profiles.

import {readdirSync, readFileSync} from "node:fs";
import path from "node:path";
import {describe, expect, test} from "@jest/globals";
import {loadConfig} from "../../src/config/index.ts";
import {PALETTE, ROOT, readPaletteNodes} from "../support/palette.ts";

interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly z?: string;
  readonly g?: string;
  readonly name?: string;
  readonly label?: string;
  readonly x?: number;
  readonly y?: number;
  readonly w?: number;
  readonly h?: number;
  readonly wires?: readonly (readonly string[])[];
  readonly nodes?: readonly string[];
  readonly links?: readonly string[];
  readonly [property: string]: unknown;
}

const FLOWS = path.join(ROOT, "flows");
const files = readdirSync(FLOWS).sort();
const flows = files.map(
  (file) => [file, JSON.parse(readFileSync(path.join(FLOWS, file), "utf8")) as FlowNode[]] as const,
);
const CORE = [
  "tab",
  "group",
  "comment",
  "inject",
  "debug",
  "function",
  "switch",
  "change",
  "catch",
  "delay",
  "link in",
  "link out",
];
const palette = new Map(readPaletteNodes().map((node) => [node.type, node.definition]));
const demoDevices = loadConfig("/nowhere", {}).config.field.devices as {id: string; profile: string}[];

test("every node type of ours has an example", () => {
  const examples = flows.filter(([file]) => /^\d\d - .+\.json$/.test(file));
  const used = new Set(examples.flatMap(([, nodes]) => nodes.map(({type}) => type)));
  expect(Object.keys(PALETTE.nodes).filter((type) => !used.has(type))).toEqual([]);
  expect(files.filter((file) => !/^\d\d - /.test(file))).toEqual(["demo.json", "starter.json"]);
});

test("the numbers of the examples are in order, each once", () => {
  const numbers = files.filter((file) => /^\d/.test(file)).map((file) => Number(file.slice(0, 2)));
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
});

describe.each(flows)("%s", (_file, nodes) => {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const placed = nodes.filter(({x, type}) => x !== undefined && type !== "group");

  test("has only nodes that are offered, each id once", () => {
    expect(byId.size).toBe(nodes.length);
    expect(nodes.filter(({type}) => !palette.has(type) && !CORE.includes(type))).toEqual([]);
  });

  test("has wires and links that lead to its own nodes", () => {
    for (const {wires = [], links = [], z} of nodes) {
      for (const target of wires.flat()) expect(byId.get(target)?.z).toBe(z);
      for (const target of links) expect(byId.has(target)).toBe(true);
    }
  });

  test("names every node, and puts each into a group with a name", () => {
    expect(placed.filter(({name}) => !name)).toEqual([]);
    expect(placed.filter(({g}) => byId.get(g ?? "")?.type !== "group")).toEqual([]);
    for (const group of nodes.filter(({type}) => type === "group")) {
      expect(group.name).toBeTruthy();
      expect(
        placed
          .filter(({g}) => g === group.id)
          .map(({id}) => id)
          .sort(),
      ).toEqual([...group.nodes!].sort());
    }
    for (const tab of nodes.filter(({type}) => type === "tab")) expect([tab.label, tab.info].every(Boolean)).toBe(true);
  });

  test("draws nodes inside of their groups and none upon another", () => {
    for (const node of placed) {
      const group = byId.get(node.g!)!;
      expect(node.x!).toBeGreaterThan(group.x!);
      expect(node.x!).toBeLessThan(group.x! + group.w!);
      expect(node.y! - 15).toBeGreaterThan(group.y!);
      expect(node.y! + 15).toBeLessThanOrEqual(group.y! + group.h!);
      const near = placed.filter(
        (other) =>
          other !== node &&
          other.z === node.z &&
          Math.abs(other.y! - node.y!) < 40 &&
          Math.abs(other.x! - node.x!) < 80,
      );
      expect([node.name, near.map(({name}) => name)]).toEqual([node.name, []]);
    }
    const groups = nodes.filter(({type}) => type === "group");
    for (const group of groups) {
      const over = groups.filter(
        (other) =>
          other !== group && other.z === group.z && group.y! < other.y! + other.h! && other.y! < group.y! + group.h!,
      );
      expect(over).toEqual([]);
    }
  });

  test("fills every form so that its dialog accepts it", () => {
    for (const node of nodes) {
      const definition = palette.get(node.type);
      if (definition === undefined) continue;
      for (const [name, {validate, required, type}] of Object.entries(definition.defaults)) {
        expect([node.name, name, name in node]).toEqual([node.name, name, true]);
        if (required) expect([node.name, name, node[name]]).not.toEqual([node.name, name, ""]);
        if (type !== undefined) expect(byId.get(String(node[name]))?.type).toBe(type);
        if (validate !== undefined) {
          expect([node.name, name, validate.call({...node, _: definition._}, node[name])]).toEqual([
            node.name,
            name,
            true,
          ]);
        }
      }
    }
  });

  test("holds no secret and no address of a site", () => {
    const text = JSON.stringify(nodes);
    expect(text).not.toMatch(/credentials|password|token|192\.168|plant-demo/i);
    for (const {type, url} of nodes) if (type === "tanglegate-gateway") expect(url).toBe("");
  });

  test("hears of what fails", () => {
    for (const tab of nodes.filter(({type}) => type === "tab")) {
      const own = nodes.filter(({z}) => z === tab.id);
      const canFail = own.some(({type}) => type === "tanglegate-device-write" || type === "tanglegate-audit-append");
      expect([tab.label, !canFail || own.some(({type}) => type === "catch")]).toEqual([tab.label, true]);
    }
  });

  test("uses devices of the demo site, and points and methods that their profiles have", () => {
    for (const node of nodes) {
      if (!node.type.startsWith("tanglegate-device-")) continue;
      const device = byId.get(String(node.device))!;
      const {profile} = demoDevices.find(({id}) => id === device.device)!;
      const {points, methods = []} = JSON.parse(
        readFileSync(path.join(ROOT, "src/fieldbus/profiles", `${profile}.json`), "utf8"),
      ) as {points: {name: string}[]; methods?: {name: string}[]};
      const isWritten = node.pointsType === undefined || node.pointsType === "points";
      const named = [...(isWritten ? String(node.points ?? "").split(",") : []), String(node.point ?? "")];
      for (const name of named.map((part) => part.trim()).filter(Boolean)) {
        expect([profile, points.map((point) => point.name)]).toEqual([profile, expect.arrayContaining([name])]);
      }
      if (node.methodType === "str" && node.method) {
        expect(methods.map(({name}) => name)).toContain(node.method);
      }
    }
  });

  test("has functions that compile", () => {
    for (const {type, func} of nodes) {
      if (type === "function") expect(() => new Function("msg", "flow", "node", String(func))).not.toThrow();
    }
  });
});

describe("the demo's flow", () => {
  const demo = flows.find(([file]) => file === "demo.json")![1];

  test("knows all three machines and uses every node type", () => {
    const types = new Set(demo.map(({type}) => type));
    expect(Object.keys(PALETTE.nodes).filter((type) => !types.has(type))).toEqual([]);
    const used = new Set(demo.map(({device}) => demo.find(({id}) => id === device)?.device).filter(Boolean));
    expect([...used].sort()).toEqual(demoDevices.map(({id}) => id).sort());
  });

  test("defines no device: the gateway's configuration does", () => {
    expect(demo.filter(({type, mode}) => type === "tanglegate-device" && mode !== "existing")).toEqual([]);
  });

  test("explains itself: each page has comments", () => {
    for (const tab of demo.filter(({type}) => type === "tab")) {
      expect(demo.filter(({type, z}) => type === "comment" && z === tab.id).length).toBeGreaterThan(0);
    }
  });
});
