// The three devices as the gateway's own clients read them, with the profiles that come with it.

import {mkdtemp, rm} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {afterAll, beforeAll, describe, expect, jest, test} from "@jest/globals";
import {createManualClock, createSystemClock} from "../../src/clock.ts";
import {
  BUILT_IN_PROFILES,
  createModbusClient,
  createModbusDevice,
  createOpcUaClient,
  type DeviceProfile,
  nodeMap,
  readProfiles,
  registerMap,
} from "../../src/fieldbus/index.ts";
import {silentLog} from "../../src/log.ts";
import {createPlant, type Plant} from "../../src/plant/plant.ts";
import {createSystemRandom} from "../../src/random.ts";

// A busy machine takes its time to start an OPC UA server.
jest.setTimeout(30_000);

const deps = {clock: createSystemClock(), random: createSystemRandom(), log: silentLog};
/** What this inverter does not measure: SunSpec's optional points. */
const NOT_MEASURED = [
  "DCV",
  "EvtVnd1",
  "EvtVnd2",
  "EvtVnd3",
  "EvtVnd4",
  "PPVphAB",
  "PPVphBC",
  "PPVphCA",
  "StVnd",
  "TmpOt",
  "TmpSnk",
  "TmpTrns",
];

let folder: string;
let plant: Plant;
let profiles: readonly DeviceProfile[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "plant-profiles-"));
  profiles = (await readProfiles(BUILT_IN_PROFILES)).profiles;
  const options = {host: "127.0.0.1", modbusPort: 0, opcuaPort: 0, restPort: 0, token: "t", folder, seed: 1, speed: 1};
  plant = createPlant({...options, user: "operator", password: "right"}, {...deps, clock: createManualClock()});
  await plant.start();
});
afterAll(async () => {
  await plant.stop();
  await rm(folder, {recursive: true});
});

function profile(name: string): DeviceProfile {
  const found = profiles.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no profile ${name}`);
  return found;
}

describe("read with its profile", () => {
  test.each([
    ["eastron-sdm630", 1, [], "frequency"],
    ["sunspec-inverter", 2, NOT_MEASURED, "Hz"],
  ])("%s gives every point it measures", async (name, unitId, missing, frequency) => {
    const found = profile(name);
    if (found.protocol !== "modbus") throw new Error("not a Modbus profile");
    const client = createModbusClient(deps);
    try {
      const address = {kind: "tcp", host: "127.0.0.1", port: plant.modbusPort, framing: "mbap"} as const;
      const unit = client.openUnit({address, unitId, timeoutMs: 2000});
      const outcome = await createModbusDevice(unit, registerMap(found, []), deps.clock).read(null);
      expect(outcome.error).toBeNull();
      const bad = outcome.samples.filter(({quality}) => quality === "bad").map(({point}) => point);
      expect(bad.sort()).toEqual(missing);
      const value = outcome.samples.find(({point}) => point === frequency)!.value;
      expect(Math.abs(Number(value) - 50)).toBeLessThan(0.1);
    } finally {
      await client.close();
    }
  });

  test("plant-packaging-machine gives every point, takes a set-point and runs a method", async () => {
    const found = profile("plant-packaging-machine");
    if (found.protocol !== "opc-ua") throw new Error("not an OPC UA profile");
    let connect = () => {};
    const connected = new Promise<void>((resolve) => {
      connect = resolve;
    });
    const device = createOpcUaClient({pkiFolder: path.join(folder, "client")}, deps).openDevice(
      {
        endpoint: plant.opcuaEndpoint,
        securityMode: "SignAndEncrypt",
        securityPolicy: "Basic256Sha256",
        user: "operator",
        password: "right",
        trustOnFirstUse: true,
        publishingIntervalMs: 100,
        map: nodeMap(found, []),
      },
      {
        onSample: () => undefined,
        onAlive: () => undefined,
        onLink: (error) => {
          if (error === null) connect();
        },
      },
    );
    await device.start();
    try {
      await connected;
      const samples = await device.read(null);
      expect(samples).toHaveLength(found.points.length);
      expect(samples.filter(({quality}) => quality !== "good")).toEqual([]);
      expect((await device.write("speedSetpoint", 75)).isVerified).toBe(true);
      expect((await device.call({name: "Reset"}, [])).statusCode).toBe("Good");
      expect((await device.call({name: "Reset"}, [])).statusCode).toBe("BadInvalidState");
    } finally {
      await device.stop();
    }
  });
});
