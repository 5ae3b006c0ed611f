import type {CallRequest, CallResult, LinkQuality, MethodDescription, PointDescription} from "../client/index.ts";
import type {GatewayError} from "../errors.ts";
import type {Sample, Value, WriteOutcome} from "../fieldbus/index.ts";
import type {Service} from "../service.ts";

/** What a device tells while it runs. */
export interface DriverListener {
  onSamples(samples: readonly Sample[]): void;
  /** The device has said that its good values are still true. */
  onAlive(): void;
  /** A go over the points ended with this error; null = it went well. */
  onLink(error: GatewayError | null): void;
}

/** A protocol's side of a device: it keeps the link up by itself between `start` and `stop`. */
export interface Driver extends Service {
  readonly address: string;
  readonly points: readonly PointDescription[];
  readonly methods: readonly MethodDescription[];
  readonly staleAfterMs: number;
  readonly requests: number;
  readonly failures: number;
  link(): LinkQuality;
  remedyFor(error: GatewayError): string | null;
  /** Asks the device now, all points when null; needs no `start` with Modbus. */
  read(names: readonly string[] | null, signal: AbortSignal): Promise<readonly Sample[]>;
  write(name: string, value: Value, signal: AbortSignal): Promise<WriteOutcome>;
  call(request: CallRequest, signal: AbortSignal): Promise<CallResult>;
}
