import {afterEach, describe, expect, test} from "@jest/globals";
import {
  BUILT_IN_PROFILES,
  createModbusDevice,
  createModbusServer,
  createProfileBank,
  type ModbusDevice,
  type ModbusProfile,
  parseProfile,
  type RegisterBank,
  readProfiles,
  registerMap,
  type Value,
} from "../../src/fieldbus/index.ts";
import {silentLog} from "../../src/log.ts";
import {client, clock, unitAt} from "./support/modbus.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const profileOf = (points: readonly object[], more: object = {}) =>
  parseProfile(
    JSON.stringify({
      format: "tanglegate-profile/v1",
      name: "test",
      manufacturer: "Tanglegate",
      model: "Test",
      sources: ["this test"],
      protocol: "modbus",
      wordOrder: "big",
      points,
      ...more,
    }),
    "test",
  ) as ModbusProfile;

/** A device with this bank behind it, and how many requests it took. */
async function deviceOn(bank: RegisterBank, profile: ModbusProfile) {
  const server = createModbusServer({host: "127.0.0.1", port: 0, units: new Map([[1, bank]])}, {log: silentLog});
  await server.start();
  cleanups.push(() => server.stop());
  const modbus = client();
  cleanups.push(() => modbus.close());
  const unit = modbus.openUnit(unitAt(server.port, {timeoutMs: 500}));
  return {server, unit, device: createModbusDevice(unit, registerMap(profile, []), clock)};
}

async function valuesOf(device: ModbusDevice, names: readonly string[] | null = null) {
  const {samples, error} = await device.read(names);
  expect(error).toBeNull();
  return Object.fromEntries(samples.map((sample) => [sample.point, sample.value]));
}

const builtIn = async (name: string) => {
  const {profiles} = await readProfiles(BUILT_IN_PROFILES);
  return profiles.find((profile) => profile.name === name) as ModbusProfile;
};

describe("a profile reads the device it describes", () => {
  test("SDM630: 42 values in 3 requests", async () => {
    const profile = await builtIn("eastron-sdm630");
    const numbers = new Map(profile.points.map((point, index) => [point.name, index * 1.5 + 0.25]));
    const bank = createProfileBank({
      map: registerMap(profile, []),
      valueOf: (name) => numbers.get(name) ?? null,
      holes: "zero",
    });
    const {device, unit} = await deviceOn(bank, profile);
    expect(await valuesOf(device)).toEqual(Object.fromEntries(numbers));
    expect(unit.requests).toBe(3);
  });

  test("SunSpec: identified once, scaled by its scale factors, and what is not implemented is bad", async () => {
    const profile = await builtIn("sunspec-inverter");
    const map = registerMap(profile, []);
    const values: Record<string, Value> = {
      Mn: "Tanglegate",
      W: -502.1,
      W_SF: -1,
      PhVphA: 230.5,
      V_SF: -1,
      WH: 123_400,
      WH_SF: 2,
      St: 4,
      mppt1_DCW: 1_250,
      mppt_DCW_SF: 1,
    };
    const fixed = new Map([
      [40_000, 0x5375],
      [40_001, 0x6e53],
      [40_002, 1],
      [40_003, 66],
      [40_070, 103],
      [40_071, 50],
      [40_122, 160],
      [40_123, 48],
    ]);
    const bank = createProfileBank({map, valueOf: (name) => values[name] ?? null, fixed, holes: "zero"});
    const {device, unit} = await deviceOn(bank, profile);
    const {samples, error} = await device.read(null);
    expect(error).toBeNull();
    const byName = new Map(samples.map((sample) => [sample.point, sample]));
    for (const name of ["Mn", "W", "PhVphA", "WH", "St", "mppt1_DCW"]) {
      expect(byName.get(name)).toMatchObject({quality: "good", value: values[name]});
    }
    expect(byName.get("Hz")).toMatchObject({quality: "bad", value: null});
    expect(byName.get("TmpCab")).toMatchObject({quality: "bad", value: null});
    // Three ranges to identify, two to read; then two.
    expect(unit.requests).toBe(5);
    await device.read(null);
    expect(unit.requests).toBe(7);
    expect(await valuesOf(device, ["W"])).toEqual({W: -502.1});
  });

  test("another device at the address is told from the right one", async () => {
    const profile = await builtIn("sunspec-inverter");
    const {device} = await deviceOn({readHolding: (_, count) => Array.from({length: count}, () => 7)}, profile);
    const {samples, error} = await device.read(["W"]);
    expect(error).toMatchObject({code: "fieldbus/wrong-device"});
    expect(error?.message).toMatch(/holding 40000\.\.40001 holds 458759, expected 1400204883: a SunSpec map/);
    expect(samples).toMatchObject([{point: "W", quality: "bad", value: null}]);
  });

  test("an unknown point is an error that names it", async () => {
    const {device} = await deviceOn(
      {readHolding: () => [1]},
      profileOf([{name: "a", table: "holding", address: 0, type: "int16"}]),
    );
    await expect(device.read(["b"])).rejects.toMatchObject({code: "fieldbus/not-found", facts: {point: "b"}});
  });
});

describe("a missing register costs only itself", () => {
  const points = Array.from({length: 10}, (_, address) => ({
    name: `p${address}`,
    table: "holding",
    address,
    type: "uint16",
  }));
  const bank: RegisterBank = {
    readHolding: (address, count) =>
      address <= 4 && address + count > 4 ? {exception: 2} : Array.from({length: count}, (_, index) => address + index),
  };
  test("in the first go all others are read; from then on it takes two requests", async () => {
    const {device, unit} = await deviceOn(bank, profileOf(points));
    const first = await device.read(null);
    expect(first.error).toBeNull();
    expect(first.samples.filter((sample) => sample.quality === "good")).toHaveLength(9);
    expect(first.samples[4]).toMatchObject({
      point: "p4",
      quality: "bad",
      value: null,
      reason: "the device has no holding 4",
    });
    const before = unit.requests;
    await device.read(null);
    expect(unit.requests - before).toBe(2);
  });
});

describe("an error of the link", () => {
  const profile = profileOf([{name: "a", table: "holding", address: 0, type: "int16"}]);
  test("ends the go, and no value is made up", async () => {
    const {device, server} = await deviceOn({readHolding: () => [5]}, profile);
    expect(await valuesOf(device)).toEqual({a: 5});
    server.setFault(1, {kind: "hang"});
    expect(await device.read(null)).toMatchObject({samples: [], error: {code: "fieldbus/timeout"}});
    server.setFault(1, {kind: "drop"});
    expect(await device.read(null)).toMatchObject({samples: [], error: {code: "fieldbus/unavailable"}});
  });
  test("an exception of the device makes its points bad, with the number", async () => {
    const {device, server} = await deviceOn({readHolding: () => [5]}, profile);
    server.setFault(1, {kind: "exception", code: 4});
    const {samples, error} = await device.read(null);
    expect(error).toMatchObject({facts: {exception: 4}});
    expect(samples).toMatchObject([{quality: "bad", value: null, reason: expect.stringMatching(/exception 4/)}]);
  });
  test("garbage is an error, and the next good answer counts again", async () => {
    const {device, server} = await deviceOn({readHolding: () => [5]}, profile);
    server.setFault(1, {kind: "garbage"});
    const {samples, error} = await device.read(null);
    expect(error).not.toBeNull();
    for (const sample of samples) expect(sample.value).toBeNull();
    server.setFault(1, null);
    for (;;) {
      const next = await device.read(null);
      if (next.error === null) {
        expect(next.samples).toMatchObject([{quality: "good", value: 5}]);
        break;
      }
      await clock.sleep(50);
    }
  });
});

describe("a write is verified by reading back", () => {
  const registers = () => {
    const words = [100, 0, 0];
    const written: number[][] = [];
    const bank = (more: Partial<RegisterBank> = {}): RegisterBank => ({
      readHolding: (address, count) => words.slice(address, address + count),
      writeHolding: (address, values) => {
        written.push([...values]);
        for (const [index, value] of values.entries()) words[address + index] = value;
        return null;
      },
      ...more,
    });
    return {words, written, bank};
  };
  const setPoint = {name: "limit", table: "holding", address: 0, type: "uint16", factor: 0.1, access: "read-write"};

  test("with the value before and after", async () => {
    const {bank, written} = registers();
    const {device} = await deviceOn(bank(), profileOf([setPoint]));
    expect(await device.write("limit", 25.5)).toMatchObject({
      isVerified: true,
      previous: {value: 10},
      sample: {value: 25.5},
    });
    expect(written).toEqual([[255]]);
  });
  test("a device that keeps its own value is told", async () => {
    const {bank} = registers();
    const {device} = await deviceOn(bank({writeHolding: () => null}), profileOf([setPoint]));
    expect(await device.write("limit", 25.5)).toMatchObject({isVerified: false, sample: {value: 10}});
  });
  test("a device that shows the value a little later is waited for", async () => {
    const {bank, words} = registers();
    const late: RegisterBank["writeHolding"] = (_, values) => {
      setTimeout(() => {
        words[0] = values[0]!;
      }, 50);
      return null;
    };
    const {device} = await deviceOn(bank({writeHolding: late}), profileOf([setPoint]));
    expect(await device.write("limit", 25.5)).toMatchObject({isVerified: true, sample: {value: 25.5}});
  });
  test("FC 16 is used where the profile knows no FC 6, and where the device does not know it", async () => {
    const {bank, written} = registers();
    const noSingle = profileOf([setPoint], {constraints: {functionCodes: [3, 16]}});
    const first = await deviceOn(bank({functionCodes: [3, 16]}), noSingle);
    expect(await first.device.write("limit", 1)).toMatchObject({isVerified: true});
    const second = await deviceOn(bank({functionCodes: [3, 16]}), profileOf([setPoint]));
    expect(await second.device.write("limit", 2)).toMatchObject({isVerified: true});
    expect(written).toEqual([[10], [20]]);
  });
  test("a coil", async () => {
    const coils = [false];
    const bank: RegisterBank = {
      readCoils: () => [...coils],
      writeCoils: (_, values) => {
        coils[0] = values[0]!;
        return null;
      },
    };
    const {device} = await deviceOn(
      bank,
      profileOf([{name: "on", table: "coil", address: 0, type: "bool", access: "read-write"}]),
    );
    expect(await device.write("on", true)).toMatchObject({
      isVerified: true,
      previous: {value: false},
      sample: {value: true},
    });
  });
  test("a value over several registers, scaled by the device's own scale factor", async () => {
    const {bank, words} = registers();
    words[2] = 0xfffe;
    const scaled = {...setPoint, type: "uint32", factor: 1, scaleFactor: "sf"};
    const {device} = await deviceOn(
      bank(),
      profileOf([scaled, {name: "sf", table: "holding", address: 2, type: "sunssf"}]),
    );
    expect(await device.write("limit", 1_234.56)).toMatchObject({isVerified: true, sample: {value: 1_234.56}});
    expect(words).toEqual([1, 57_920, 0xfffe]);
  });
  test.each<[string, string, Value, object, string]>([
    ["a point that may only be read", "limit", 1, {access: "read"}, "fieldbus/read-only"],
    ["an unknown point", "other", 1, {}, "fieldbus/not-found"],
    ["a text for a number", "limit", "1", {}, "fieldbus/value-type"],
    ["out of range", "limit", 7_000, {}, "fieldbus/value-range"],
    ["between two steps", "limit", 1.23, {}, "fieldbus/value-step"],
  ])("%s is refused before anything is written", async (_, name, value, changes, code) => {
    const {bank, written} = registers();
    const {device} = await deviceOn(bank(), profileOf([{...setPoint, ...changes}]));
    await expect(device.write(name, value)).rejects.toMatchObject({code});
    expect(written).toEqual([]);
  });
  test("an exception of the device is told", async () => {
    const {bank} = registers();
    const {device} = await deviceOn(bank({writeHolding: () => ({exception: 3})}), profileOf([setPoint]));
    await expect(device.write("limit", 1)).rejects.toMatchObject({code: "fieldbus/exception", facts: {exception: 3}});
  });
});
