import type {DefinedBy, DeviceDefinition, DeviceTest} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import type {ModbusClient, OpcUaClient} from "../fieldbus/index.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import {checkConfigured} from "./configured.ts";
import {type CheckedDevice, checkDefinition, withoutSecret} from "./definition.ts";
import {createDevice, type Device, type DeviceListener, type OwnedDefinition} from "./device.ts";
import {type DeviceList, keepPassword, type ListOwner} from "./device-list.ts";
import {testDevice} from "./device-test.ts";
import type {Driver, DriverListener} from "./driver.ts";
import {createFaultyDevice} from "./faulty-device.ts";
import {createModbusDriver} from "./modbus-driver.ts";
import {createOpcUaDriver} from "./opcua-driver.ts";
import type {Profiles} from "./profiles.ts";

/** All devices of the gateway: those of gateway.yaml and those that people define. */
export interface Devices extends Service {
  /**
   * Defines a device, or defines it anew. The same definition again changes nothing and leaves the link as it is.
   * Errors: `field/invalid` with the field, `field/conflict` when somebody else keeps it, `field/too-many`, `fieldbus/conflict`.
   */
  put(value: unknown, by: ListOwner): Promise<"created" | "changed" | "unchanged">;
  /**
   * A person may remove what a flow has left behind; a flow removes only its own.
   * Errors: `field/not-found`, `field/conflict` for a device of gateway.yaml or, asked by a flow, of a person.
   */
  remove(id: string, by: ListOwner): Promise<void>;
  /** Errors: `field/not-found`. */
  get(id: string): Device;
  all(): readonly Device[];
  /** Without its password. Errors: `field/not-found`. */
  definition(id: string): DeviceDefinition;
  /** Tries a definition that is not kept. */
  test(value: unknown, points: readonly string[] | null, signal: AbortSignal): Promise<DeviceTest>;
}

export interface DevicesOptions {
  /** Devices of gateway.yaml, setting `field.devices`. */
  readonly fixed: readonly unknown[];
  readonly onRemoved: (id: string) => void;
}

export interface DevicesDeps {
  readonly list: DeviceList;
  readonly profiles: Profiles;
  readonly modbus: ModbusClient;
  readonly opcUa: OpcUaClient;
  readonly listener: DeviceListener;
  readonly clock: Clock;
  readonly log: Log;
}

export function createDevices(options: DevicesOptions, deps: DevicesDeps): Devices {
  const {list, profiles, modbus, opcUa, listener, clock, log} = deps;
  const running = new Map<string, Device>();
  const fixed = new Set<string>();
  // What runs under an id, profile included: the same again is no change, the same with a corrected profile is one.
  const fingerprints = new Map<string, string>();
  // Definitions change one after the other: a bus that one device leaves may be the one another takes with other parameters.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  };

  const check = (value: unknown) => checkDefinition(value, profiles.find);

  const openDriver = (checked: CheckedDevice, to: DriverListener): Driver => {
    const {connection, periodMs} = checked.definition;
    const period = periodMs === undefined ? {} : {periodMs};
    if (checked.kind === "opc-ua" && connection.protocol === "opc-ua") {
      return createOpcUaDriver({connection, map: checked.map, ...period}, to, {opcUa});
    }
    if (checked.kind === "modbus" && connection.protocol !== "opc-ua") {
      return createModbusDriver({connection, map: checked.map, ...period}, to, {clock, modbus});
    }
    throw new GatewayError("field/invalid", "connection: the protocol does not fit the profile.");
  };

  const run = async (checked: CheckedDevice, definedBy: DefinedBy): Promise<Device> => {
    const device = createDevice(
      {definition: checked.definition, definedBy},
      (to) => openDriver(checked, to),
      listener,
      clock,
    );
    running.set(checked.definition.id, device);
    fingerprints.set(checked.definition.id, canonical(checked));
    await device.start();
    listener.onLink(device);
    return device;
  };

  const halt = async (id: string) => {
    const device = running.get(id);
    running.delete(id);
    fingerprints.delete(id);
    await device?.stop();
  };

  const replace = async (next: CheckedDevice, by: ListOwner, known: Device | null) => {
    const {id} = next.definition;
    await halt(id);
    try {
      await run(next, by);
      await list.put(next.definition, by);
    } catch (error) {
      // Nothing of the new definition stays: the old device goes on as it was.
      await halt(id);
      if (known !== null) await runKept(known);
      throw error;
    }
  };

  const runKept = async ({definition, definedBy}: OwnedDefinition) => {
    try {
      await run(check(definition), definedBy);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      log.error({device: definition.id, reason: error.message}, "device cannot run");
      running.set(definition.id, createFaultyDevice({definition, definedBy}, error));
    }
  };

  const get = (id: string): Device => {
    const device = running.get(id);
    if (device === undefined) throw new GatewayError("field/not-found", `There is no device ${id}.`, {device: id});
    return device;
  };

  return {
    ...createService({
      start: async () => {
        await profiles.load();
        await list.load();
        for (const [index, value] of options.fixed.entries()) {
          const checked = checkConfigured(value, index, profiles.find);
          fixed.add(checked.definition.id);
          await run(checked, "gateway.yaml");
        }
        for (const definition of list.all()) {
          if (!fixed.has(definition.id)) await runKept({definition, definedBy: list.ownerOf(definition.id)});
          else log.warn({device: definition.id}, "gateway.yaml takes the place of a kept device");
        }
      },
      stop: () =>
        inTurn(async () => {
          await Promise.all([...running.keys()].map(halt));
          await modbus.close();
        }),
    }),
    put: (value, by) =>
      inTurn(async () => {
        await profiles.load();
        const asked = check(value).definition;
        const known = running.get(asked.id) ?? null;
        if (fixed.has(asked.id)) {
          if (known !== null && isPartOf(asked, known.definition)) return "unchanged";
          throw ownerError(asked.id, "gateway.yaml");
        }
        const next = check(keepPassword(asked, known?.definition ?? null));
        if (fingerprints.get(asked.id) === canonical(next)) return "unchanged";
        if (known !== null && known.definedBy !== by) throw ownerError(asked.id, known.definedBy);
        await replace(next, by, known);
        return known === null ? "created" : "changed";
      }),
    remove: (id, by) =>
      inTurn(async () => {
        const {definedBy} = get(id);
        const isForeign = definedBy === "gateway.yaml" || (definedBy === "console" && by === "node-red");
        if (isForeign) throw ownerError(id, definedBy);
        await list.remove(id);
        await halt(id);
        options.onRemoved(id);
      }),
    get,
    all: () => [...running.values()],
    definition: (id) => withoutSecret(get(id).definition),
    test: async (value, points, signal) => {
      await profiles.load();
      const asked = check(value).definition;
      const checked = check(keepPassword(asked, running.get(asked.id)?.definition ?? null));
      return testDevice(checked.definition, (to) => openDriver(checked, to), {points, signal}, clock);
    },
  };
}

/** Nobody changes what somebody else keeps: the next deploy or restart would undo it, and neither would know why. */
function ownerError(id: string, owner: DefinedBy): GatewayError {
  const sentence = {
    "gateway.yaml": `${id} is defined in gateway.yaml (field.devices); change it there.`,
    "node-red": `${id} is defined by a Node-RED flow or a program; change it there, or remove it there and define it here.`,
    console: `${id} is defined in the console; change it there, or remove it there first. A flow can use it as it is.`,
  }[owner];
  return new GatewayError("field/conflict", sentence, {device: id, definedBy: owner});
}

function isSame(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** Whether everything that `part` says is what `whole` says too. */
function isPartOf(part: unknown, whole: unknown): boolean {
  if (typeof part !== "object" || part === null || Array.isArray(part)) return isSame(part, whole);
  if (typeof whole !== "object" || whole === null) return false;
  return Object.entries(part).every(
    ([field, value]) => value === undefined || isPartOf(value, (whole as Record<string, unknown>)[field]),
  );
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) => {
    if (typeof entry === "bigint") return entry.toString();
    if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return entry;
    return Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
