// Faults on request: each lasts a number of seconds, a new one takes the place of the old one of the same device.

import type {Clock} from "../clock.ts";
import {assert, sentenceOf, unreachable} from "../errors.ts";
import type {ModbusFault, ModbusServer, OpcUaServer} from "../fieldbus/index.ts";
import type {Log} from "../log.ts";
import type {UnixMs} from "../units.ts";
import {INVERTER_UNIT, METER_UNIT} from "./devices.ts";

export const FAULT_DEVICES = ["meter", "inverter", "machine"] as const;
export type FaultDevice = (typeof FAULT_DEVICES)[number];

/**
 * `restart` takes the device's server off its port and brings it back; meter and inverter share theirs. `exception` is the Modbus
 * exception 4 (device failure), or BadDeviceFailure on every OPC UA variable. The others are what the servers say of them.
 */
export const FAULT_KINDS = ["none", "drop", "hang", "garbage", "exception", "restart"] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface ActiveFault {
  readonly device: FaultDevice;
  readonly fault: FaultKind;
  readonly untilMs: UnixMs;
}

export interface Faults {
  /** Resolves when the device misbehaves; it behaves again after `seconds`. */
  set(device: FaultDevice, fault: FaultKind, seconds: number): Promise<void>;
  active(): readonly ActiveFault[];
  /** Ends all of them. What was taken off its port stays off. */
  stop(): Promise<void>;
}

interface Running {
  readonly fault: ActiveFault;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

const DEVICE_FAILURE: ModbusFault = {kind: "exception", code: 4};

export function createFaults(
  servers: {readonly modbus: ModbusServer; readonly opcua: OpcUaServer},
  deps: {readonly clock: Clock; readonly log: Log},
): Faults {
  const running = new Map<FaultDevice, Running>();
  let isStopping = false;

  const serverOf = (device: FaultDevice) => (device === "machine" ? servers.opcua : servers.modbus);

  const begin = async (device: FaultDevice, fault: FaultKind) => {
    if (fault === "restart") return serverOf(device).stop();
    if (device === "machine") return servers.opcua.setFault(fault === "none" ? null : fault);
    servers.modbus.setFault(device === "meter" ? METER_UNIT : INVERTER_UNIT, modbusFault(fault));
  };

  const end = async (device: FaultDevice, fault: FaultKind) => {
    if (fault !== "restart") return begin(device, "none");
    if (!isStopping) await serverOf(device).start();
  };

  const run = async (fault: ActiveFault, seconds: number, signal: AbortSignal) => {
    await deps.clock.sleep(seconds * 1000, signal).catch(() => undefined);
    try {
      await end(fault.device, fault.fault);
    } catch (error) {
      deps.log.error({device: fault.device, reason: sentenceOf(error)}, "a device did not come back after its fault");
    }
    running.delete(fault.device);
  };

  const clear = async (device: FaultDevice) => {
    const previous = running.get(device);
    previous?.abort.abort();
    await previous?.ended;
  };

  return {
    set: async (device, fault, seconds) => {
      await clear(device);
      if (fault === "none") return;
      await begin(device, fault);
      const abort = new AbortController();
      const active = {device, fault, untilMs: deps.clock.now() + seconds * 1000};
      running.set(device, {fault: active, abort, ended: run(active, seconds, abort.signal)});
      deps.log.info({device, fault, seconds}, "a fault was set");
    },
    active: () => [...running.values()].map((entry) => entry.fault),
    stop: async () => {
      isStopping = true;
      for (const device of FAULT_DEVICES) await clear(device);
    },
  };
}

function modbusFault(fault: FaultKind): ModbusFault | null {
  switch (fault) {
    case "none":
      return null;
    case "drop":
    case "hang":
    case "garbage":
      return {kind: fault};
    case "exception":
      return DEVICE_FAILURE;
    case "restart":
      assert(false, "a restart is no fault of the server's answers");
      break;
    default:
      return unreachable(fault);
  }
}
