import type {
  CallRequest,
  CallResult,
  DefinedBy,
  DeviceDefinition,
  DeviceStatus,
  PointDescription,
  Reading,
  WriteRequest,
  WriteResult,
} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import type {GatewayError} from "../errors.ts";
import {linkFaultOf, type Sample} from "../fieldbus/index.ts";
import type {Service} from "../service.ts";
import type {Driver, DriverListener} from "./driver.ts";
import {statusOf} from "./status.ts";
import {createValueTable} from "./value-table.ts";

/** A device that runs: its driver, its last values and its state. */
export interface Device extends Service {
  readonly definition: DeviceDefinition;
  readonly definedBy: DefinedBy;
  readonly points: readonly PointDescription[];
  /** Null when there is none of this name. */
  point(name: string): PointDescription | null;
  status(): DeviceStatus;
  readings(): readonly Reading[];
  reading(point: string): Reading;
  read(points: readonly string[] | null, signal: AbortSignal): Promise<readonly Reading[]>;
  write(request: WriteRequest, signal: AbortSignal): Promise<WriteResult>;
  call(request: CallRequest, signal: AbortSignal): Promise<CallResult>;
}

export interface DeviceListener {
  /** What was just read; `reading` of the device tells it with unit and quality. */
  onValues(device: Device, samples: readonly Sample[]): void;
  /** Something about the link may have changed. */
  onLink(device: Device): void;
}

/** A definition and whose it is. */
export interface OwnedDefinition {
  readonly definition: DeviceDefinition;
  readonly definedBy: DefinedBy;
}

export function createDevice(
  {definition, definedBy}: OwnedDefinition,
  openDriver: (listener: DriverListener) => Driver,
  listener: DeviceListener,
  clock: Clock,
): Device {
  let fault: GatewayError | null = null;
  const driver = openDriver({
    onSamples: (samples) => {
      for (const sample of samples) table.put(sample);
      listener.onValues(device, samples);
    },
    onAlive: () => table.confirm(),
    onLink: (error) => {
      fault = error;
      listener.onLink(device);
    },
  });
  const points = new Map(driver.points.map((point) => [point.name, point]));
  const table = createValueTable(
    {device: definition.id, staleAfterMs: driver.staleAfterMs, unitOf: (point) => points.get(point)?.unit ?? null},
    clock,
  );
  const pending = () => fault?.message ?? "it has not been read yet";

  const take = (sample: Sample): Reading => {
    table.put(sample);
    return table.reading(sample.point, pending());
  };

  const device: Device = {
    start: () => driver.start(),
    stop: () => driver.stop(),
    definition,
    definedBy,
    points: driver.points,
    point: (name) => points.get(name) ?? null,
    status: () => ({
      id: definition.id,
      name: definition.name ?? definition.id,
      protocol: definition.connection.protocol,
      address: driver.address,
      profile: definition.profile,
      definedBy,
      ...statusOf({
        lastGoodMs: table.lastGoodMs(),
        staleAfterMs: driver.staleAfterMs,
        fault:
          fault === null
            ? null
            : {faultCode: linkFaultOf(fault), reason: fault.message, remedy: driver.remedyFor(fault)},
        points: driver.points.length,
        withoutValue: table.withoutValue(),
      }),
      lastGoodMs: roundedOrNull(table.lastGoodMs()),
      requests: driver.requests,
      failures: driver.failures,
      link: driver.link(),
      points: driver.points,
      methods: driver.methods,
    }),
    readings: () => driver.points.map((point) => table.reading(point.name, pending())),
    reading: (point) => table.reading(point, pending()),
    read: async (points, signal) => {
      const samples = await driver.read(points, signal);
      const readings = samples.map(take);
      listener.onValues(device, samples);
      return readings;
    },
    write: async ({point, value}, signal) => {
      const outcome = await driver.write(point, value, signal);
      const previous = take(outcome.previous);
      const reading = take(outcome.sample);
      listener.onValues(device, [outcome.sample]);
      return {isVerified: outcome.isVerified, reading, previous};
    },
    call: (request, signal) => driver.call(request, signal),
  };
  return device;
}

function roundedOrNull(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}
