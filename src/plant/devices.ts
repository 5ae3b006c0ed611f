// The site's three devices as servers that speak the real protocols.

import path from "node:path";
import type {Clock} from "../clock.ts";
import {assert} from "../errors.ts";
import {
  BUILT_IN_PROFILES,
  createModbusServer,
  createProfileBank,
  type ModbusServer,
  type OpcUaServer,
  openOpcUaServer,
  type RegisterMap,
  readProfiles,
  registerMap,
} from "../fieldbus/index.ts";
import type {Log} from "../log.ts";
import type {MachineCommand, MachineOutcome} from "./machine.ts";
import {MACHINE_NAMESPACE, machineObject} from "./machine-nodes.ts";
import {meterValue} from "./sdm630.ts";
import type {Site} from "./site.ts";
import {inverterValue, sunSpecFrame} from "./sunspec.ts";

export const METER_UNIT = 1;
export const INVERTER_UNIT = 2;

export interface DevicesOptions {
  readonly host: string;
  readonly modbusPort: number;
  readonly opcuaPort: number;
  /** Of the OPC UA server's own certificate. */
  readonly pkiFolder: string;
  readonly user: string;
  readonly password: string;
}

export interface Devices {
  readonly modbus: ModbusServer;
  readonly opcua: OpcUaServer;
}

/** `site` gives the present image; `command` runs what an OPC UA client asks of the machine. */
export async function createDevices(
  options: DevicesOptions,
  world: {site(): Site; command(wish: MachineCommand): MachineOutcome},
  deps: {readonly log: Log; readonly clock: Clock},
): Promise<Devices> {
  const [meterMap, inverterMap] = await loadMaps();
  const meter = createProfileBank({
    map: meterMap,
    holes: "zero",
    valueOf: (name) => meterValue(world.site().meter, name),
  });
  const inverter = createProfileBank({
    map: inverterMap,
    fixed: sunSpecFrame(),
    holes: "refuse",
    valueOf: (name) => inverterValue(world.site().inverter, world.site().meter, name),
  });
  const modbus = createModbusServer(
    {
      host: options.host,
      port: options.modbusPort,
      units: new Map([
        [METER_UNIT, meter],
        [INVERTER_UNIT, inverter],
      ]),
    },
    deps,
  );
  const opcua = await openOpcUaServer(
    {
      host: options.host,
      port: options.opcuaPort,
      applicationName: "Simulated packaging machine",
      applicationUri: MACHINE_NAMESPACE,
      namespaceUri: MACHINE_NAMESPACE,
      manufacturer: "Tanglegate",
      pkiFolder: options.pkiFolder,
      // A simulation has nobody who could trust a client's certificate by hand.
      acceptUnknownClients: true,
      isUser: (user, password) => user === options.user && password === options.password,
      objects: [machineObject(world.command)],
    },
    deps,
  );
  return {modbus, opcua};
}

async function loadMaps(): Promise<readonly [RegisterMap, RegisterMap]> {
  const {profiles} = await readProfiles(path.join(BUILT_IN_PROFILES));
  const load = (name: string) => {
    const profile = profiles.find((candidate) => candidate.name === name);
    assert(profile?.protocol === "modbus", `the profile ${name} comes with the gateway`);
    return registerMap(profile, []);
  };
  return [load("eastron-sdm630"), load("sunspec-inverter")];
}
