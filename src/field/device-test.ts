import type {DeviceDefinition, DeviceTest} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import type {Sample} from "../fieldbus/index.ts";
import type {Driver, DriverListener} from "./driver.ts";
import {createValueTable} from "./value-table.ts";

/** Longest a live try may take. */
const TEST_MS = 15_000;

/** Starts a driver for as long as one go over its points takes, and says how it went. */
export async function testDevice(
  definition: DeviceDefinition,
  openDriver: (listener: DriverListener) => Driver,
  options: {readonly points: readonly string[] | null; readonly signal: AbortSignal},
  clock: Clock,
): Promise<DeviceTest> {
  const startedAt = clock.monotonicMs();
  const samples = new Map<string, Sample>();
  let tell: (error: GatewayError | null) => void = () => undefined;
  const firstGo = new Promise<GatewayError | null>((resolve) => {
    tell = resolve;
  });
  const driver = openDriver({
    onSamples: (got) => {
      for (const sample of got) samples.set(sample.point, sample);
    },
    onAlive: () => undefined,
    onLink: tell,
  });
  const done = new AbortController();
  const signal = AbortSignal.any([options.signal, done.signal]);
  let error: GatewayError | null;
  try {
    await driver.start();
    error = await Promise.race([firstGo, clock.sleep(TEST_MS, signal).then(() => tooSlow(driver.address))]);
    // A subscription may still be on its way when the link is up.
    if (error === null && samples.size === 0) {
      for (const sample of await driver.read(null, signal)) samples.set(sample.point, sample);
    }
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || options.signal.aborted) throw thrown;
    error = thrown;
  } finally {
    done.abort();
    await driver.stop();
  }
  const units = new Map(driver.points.map((point) => [point.name, point.unit]));
  const table = createValueTable(
    {device: definition.id, staleAfterMs: Number.POSITIVE_INFINITY, unitOf: (point) => units.get(point) ?? null},
    clock,
  );
  for (const sample of samples.values()) table.put(sample);
  const wanted = options.points === null ? [...samples.keys()] : options.points.filter((point) => samples.has(point));
  return {
    isReachable: samples.size > 0 || error === null,
    tookMs: Math.round(clock.monotonicMs() - startedAt),
    reason: error?.message ?? null,
    remedy: error === null ? null : driver.remedyFor(error),
    readings: wanted.map((point) => table.reading(point, "")),
  };
}

function tooSlow(address: string): GatewayError {
  return new GatewayError("field/timeout", `${address} did not answer within ${TEST_MS / 1_000} s.`, {address});
}
