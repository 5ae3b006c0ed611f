import {describe, expect, test} from "@jest/globals";
import {
  BUILT_IN_PROFILES,
  type OpcUaMethod,
  type OpcUaObject,
  type OpcUaVariable,
  readProfiles,
} from "../../src/fieldbus/index.ts";
import {createMachine, type MachineCommand} from "../../src/plant/machine.ts";
import {MACHINE_NAMESPACE, machineObject, machineValues} from "../../src/plant/machine-nodes.ts";
import {PACKML_STATE_NUMBERS} from "../../src/plant/packml.ts";

const asked: MachineCommand[] = [];
const root = machineObject((wish) => {
  asked.push(wish);
  return {kind: "done", machine: createMachine()};
});

function walk(object: OpcUaObject, path: string): (readonly [string, OpcUaVariable | OpcUaMethod])[] {
  return object.children.flatMap((child) => {
    const name = `${path}.${child.name}`;
    if (child.kind === "object") return walk(child, name);
    return child.kind === "alarm" ? [] : [[name, child] as const];
  });
}

const nodes = new Map(walk(root, root.name));

describe("the machine's nodes", () => {
  test("every published value has its variable, of its type", () => {
    for (const [name, value] of Object.entries(machineValues(createMachine()))) {
      const node = nodes.get(name);
      expect(node?.kind).toBe("variable");
      const type = (node as OpcUaVariable).type;
      expect([name, typeof value]).toEqual([
        name,
        type === "Boolean" ? "boolean" : type === "String" ? "string" : "number",
      ]);
    }
  });

  test("every variable that can change is published", () => {
    const published = new Set(Object.keys(machineValues(createMachine())));
    const silent = [...nodes]
      .filter(([name, node]) => node.kind === "variable" && !published.has(name))
      .map(([name]) => name);
    expect(silent.filter((name) => !name.includes(".Identification."))).toEqual([
      "PackagingMachine.Status.UnitModeCurrent",
    ]);
  });

  test("the built-in profile names nodes that exist, with their access, units and words", async () => {
    const {profiles, faults} = await readProfiles(BUILT_IN_PROFILES);
    expect(faults).toEqual([]);
    const profile = profiles.find(({name}) => name === "plant-packaging-machine");
    if (profile?.protocol !== "opc-ua") throw new Error("the profile is missing");
    const prefix = `nsu=${MACHINE_NAMESPACE};s=`;
    for (const point of profile.points) {
      const node = nodes.get(point.nodeId.slice(prefix.length)) as OpcUaVariable;
      expect([point.name, point.nodeId.startsWith(prefix), node?.kind]).toEqual([point.name, true, "variable"]);
      expect([point.name, point.access]).toEqual([point.name, node.write === undefined ? "read" : "read-write"]);
      expect([point.name, point.unit ?? null]).toEqual([point.name, node.unit?.symbol ?? null]);
    }
    for (const method of profile.methods) {
      expect(method.objectId).toBe(`${prefix}${root.name}`);
      expect(nodes.get(method.methodId.slice(prefix.length))?.kind).toBe("method");
    }
    const words = profile.points.find(({name}) => name === "state")!.values!;
    expect(Object.fromEntries(Object.entries(words).map(([number, word]) => [word, Number(number)]))).toEqual(
      PACKML_STATE_NUMBERS,
    );
  });

  test("methods and set-points ask the machine", () => {
    (nodes.get("PackagingMachine.Stop") as OpcUaMethod).call([]);
    (nodes.get("PackagingMachine.SetMachSpeed") as OpcUaMethod).call([90]);
    (nodes.get("PackagingMachine.Sealing.SetTemperature") as OpcUaVariable).write!(150);
    expect(asked).toEqual([
      {kind: "packml", command: "Stop"},
      {kind: "set-speed", value: 90},
      {kind: "set-seal-temperature", value: 150},
    ]);
    expect((nodes.get("PackagingMachine.SetMachSpeed") as OpcUaMethod).call(["fast"])).toBe("BadInvalidArgument");
  });
});
