import {readFile} from "node:fs/promises";
import path from "node:path";
import {describe, expect, test} from "@jest/globals";
import {BUILT_IN_PROFILES, parseProfile, readProfiles, registerMap} from "../../src/fieldbus/index.ts";

const profile = (changes: object = {}) => ({
  format: "tanglegate-profile/v1",
  name: "maker-model",
  manufacturer: "Maker",
  model: "Model",
  sources: ["the maker's manual, version 1"],
  protocol: "modbus",
  wordOrder: "big",
  points: [{name: "power", table: "holding", address: 0, type: "int16", unit: "W"}],
  ...changes,
});
const pointOf = (changes: object) => profile({points: [{...profile().points[0], ...changes}]});

test("every built-in profile is valid and bears the name of its file", async () => {
  const {profiles, faults} = await readProfiles(BUILT_IN_PROFILES);
  expect(faults).toEqual([]);
  expect(profiles.map((entry) => entry.name)).toEqual(
    expect.arrayContaining(["eastron-sdm120", "eastron-sdm630", "sunspec-inverter"]),
  );
  for (const entry of profiles) {
    await expect(readFile(path.join(BUILT_IN_PROFILES, `${entry.name}.json`), "utf8")).resolves.toContain(entry.model);
  }
});

test("a base address is added to every point and check", async () => {
  const {profiles} = await readProfiles(BUILT_IN_PROFILES);
  const map = registerMap(profiles.find((entry) => entry.name === "sunspec-inverter") as never, []);
  // SunSpec model 1 at 40002, 103 at 40070, 160 at 40122: power is offset 14 of model 103.
  expect(map.points.find((point) => point.name === "W")).toMatchObject({address: 40_084, notAvailable: [0x8000n]});
  expect(map.identify[0]).toMatchObject({address: 40_000, value: 0x53756e53});
});

describe("a profile is refused with the place and the reason", () => {
  test.each<[string, unknown, RegExp]>([
    ["an unknown setting", profile({wordorder: "big"}), /wordorder: there is no such setting/],
    ["an unknown setting of a point", pointOf({adress: 4}), /points\.0\.adress: there is no such setting/],
    ["a wrong type", pointOf({address: "0"}), /points\.0\.address/],
    ["a printed address past the table", pointOf({address: 70_000}), /points\.0\.address/],
    ["another format", profile({format: "tanglegate-profile/v2"}), /format/],
    ["no source", profile({sources: []}), /sources/],
    ["a name twice", profile({points: [profile().points[0], profile().points[0]]}), /"power" is there twice/],
    ["a scale factor that is no point", pointOf({scaleFactor: "W_SF"}), /not a point of type sunssf/],
    ["a string without a length", pointOf({type: "string"}), /length/],
    ["a bool in a register table", pointOf({type: "bool"}), /holds registers/],
    ["a register type in a bit table", pointOf({table: "coil"}), /holds bool/],
    ["a writable input register", pointOf({table: "input", access: "read-write"}), /read-only/],
    ["a factor of 0", pointOf({factor: 0}), /factor/],
    ["more registers than the protocol allows", profile({constraints: {maxRegisters: 126}}), /maxRegisters/],
  ])("%s", (_, value, reason) => {
    expect(() => parseProfile(JSON.stringify(value), "file.json")).toThrow(reason);
  });
  test("text that is not JSON", () => {
    expect(() => parseProfile("{", "file.json")).toThrow(expect.objectContaining({code: "fieldbus/profile-invalid"}));
  });
});

describe("points of a person", () => {
  const custom = {name: "power", table: "holding", address: 5, type: "float32"} as const;
  test("take the place of the profile's point of the same name", () => {
    const map = registerMap(parseProfile(JSON.stringify(profile()), "f") as never, [custom]);
    expect(map.points).toHaveLength(1);
    expect(map.points[0]).toMatchObject({address: 5, count: 2, access: "read"});
  });
  test.each([
    ["an unknown type", {type: "float"}, /type: one of/],
    ["a string without a length", {type: "string"}, /length/],
    ["past the last register", {address: 65_535}, /address/],
    ["a factor of 0", {factor: 0}, /factor/],
    ["a writable input register", {table: "input", writable: true}, /read-only/],
    ["a bool in registers", {type: "bool"}, /type/],
  ] as const)("%s", (_, changes, reason) => {
    expect(() => registerMap(null, [{...custom, ...changes}])).toThrow(reason);
  });
});
