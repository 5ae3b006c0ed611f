import path from "node:path";
import type {Clock} from "../clock.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import {createModbusClient, createOpcUaClient} from "../fieldbus/index.ts";
import type {Log} from "../log.ts";
import type {Random} from "../random.ts";
import {createService, joinServices, type Service} from "../service.ts";
import {createDeviceList} from "./device-list.ts";
import {createDevices, type Devices} from "./devices.ts";
import {createBatchFile} from "./history/batch-file.ts";
import {createHistory} from "./history/history.ts";
import {createProfiles} from "./profiles.ts";
import {createReporter} from "./reporter.ts";
import {createRest} from "./rest.ts";
import {createScans} from "./scan/scans.ts";
import {createUplink} from "./uplink.ts";

export interface FieldOptions {
  /** Of the field process: <home>/field. */
  readonly folder: string;
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Bearer of the REST, and MQTT password. */
  readonly token: string;
  /** The gateway's MQTT broker. */
  readonly broker: {readonly host: string; readonly port: number};
  /** Devices of gateway.yaml, not yet checked. */
  readonly devices: readonly unknown[];
}

/** The field process: the only owner of buses, sessions and the device list. */
export interface Field extends Service {
  /** The port of its REST; 0 while it does not listen. */
  readonly port: number;
}

/** Errors of `start`: `field/invalid` for a device of gateway.yaml, `field/list-...`, `field/port-taken`. */
export function createField(
  options: FieldOptions,
  deps: {readonly clock: Clock; readonly random: Random; readonly log: Log},
): Field {
  const {folder, host, token, broker} = options;
  const {log} = deps;
  const uplink = createUplink({...broker, password: token}, deps);
  const profiles = createProfiles(folder, log);
  const history = createHistory({...deps, file: createBatchFile(path.join(folder, "history"), log)}, () =>
    devices.all(),
  );
  const reporter = createReporter({...deps, uplink, onStatus: history.noteStatus}, () => devices.all());
  const opcUa = createOpcUaClient({pkiFolder: path.join(folder, "pki")}, deps);
  const devices: Devices = createDevices(
    {fixed: options.devices, onRemoved: reporter.forget},
    {
      ...deps,
      list: createDeviceList(folder),
      profiles,
      modbus: createModbusClient(deps),
      opcUa,
      listener: {
        onValues: (device, samples) => {
          reporter.onValues(device, samples);
          history.noteValues(device, samples);
        },
        onLink: reporter.onLink,
      },
    },
  );
  const scans = createScans({
    ...deps,
    opcUa,
    profiles: profiles.whole,
    devices: () => devices.all().map(({definition}) => definition),
  });
  const rest = createRest({token}, {devices, profiles, history, scans, uplink, log});
  const listener = createService({
    start: async () => {
      try {
        await rest.listen({host, port: options.port});
      } catch (error) {
        throw listenError(error, options);
      }
    },
    stop: () => rest.close(),
  });

  return {
    ...joinServices([uplink, history, reporter, devices, scans, listener]),
    get port() {
      const address = rest.server.address();
      return typeof address === "object" && address !== null ? address.port : 0;
    },
  };
}

function listenError(error: unknown, {host, port}: FieldOptions): GatewayError {
  const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
  const sentence = isTaken
    ? `Port ${port} on ${host} (setting field.port) is taken by another program.`
    : `The field process cannot listen on ${host}:${port} (settings field.host, field.port): ${sentenceOf(error)}.`;
  return new GatewayError(isTaken ? "field/port-taken" : "field/cannot-listen", sentence, {host, port});
}
