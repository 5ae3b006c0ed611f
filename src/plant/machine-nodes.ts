// The packaging machine as OPC UA shows it. Status and Admin carry the names of OPC 30050 (PackML), Identification those of OPC 40001-1
// (Machinery); the types of these specifications are not instantiated. A node id is the path of names:
// nsu=urn:tanglegate:plant;s=PackagingMachine.Status.StateCurrent.

import type {OpcUaMethod, OpcUaObject, OpcUaRefusal, OpcUaValue, OpcUaVariable} from "../fieldbus/index.ts";
import {
  loadOf,
  type Machine,
  type MachineCommand,
  type MachineOutcome,
  OVER_TEMPERATURE_C,
  SEAL_RANGE,
  SPEED_RANGE,
  STOP_REASONS,
} from "./machine.ts";
import {sumPhases} from "./meter.ts";
import {PACKML_COMMANDS, PACKML_STATE_NUMBERS, type PackmlCommand} from "./packml.ts";

type OpcUaUnit = NonNullable<OpcUaVariable["unit"]>;

export const MACHINE_NAMESPACE = "urn:tanglegate:plant";
const ROOT = "PackagingMachine";

const CELSIUS: OpcUaUnit = {code: "CEL", symbol: "°C", name: "degree Celsius"};
const PER_MINUTE: OpcUaUnit = {code: "C94", symbol: "1/min", name: "reciprocal minute"};
const WATT: OpcUaUnit = {code: "WTT", symbol: "W", name: "watt"};
const SECOND: OpcUaUnit = {code: "SEC", symbol: "s", name: "second"};

const COMMAND_WORDS: Readonly<Record<PackmlCommand, string>> = {
  Reset: "Prepares for production: heats the jaws, then waits in Idle",
  Start: "Starts production from Idle",
  Stop: "Stops production in good order",
  Hold: "Holds production for a cause inside the machine",
  Unhold: "Goes on after a hold; the operator has removed the cause",
  Suspend: "Suspends production for a cause outside the machine",
  Unsuspend: "Goes on after a suspension",
  ToComplete: "Ends the job",
  Abort: "Stops at once and opens the main contactor",
  Clear: "Leaves Aborted once the jaws have cooled down",
};

const REFUSALS: Readonly<Record<"state" | "range" | "unsafe", OpcUaRefusal>> = {
  state: "BadInvalidState",
  range: "BadOutOfRange",
  unsafe: "BadInvalidState",
};

/** The machine's objects for an OPC UA server. `command` runs what a client asks. */
export function machineObject(command: (wish: MachineCommand) => MachineOutcome): OpcUaObject {
  const ask = (wish: MachineCommand): OpcUaRefusal | null => {
    const outcome = command(wish);
    return outcome.kind === "refused" ? REFUSALS[outcome.because] : null;
  };
  const write = (kind: "set-speed" | "set-seal-temperature") => (value: OpcUaValue) =>
    typeof value === "number" ? ask({kind, value}) : "BadInvalidArgument";
  const speedRange = {low: 0, high: SPEED_RANGE.high};
  const jawRange = {low: 0, high: 250};
  return folder(ROOT, "A packaging machine: fills film, seals it with heated jaws, counts packs", [
    folder("Identification", "What the machine is (OPC 40001-1)", [
      text("Manufacturer", "Maker", "Tanglegate"),
      text("Model", "Model", "Simulated form-fill-seal machine"),
      text("SerialNumber", "Serial number", "TG-PACK-0001"),
      text("ProductInstanceUri", "Name that no other machine has", "urn:tanglegate:plant:TG-PACK-0001"),
    ]),
    folder("Status", "How it runs (OPC 30050)", [
      {
        ...variable("StateCurrent", "UInt32", "PackML state", PACKML_STATE_NUMBERS.Stopped),
        states: PACKML_STATE_NUMBERS,
      },
      variable("UnitModeCurrent", "UInt32", "PackML mode: 1 = production", 1),
      {
        ...variable("MachSpeed", "Double", `Set-point of the speed, ${SPEED_RANGE.low} to ${SPEED_RANGE.high}`, 60),
        unit: PER_MINUTE,
        range: SPEED_RANGE,
        write: write("set-speed"),
      },
      {...variable("CurMachSpeed", "Double", "Packs a minute now", 0), unit: PER_MINUTE, range: speedRange},
      variable("EquipmentStarved", "Boolean", "Product is missing", false),
      variable("EquipmentBlocked", "Boolean", "A pack is stuck", false),
    ]),
    folder("Admin", "What it has done (OPC 30050)", [
      variable("ProdProcessedCount", "UInt32", "Packs made, good and defective", 0),
      variable("ProdDefectiveCount", "UInt32", "Defective packs", 0),
      variable("ProdGoodCount", "UInt32", "Good packs", 0),
      {
        ...variable("StateCurrentTime", "Double", "Time in the present state", 0),
        unit: SECOND,
        range: {low: 0, high: 1e9},
      },
      {...variable("ExecuteTime", "Double", "Time in Execute so far", 0), unit: SECOND, range: {low: 0, high: 1e9}},
      {...variable("StopReason", "UInt32", "Why it left production last", 0), states: STOP_REASONS},
    ]),
    folder("Sealing", "The heated jaws", [
      {...variable("Temperature", "Double", "Jaws", 20), unit: CELSIUS, range: jawRange},
      {
        ...variable("SetTemperature", "Double", `Set-point, ${SEAL_RANGE.low} to ${SEAL_RANGE.high}`, 160),
        unit: CELSIUS,
        range: SEAL_RANGE,
        write: write("set-seal-temperature"),
      },
      {...variable("HeaterPower", "Double", "Heater", 0), unit: WATT, range: {low: 0, high: 4000}},
    ]),
    folder("Energy", "What it takes from the mains", [
      {...variable("ActivePower", "Double", "Active power", 0), unit: WATT, range: {low: 0, high: 10_000}},
    ]),
    folder("Alarms", "What is wrong", [
      variable("Jam", "Boolean", "A pack is stuck; the machine holds until it is removed", false),
      variable(
        "OverTemperature",
        "Boolean",
        `The jaws have reached ${OVER_TEMPERATURE_C} °C; the machine has aborted`,
        false,
      ),
      {kind: "alarm", name: "JamAlarm", source: "Jam", severity: 500, message: "A pack is stuck"},
      {
        kind: "alarm",
        name: "OverTemperatureAlarm",
        source: "OverTemperature",
        severity: 900,
        message: "The sealing jaws are too hot",
      },
    ]),
    ...PACKML_COMMANDS.map(
      (name): OpcUaMethod => ({
        kind: "method",
        name,
        description: COMMAND_WORDS[name],
        call: () => ask({kind: "packml", command: name}) ?? [],
      }),
    ),
    {
      kind: "method",
      name: "SetMachSpeed",
      description: "Sets the speed",
      inputs: [{name: "speed", type: "Double", description: "Packs a minute"}],
      call: ([speed]) => write("set-speed")(speed!) ?? [],
    },
  ]);
}

/** Values of all variables that change, by node path. */
export function machineValues(machine: Machine): Readonly<Record<string, OpcUaValue>> {
  const tenth = (value: number) => Math.round(value * 10) / 10;
  return {
    [`${ROOT}.Status.StateCurrent`]: PACKML_STATE_NUMBERS[machine.state],
    [`${ROOT}.Status.MachSpeed`]: machine.speedSetpoint,
    [`${ROOT}.Status.CurMachSpeed`]: tenth(machine.speed),
    [`${ROOT}.Status.EquipmentStarved`]: machine.starvedMs > 0,
    [`${ROOT}.Status.EquipmentBlocked`]: machine.isJammed,
    [`${ROOT}.Admin.ProdProcessedCount`]: machine.produced,
    [`${ROOT}.Admin.ProdDefectiveCount`]: machine.defective,
    [`${ROOT}.Admin.ProdGoodCount`]: machine.produced - machine.defective,
    [`${ROOT}.Admin.StateCurrentTime`]: Math.floor(machine.inStateMs / 1000),
    [`${ROOT}.Admin.ExecuteTime`]: Math.floor(machine.executeMs / 1000),
    [`${ROOT}.Admin.StopReason`]: STOP_REASONS[machine.stopReason],
    [`${ROOT}.Sealing.Temperature`]: tenth(machine.sealC),
    [`${ROOT}.Sealing.SetTemperature`]: machine.sealSetpointC,
    [`${ROOT}.Sealing.HeaterPower`]: Math.round(machine.heaterW),
    [`${ROOT}.Energy.ActivePower`]: Math.round(sumPhases(loadOf(machine).activeW)),
    [`${ROOT}.Alarms.Jam`]: machine.isJammed,
    [`${ROOT}.Alarms.OverTemperature`]: machine.isOverheated,
  };
}

function folder(name: string, description: string, children: OpcUaObject["children"]): OpcUaObject {
  return {kind: "object", name, description, children};
}

function variable(name: string, type: OpcUaVariable["type"], description: string, initial: OpcUaValue): OpcUaVariable {
  return {kind: "variable", name, type, description, initial};
}

function text(name: string, description: string, value: string): OpcUaVariable {
  return variable(name, "String", description, value);
}
