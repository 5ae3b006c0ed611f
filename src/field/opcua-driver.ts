import type {CallRequest, DeviceConnection} from "../client/index.ts";
import type {NodeMap, OpcUaClient} from "../fieldbus/index.ts";
import {opcUaRemedy} from "../fieldbus/index.ts";
import {DEFAULT_PERIOD_MS} from "./definition.ts";
import {describeNodePoint} from "./describe.ts";
import type {Driver, DriverListener} from "./driver.ts";

type OpcUaConnection = Extract<DeviceConnection, {protocol: "opc-ua"}>;

/** A server that has nothing new says so about this often. */
const KEEP_ALIVE_MS = 2_000;

/** Holds a subscription to an OPC UA server; the period is its sampling interval. */
export function createOpcUaDriver(
  options: {readonly connection: OpcUaConnection; readonly map: NodeMap; readonly periodMs?: number},
  listener: DriverListener,
  deps: {readonly opcUa: OpcUaClient},
): Driver {
  const {connection, map, periodMs = DEFAULT_PERIOD_MS} = options;
  const {endpoint, securityMode, securityPolicy, user, password, trustOnFirstUse = false} = connection;
  const device = deps.opcUa.openDevice(
    {endpoint, securityMode, securityPolicy, user, password, trustOnFirstUse, publishingIntervalMs: periodMs, map},
    {
      onSample: (sample) => listener.onSamples([sample]),
      onAlive: listener.onAlive,
      onLink: listener.onLink,
    },
  );

  return {
    start: () => device.start(),
    stop: () => device.stop(),
    address: endpoint,
    points: map.points.map(describeNodePoint),
    methods: map.methods.map(({name, description}) => ({name, description})),
    staleAfterMs: 3 * Math.max(periodMs, KEEP_ALIVE_MS),
    get requests() {
      return device.requests;
    },
    get failures() {
      return device.failures;
    },
    link: () => device.link(),
    remedyFor: opcUaRemedy,
    read: (names, signal) => device.read(names, signal),
    write: (name, value, signal) => device.write(name, value, signal),
    call: (request: CallRequest, signal) => {
      const method = "method" in request ? {name: request.method} : request;
      return device.call(method, request.inputs ?? [], signal);
    },
  };
}
