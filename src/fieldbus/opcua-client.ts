import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import type {Log} from "../log.ts";
import type {Random} from "../random.ts";
import {createService, type Service} from "../service.ts";
import {interruptible, onAbort} from "./interrupt.ts";
import {createLinkFigures, type LinkReport} from "./link-figures.ts";
import type {WriteOutcome} from "./modbus-device.ts";
import {opcUaError} from "./opcua-error.ts";
import {loadOpcUa, type OpcUaLibrary} from "./opcua-library.ts";
import {type CallOutcome, callMethod, type Live, readPoints, writePoint} from "./opcua-operations.ts";
import {createOpcUaPki, type OpcUaPki} from "./opcua-pki.ts";
import {findEndpoints, type OpcUaEndpoint, type OpcUaSession, openOpcUaSession} from "./opcua-session.ts";
import type {NodePoint} from "./point.ts";
import {type Decoded, type Sample, sampleOf, type Value} from "./reading.ts";
import type {NodeMap} from "./register-map.ts";
import type {OpcUaServerFound} from "./scan/opcua-scan.ts";

export interface OpcUaOptions extends OpcUaEndpoint {
  /** How often new values are wanted, ms; word that the server lives comes every 1.5 s at least. */
  readonly publishingIntervalMs: number;
  readonly map: NodeMap;
}

export interface OpcUaListener {
  onSample(sample: Sample): void;
  /** The server has spoken; what was good is still true. */
  onAlive(): void;
  /** The link is down, with the reason; null = it is up again. */
  onLink(error: GatewayError | null): void;
}

/** A method by the name of the profile, or by its node ids. */
export type MethodReference = {readonly name: string} | {readonly objectId: string; readonly methodId: string};

/** An OPC UA server by the names of its points. `start` returns at once; the link is made, watched and made again behind it. */
export interface OpcUaDevice extends Service {
  /** Answers to publish requests, and what was asked besides. */
  readonly requests: number;
  readonly failures: number;
  /** How the server answered lately; round trips are of what was asked besides the subscription. */
  link(): LinkReport;
  /** Reads points from the server now, all when null. Errors: `fieldbus/not-found`, `fieldbus/unavailable` while the link is down. */
  read(names: readonly string[] | null, signal?: AbortSignal): Promise<readonly Sample[]>;
  /** Writes one point and reads it back. Errors: as `read`, `fieldbus/read-only`, `fieldbus/value-...`, `fieldbus/refused` (no right to). */
  write(name: string, value: Value, signal?: AbortSignal): Promise<WriteOutcome>;
  /** Calls a method; the status code's name says how it went. Errors: as `read`, `fieldbus/value-...`, `fieldbus/arguments`. */
  call(method: MethodReference, inputs: readonly unknown[], signal?: AbortSignal): Promise<CallOutcome>;
}

/** OPC UA devices of one process: they share the gateway's certificate and its trust in servers. */
export interface OpcUaClient {
  openDevice(options: OpcUaOptions, listener: OpcUaListener): OpcUaDevice;
  /** What the server at an address offers; it is not trusted for that. Errors: `fieldbus/...`, the signal's reason. */
  findServer(endpoint: string, signal: AbortSignal): Promise<OpcUaServerFound>;
}

interface Deps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

interface Loaded {
  readonly library: OpcUaLibrary;
  readonly pki: OpcUaPki;
}

const BACK_OFF_FIRST_MS = 250;
const BACK_OFF_MAX_MS = 4_000;

/** `pkiFolder`: certificates, keys and pins; made when it is not there. Loads node-opcua only when a device starts. */
export function createOpcUaClient(options: {readonly pkiFolder: string}, deps: Deps): OpcUaClient {
  let loading: Promise<Loaded> | null = null;
  const load = () => {
    loading ??= loadOpcUa(deps.log).then((library) => ({library, pki: createOpcUaPki(options.pkiFolder, library)}));
    return loading;
  };
  return {
    openDevice: (device, listener) => createDevice(device, listener, load, deps),
    findServer: async (endpoint, signal) => findEndpoints(endpoint, {...(await load()), clock: deps.clock, signal}),
  };
}

function createDevice(
  options: OpcUaOptions,
  listener: OpcUaListener,
  load: () => Promise<Loaded>,
  deps: Deps,
): OpcUaDevice {
  const {map, endpoint} = options;
  const {clock, random} = deps;
  const points = new Map(map.points.map((point) => [point.name, point]));
  let stopping = new AbortController();
  let running: Promise<void> | null = null;
  let link: OpcUaSession | null = null;
  let linkError = new GatewayError("fieldbus/unavailable", `${endpoint}: the connection is being made.`, {endpoint});
  let requests = 0;
  let failures = 0;
  const figures = createLinkFigures();
  const noteRequest = () => {
    requests += 1;
    figures.noteRequest(clock.monotonicMs());
  };
  const noteFailure = () => {
    failures += 1;
    figures.noteFailure(clock.monotonicMs());
  };

  const run = async (signal: AbortSignal) => {
    const {library, pki} = await load();
    let tries = 0;
    while (!signal.aborted) {
      try {
        link = await openOpcUaSession({...options, points: map.points}, sessionListener(), {
          library,
          pki,
          clock,
          signal,
        });
        tries = 0;
        listener.onLink(null);
        const error = await link.ending.promise;
        const closing = link;
        link = null;
        if (!signal.aborted) noteDown(error);
        await closing.close();
      } catch (thrown) {
        if (signal.aborted) return;
        noteDown(opcUaError(endpoint, thrown));
      }
      if (signal.aborted) return;
      const backOffMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_FIRST_MS * 2 ** tries);
      tries += 1;
      await clock.sleep(backOffMs - random.below(Math.floor(backOffMs / 4) + 1), signal).catch(() => undefined);
    }
  };

  const noteDown = (error: GatewayError) => {
    // A try at a connection is a request, so that a server that is away has a rate of 0 and not none.
    noteRequest();
    noteFailure();
    linkError = error;
    listener.onLink(error);
  };

  const sessionListener = () => ({
    onValue: (point: NodePoint, value: Decoded, sourceTimeMs: number | null) => {
      listener.onSample(sampleOf(point.name, value, sourceTimeMs ?? clock.now()));
    },
    onAlive: () => {
      noteRequest();
      listener.onAlive();
    },
  });

  const pointOf = (name: string): NodePoint => {
    const point = points.get(name);
    if (point === undefined) throw new GatewayError("fieldbus/not-found", `There is no point ${name}.`, {point: name});
    return point;
  };

  /** One piece of work on the live session; its errors in our words. */
  const onSession = async <Result>(
    signal: AbortSignal | undefined,
    work: (on: Live) => Promise<Result>,
  ): Promise<Result> => {
    signal?.throwIfAborted();
    const session = link;
    if (session === null) throw linkError;
    noteRequest();
    const {library} = await load();
    const startedAt = clock.monotonicMs();
    try {
      const ended = session.ending.interruption((reason) => reason);
      const result = await interruptible(work({session, library, clock}), [ended, onAbort(signal)]);
      figures.noteRoundTrip(clock.monotonicMs(), clock.monotonicMs() - startedAt);
      return result;
    } catch (error) {
      noteFailure();
      if (signal?.aborted) throw signal.reason;
      throw opcUaError(endpoint, error);
    }
  };

  const methodOf = (method: MethodReference): {objectId: string; methodId: string; name: string} => {
    if ("objectId" in method) return {...method, name: method.methodId};
    const known = map.methods.find((candidate) => candidate.name === method.name);
    if (known === undefined) {
      throw new GatewayError("fieldbus/not-found", `There is no method ${method.name}.`, {method: method.name});
    }
    return known;
  };

  return {
    ...createService({
      start: async () => {
        stopping = new AbortController();
        running = run(stopping.signal).catch((error: unknown) => {
          linkError = opcUaError(endpoint, error);
          listener.onLink(linkError);
        });
      },
      stop: async () => {
        stopping.abort(new GatewayError("fieldbus/unavailable", `${endpoint}: the connection is closed.`, {endpoint}));
        await running;
      },
    }),
    get requests() {
      return requests;
    },
    get failures() {
      return failures;
    },
    link: () => figures.report(clock.monotonicMs()),
    read: async (names, signal) => {
      const wanted = names === null ? map.points : names.map(pointOf);
      return onSession(signal, (on) => readPoints(on, wanted));
    },
    write: async (name, value, signal) => {
      const point = pointOf(name);
      if (point.access === "read") throw readOnlyError(name);
      return onSession(signal, (on) => writePoint(on, point, {value, signal}));
    },
    call: async (method, inputs, signal) => {
      const known = methodOf(method);
      return onSession(signal, (on) => callMethod(on, known, inputs));
    },
  };
}

function readOnlyError(name: string): GatewayError {
  const sentence = `${name} cannot be written: its profile or definition does not allow it.`;
  return new GatewayError("fieldbus/read-only", sentence, {point: name});
}
