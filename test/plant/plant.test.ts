import {cp, mkdtemp, readFile, rm, writeFile} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test} from "@jest/globals";
import ModbusRTU from "modbus-serial";
import {AttributeIds, DataType} from "node-opcua";
import {createManualClock, type ManualClock} from "../../src/clock.ts";
import {silentLog} from "../../src/log.ts";
import {createPlant, type Plant, type PlantOptions} from "../../src/plant/plant.ts";
import {meterValue} from "../../src/plant/sdm630.ts";
import {createSite, STEP_MS} from "../../src/plant/site.ts";
import {saveIntervalMs, stepsToMakeUp} from "../../src/plant/state-file.ts";
import {openSession} from "../support/opcua-session.ts";
import {openRawTcp} from "../support/raw-tcp.ts";

// Each case starts an OPC UA server; a busy machine takes its time.
jest.setTimeout(30_000);

const NOW = Date.UTC(2030, 0, 1);
const MIDNIGHT = Date.UTC(2026, 5, 15, 22);
const SEED = 7;
const TOKEN = "a-token-of-this-test";

// Eastron's table, input registers: quantity and address, as in the meter's protocol description.
const SDM630: readonly (readonly [string, number])[] = [
  ["voltageL1", 0],
  ["voltageL2", 2],
  ["voltageL3", 4],
  ["currentL1", 6],
  ["currentL2", 8],
  ["currentL3", 10],
  ["activePowerL1", 12],
  ["activePowerL2", 14],
  ["activePowerL3", 16],
  ["apparentPowerL1", 18],
  ["apparentPowerL2", 20],
  ["apparentPowerL3", 22],
  ["reactivePowerL1", 24],
  ["reactivePowerL2", 26],
  ["reactivePowerL3", 28],
  ["powerFactorL1", 30],
  ["powerFactorL2", 32],
  ["powerFactorL3", 34],
  ["activePowerTotal", 52],
  ["apparentPowerTotal", 56],
  ["reactivePowerTotal", 60],
  ["powerFactorTotal", 62],
  ["phaseAngleTotal", 66],
  ["frequency", 70],
  ["energyImportTotal", 72],
  ["energyExportTotal", 74],
  ["reactiveEnergyImportTotal", 76],
  ["reactiveEnergyExportTotal", 78],
  ["thdVoltageL1", 234],
  ["thdVoltageL2", 236],
  ["thdVoltageL3", 238],
  ["energySumTotal", 342],
  ["reactiveEnergySumTotal", 344],
  ["energyImportL1", 346],
  ["energyImportL2", 348],
  ["energyImportL3", 350],
  ["energyExportL1", 352],
  ["energyExportL2", 354],
  ["energyExportL3", 356],
  ["energySumL1", 358],
  ["energySumL2", 360],
  ["energySumL3", 362],
];

let folder: string;
let clock: ManualClock;
const plants: Plant[] = [];
const clients: ModbusRTU.default[] = [];

const OPTIONS = {
  host: "127.0.0.1",
  modbusPort: 0,
  opcuaPort: 0,
  restPort: 0,
  token: TOKEN,
  seed: SEED,
  speed: 1,
  user: "operator",
  password: "right",
};

async function start(over: Partial<PlantOptions> = {}): Promise<Plant> {
  const plant = createPlant({...OPTIONS, folder, ...over}, {clock, log: silentLog});
  plants.push(plant);
  await plant.start();
  return plant;
}

async function modbus(plant: Plant, unitId: number): Promise<ModbusRTU.default> {
  const client = new ModbusRTU.default();
  clients.push(client);
  await client.connectTCP("127.0.0.1", {port: plant.modbusPort});
  client.setID(unitId);
  client.setTimeout(2000);
  return client;
}

function rest(plant: Plant, route: string, body?: unknown, token = TOKEN): Promise<Response> {
  const headers = {authorization: `Bearer ${token}`, ...(body !== undefined && {"content-type": "application/json"})};
  const request = body === undefined ? {headers} : {method: "POST", headers, body: JSON.stringify(body)};
  return fetch(`http://127.0.0.1:${plant.restPort}${route}`, request);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "plant-"));
});
beforeEach(() => {
  clock = createManualClock(NOW);
});
afterEach(async () => {
  for (const client of clients.splice(0)) await new Promise<void>((resolve) => client.close(() => resolve()));
  for (const plant of plants.splice(0)) await plant.stop();
  await rm(path.join(folder, "state.json"), {force: true});
});
afterAll(() => rm(folder, {recursive: true}));

describe("the meter on unit 1", () => {
  test("every register of the SDM630 reads what the model says", async () => {
    const client = await modbus(await start(), 1);
    // The clock stands still, so the site does.
    const {meter} = createSite({seed: SEED});
    for (const [name, address] of SDM630) {
      const {buffer} = await client.readInputRegisters(address, 2);
      expect([name, buffer.readFloatBE(0)]).toEqual([name, Math.fround(meterValue(meter, name)!)]);
    }
    const block = await client.readInputRegisters(0, 80);
    expect(block.buffer.readFloatBE(140)).toBe(Math.fround(meter.frequencyHz));
    expect(block.buffer.readFloatBE(2 * 36)).toBe(0);
  });

  test("it has the limits of the real one: 80 registers, even counts, no single writes", async () => {
    const client = await modbus(await start(), 1);
    await expect(client.readInputRegisters(0, 82)).rejects.toMatchObject({modbusCode: 3});
    await expect(client.readInputRegisters(0, 3)).rejects.toMatchObject({modbusCode: 3});
    await expect(client.writeRegister(0, 1)).rejects.toMatchObject({modbusCode: 1});
    await expect(client.readInputRegisters(364, 2)).rejects.toMatchObject({modbusCode: 2});
  });
});

describe("the inverter on unit 2", () => {
  const scaled = (raw: number, exponent: number) => raw * 10 ** exponent;
  const walk = async (client: ModbusRTU.default) => {
    const marker = await client.readHoldingRegisters(40_000, 2);
    expect(marker.buffer.toString("latin1")).toBe("SunS");
    const models = new Map<number, Buffer>();
    for (let at = 40_002; ; ) {
      const [id, length] = (await client.readHoldingRegisters(at, 2)).data as [number, number];
      if (id === 0xffff) {
        expect(length).toBe(0);
        await expect(client.readHoldingRegisters(at + 2, 1)).rejects.toMatchObject({modbusCode: 2});
        return models;
      }
      models.set(id, (await client.readHoldingRegisters(at, 2 + length)).buffer);
      at += 2 + length;
    }
  };
  const unsigned = (model: Buffer, offset: number) => model.readUInt16BE(2 * offset);
  const signed = (model: Buffer, offset: number) => model.readInt16BE(2 * offset);

  test("the SunSpec chain has models 1, 103 and 160 with their lengths, then the end", async () => {
    const models = await walk(await modbus(await start(), 2));
    expect([...models].map(([id, model]) => [id, model.length / 2 - 2])).toEqual([
      [1, 66],
      [103, 50],
      [160, 48],
    ]);
    expect(models.get(1)!.subarray(4, 36).toString("latin1").replaceAll("\0", "")).toBe("Tanglegate");
  });

  // Offsets from the models' own id registers, SunSpec model files 103 and 160.
  test("by day it shows power, currents and both strings, scaled", async () => {
    const models = await walk(await modbus(await start(), 2));
    const {inverter, meter} = createSite({seed: SEED});
    const [ac, dc] = [models.get(103)!, models.get(160)!];
    const powerW = (3 * inverter.phaseMw) / 1000;
    expect(Math.abs(scaled(signed(ac, 14), signed(ac, 15)) - powerW)).toBeLessThanOrEqual(0.5);
    expect(scaled(unsigned(ac, 3), signed(ac, 6))).toBeCloseTo(inverter.phaseMw / 1000 / meter.phases[0].voltageV, 1);
    expect(scaled(unsigned(ac, 10), signed(ac, 13))).toBeCloseTo(meter.phases[0].voltageV, 0);
    expect(scaled(unsigned(ac, 16), signed(ac, 17))).toBeCloseTo(meter.frequencyHz, 1);
    expect(ac.readUInt32BE(2 * 24)).toBe(Number(inverter.acUj / 3_600_000_000n));
    expect(unsigned(ac, 38)).toBe(4);
    expect(unsigned(dc, 8)).toBe(2);
    inverter.strings.forEach((string, index) => {
      const module = 10 + 20 * index;
      expect(unsigned(dc, module)).toBe(index + 1);
      expect(Math.abs(scaled(unsigned(dc, module + 11), signed(dc, 4)) - string.dcMw / 1000)).toBeLessThanOrEqual(0.5);
      expect(scaled(unsigned(dc, module + 10), signed(dc, 3))).toBeCloseTo(string.voltageV, 0);
    });
  });

  test("at night power is zero and what is not measured is not available", async () => {
    const models = await walk(await modbus(await start({startMs: MIDNIGHT}), 2));
    const [ac, dc] = [models.get(103)!, models.get(160)!];
    expect(signed(ac, 14)).toBe(0);
    expect(unsigned(ac, 38)).toBe(2);
    // A, PF and DCW of model 103; DCA, DCV and DCW of the first string; then what this inverter never has (PPVphAB).
    expect([unsigned(ac, 2), unsigned(ac, 22), unsigned(ac, 31)]).toEqual([0xffff, 0x8000, 0x8000]);
    expect([unsigned(dc, 19), unsigned(dc, 20), unsigned(dc, 21)]).toEqual([0xffff, 0xffff, 0xffff]);
    expect(unsigned(ac, 7)).toBe(0xffff);
    expect(unsigned(ac, 10)).not.toBe(0xffff);
  });
});

describe("the machine over OPC UA", () => {
  test("a client with the password reads, sets and commands it; time stamps are real", async () => {
    const plant = await start({speed: 60});
    const id = (name: string) => `ns=1;s=PackagingMachine${name}`;
    await expect(
      openSession({endpoint: plant.opcuaEndpoint, folder, user: "operator", password: "wrong"}),
    ).rejects.toThrow("BadUserAccessDenied");
    const {session, close} = await openSession({
      endpoint: plant.opcuaEndpoint,
      folder,
      user: "operator",
      password: "right",
    });
    try {
      const read = async (name: string) => (await session.read({nodeId: id(name)})).value.value;
      const write = async (name: string, value: number) =>
        (
          await session.write({
            nodeId: id(name),
            attributeId: AttributeIds.Value,
            value: {value: {dataType: DataType.Double, value}},
          })
        ).name;
      const call = async (name: string) =>
        (await session.call({objectId: id(""), methodId: id(`.${name}`)})).statusCode.name;
      expect(await read(".Status.StateCurrent")).toBe(2);
      expect(await call("Start")).toBe("BadInvalidState");
      expect(await call("Reset")).toBe("Good");
      expect(await read(".Status.StateCurrent")).toBe(15);
      expect(await write(".Status.MachSpeed", 80)).toBe("Good");
      expect(await write(".Status.MachSpeed", 200)).toBe("BadOutOfRange");
      expect(await write(".Sealing.SetTemperature", 165)).toBe("Good");
      expect(await read(".Status.MachSpeed")).toBe(80);
      // Three simulated minutes in three seconds: warm, started by the operator, running.
      await clock.advance(3000);
      expect(await read(".Status.StateCurrent")).toBe(6);
      expect(await read(".Status.CurMachSpeed")).toBe(80);
      expect(await read(".Admin.ProdGoodCount")).toBeGreaterThan(50);
      const stamped = await session.read({nodeId: id(".Sealing.Temperature")});
      expect(stamped.sourceTimestamp!.getTime()).toBe(clock.now());
      expect(stamped.value.value).toBeGreaterThan(160);
      expect(await call("Stop")).toBe("Good");
      await clock.advance(500);
      expect(await read(".Status.StateCurrent")).toBe(2);
      expect(await read(".Admin.StopReason")).toBe(1);
    } finally {
      await close();
    }
  });
});

describe("the plant's REST", () => {
  test("health is open, the rest needs the token", async () => {
    const plant = await start();
    expect((await fetch(`http://127.0.0.1:${plant.restPort}/health`)).status).toBe(200);
    expect((await rest(plant, "/state", undefined, "another")).status).toBe(401);
    expect((await rest(plant, "/faults", {device: "meter", fault: "drop"}, "")).status).toBe(401);
    const state = await (await rest(plant, "/state")).json();
    expect(state).toMatchObject({
      simulatedTime: "2026-06-15T06:30:00.000Z",
      speed: 1,
      faults: [],
      machine: {state: "Stopped"},
    });
  });

  describe("refuses what it cannot do and names the field:", () => {
    let plant: Plant;
    beforeAll(async () => {
      plant = createPlant({...OPTIONS, folder}, {clock: createManualClock(NOW), log: silentLog});
      await plant.start();
    });
    afterAll(() => plant.stop());

    test.each([
      ["/faults", {device: "boiler", fault: "drop"}, "device"],
      ["/faults", {device: "meter", fault: "explode"}, "fault"],
      ["/faults", {device: "meter", fault: "drop", seconds: 0}, "seconds"],
      ["/speed", {speed: 10_000}, "speed"],
      ["/speed", {}, "speed"],
      ["/disturbances", {what: "rain"}, "what"],
    ])("%s with %j", async (route, body, field) => {
      const response = await rest(plant, route, body);
      expect(response.status).toBe(400);
      expect((await response.json()).error.message).toMatch(new RegExp(`^${field}: `));
    });
  });

  test("a fault hits its device alone and ends by itself", async () => {
    const plant = await start();
    const response = await rest(plant, "/faults", {device: "meter", fault: "exception", seconds: 10});
    expect(await response.json()).toEqual([
      {device: "meter", fault: "exception", until: new Date(NOW + 10_000).toISOString()},
    ]);
    const [meter, inverter] = [await modbus(plant, 1), await modbus(plant, 2)];
    await expect(meter.readInputRegisters(0, 2)).rejects.toMatchObject({modbusCode: 4});
    expect((await inverter.readHoldingRegisters(40_000, 2)).data).toEqual([0x5375, 0x6e53]);
    await clock.advance(10_000);
    expect(plant.state().faults).toEqual([]);
    expect((await meter.readInputRegisters(0, 2)).data).toHaveLength(2);
  });

  test("a new fault takes the place of the old one, none ends it", async () => {
    const plant = await start();
    await rest(plant, "/faults", {device: "inverter", fault: "hang", seconds: 600});
    await rest(plant, "/faults", {device: "inverter", fault: "exception", seconds: 600});
    const client = await modbus(plant, 2);
    await expect(client.readHoldingRegisters(40_000, 2)).rejects.toMatchObject({modbusCode: 4});
    expect(plant.state().faults.map(({fault}) => fault)).toEqual(["exception"]);
    await rest(plant, "/faults", {device: "inverter", fault: "none"});
    expect((await client.readHoldingRegisters(40_000, 2)).data).toEqual([0x5375, 0x6e53]);
  });

  test("a restart takes the server off its port and brings it back", async () => {
    const plant = await start();
    const port = plant.modbusPort;
    const raw = await openRawTcp(port);
    await rest(plant, "/faults", {device: "meter", fault: "restart", seconds: 5});
    await raw.closed;
    await expect(openRawTcp(port)).rejects.toMatchObject({code: "ECONNREFUSED"});
    await clock.advance(5000);
    // Ending the fault waits for the listener.
    await rest(plant, "/faults", {device: "meter", fault: "none"});
    expect(plant.modbusPort).toBe(port);
    const client = await modbus(plant, 1);
    expect((await client.readInputRegisters(0, 2)).data).toHaveLength(2);
  });

  test("speed moves the simulated time, never the real one", async () => {
    const plant = await start();
    await clock.advance(10_000);
    expect(plant.state().simulatedTime).toBe("2026-06-15T06:30:10.000Z");
    await rest(plant, "/speed", {speed: 360});
    await clock.advance(10_000);
    expect(plant.state().simulatedTime).toBe("2026-06-15T07:30:10.000Z");
    expect((await rest(plant, "/disturbances", {what: "jam"})).status).toBe(200);
    expect(plant.state().machine).toMatchObject({state: "Holding", stopReason: "jam"});
    expect((await rest(plant, "/disturbances", {what: "jam"})).status).toBe(409);
  });
});

describe("over a restart", () => {
  test("the site goes on from where it was closed", async () => {
    const first = await start({speed: 100});
    await clock.advance(20_000);
    await first.stop();
    const before = first.state();
    const second = await start();
    expect(second.state()).toEqual({...before, speed: 1});
    expect(second.state().machine.produced).toBeGreaterThan(100);
  });

  test("after a power cut no counter is lower than anybody has seen it", async () => {
    const first = await start({speed: 100});
    await clock.advance(20_000);
    // What lies on disk after the power cut is what was saved before it, up to half a minute old.
    const cut = await mkdtemp(path.join(os.tmpdir(), "plant-cut-"));
    try {
      await cp(folder, cut, {recursive: true});
      await clock.advance(9500);
      const seen = first.state();
      const second = await start({folder: cut});
      const after = second.state();
      expect(after.energy.importKwh).toBeGreaterThanOrEqual(seen.energy.importKwh);
      expect(after.energy.exportKwh).toBeGreaterThanOrEqual(seen.energy.exportKwh);
      expect(after.energy.solarKwh).toBeGreaterThanOrEqual(seen.energy.solarKwh);
      expect(after.machine.produced).toBeGreaterThanOrEqual(seen.machine.produced);
      expect(after.simulatedTime >= seen.simulatedTime).toBe(true);
    } finally {
      for (const plant of plants.splice(0)) await plant.stop();
      await rm(cut, {recursive: true});
    }
  });

  test("a command is on disk at once", async () => {
    const plant = await start({speed: 360});
    await clock.advance(10_000);
    await rest(plant, "/disturbances", {what: "jam"});
    await rest(plant, "/speed", {speed: 1});
    const saved = JSON.parse(await readFile(path.join(folder, "state.json"), "utf8"));
    expect(saved.site.machine).toMatchObject({state: "Holding", isJammed: true});
    expect(saved.isClosed).toBe(false);
  });

  test("at rest it writes every five minutes and not more", async () => {
    await start();
    const savedStep = async () =>
      JSON.parse(await readFile(path.join(folder, "state.json"), "utf8")).site.step as number;
    const steps = new Set<number>([await savedStep()]);
    for (let quarter = 0; quarter < 44; quarter++) {
      await clock.advance(15_000);
      steps.add(await savedStep());
    }
    // The manual clock does not wait for the disk, this does.
    while (Math.max(...steps) < 290_000 / STEP_MS) steps.add(await savedStep());
    // At the start, and at most twice in eleven minutes.
    expect(steps.size).toBeLessThanOrEqual(3);
  });

  test.each([
    [1, 300_000],
    [5, 60_000],
    [10, 30_000],
    [3600, 30_000],
  ])("at speed %d it is saved every %d ms, and more than that is made up after a crash", (speed, intervalMs) => {
    expect(saveIntervalMs(speed)).toBe(intervalMs);
    const site = createSite({seed: SEED});
    expect(stepsToMakeUp({site, speed, isClosed: true})).toBe(0);
    expect(stepsToMakeUp({site, speed, isClosed: false})).toBeGreaterThan((intervalMs * speed) / STEP_MS);
  });

  test("another seed begins another site", async () => {
    const first = await start();
    await first.stop();
    const second = await start({seed: SEED + 1});
    expect(second.state().energy.importKwh).not.toBe(first.state().energy.importKwh);
  });

  test.each([
    ["a file that is no state", "{}", "plant/state-unreadable"],
    ["a torn file", '{"version":1,"site":{"st', "plant/state-unreadable"],
    ["a file of a newer program", null, "plant/state-newer"],
  ])("%s is refused with a sentence, and stays as it is", async (_name, text, code) => {
    const file = path.join(folder, "state.json");
    const first = await start();
    await first.stop();
    const content = text ?? JSON.stringify({...JSON.parse(await readFile(file, "utf8")), version: 99});
    await writeFile(file, content);
    await expect(start()).rejects.toMatchObject({code});
    expect(await readFile(file, "utf8")).toBe(content);
  });
});
