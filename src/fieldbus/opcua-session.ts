// One life of an OPC UA connection: discovery, trust, secure channel, session, subscription. It never repairs itself: whatever goes
// wrong ends it, and whoever holds it makes a new one. node-opcua's own reconnection is switched off, because a subscription that it
// repaired can be dead while the socket is green; a new session is known to be alive, and costs a fraction of a second.

import type {
  AttributeIds,
  ClientSession,
  ClientSubscription,
  NodeId,
  OPCUACertificateManager,
  OPCUAClient,
  UserIdentityInfo,
} from "node-opcua";
import type {Clock} from "../clock.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import {createEnding, type Ending, interruptible, onAbort, onTimeout} from "./interrupt.ts";
import {opcUaError} from "./opcua-error.ts";
import type {OpcUaLibrary} from "./opcua-library.ts";
import type {OpcUaPki} from "./opcua-pki.ts";
import {decodeDataValue, sourceTimeOf} from "./opcua-value.ts";
import type {NodePoint} from "./point.ts";
import {bad, type Decoded} from "./reading.ts";
import {describeServer, type OpcUaServerFound} from "./scan/opcua-scan.ts";

/** How to reach a server. */
export interface OpcUaEndpoint {
  /** opc.tcp://host:port/path */
  readonly endpoint: string;
  readonly securityMode: "None" | "Sign" | "SignAndEncrypt";
  readonly securityPolicy: "None" | "Basic256Sha256" | "Aes128_Sha256_RsaOaep" | "Aes256_Sha256_RsaPss";
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly trustOnFirstUse: boolean;
}

export interface SessionListener {
  /** `sourceTimeMs` is null when the server gave none. */
  onValue(point: NodePoint, value: Decoded, sourceTimeMs: number | null): void;
  /** The server has spoken: a value, or word that nothing changed. */
  onAlive(): void;
}

export interface OpcUaSession {
  readonly session: ClientSession;
  /** A node id's text, `nsu=` resolved with this server's namespaces. Errors: `fieldbus/node-id`. */
  nodeIdOf(text: string): NodeId;
  readonly ending: Ending<GatewayError>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** A request without an answer ends the session after this. */
const REQUEST_TIMEOUT_MS = 5_000;
/** The server says at least this often that it is alive. */
const KEEP_ALIVE_MS = 1_500;
/** Keep-alives that may be missing before the subscription counts as dead. */
const MISSED_MAX = 2;
const MONITORED_ITEMS_PER_CALL = 500;
const GOODBYE_MS = 1_000;
const SESSION_TIMEOUT_MS = 30_000;
/** Attribute 13 is the value (OPC 10000-6, annex A.1). */
const VALUE = 13 as AttributeIds;

export async function openOpcUaSession(
  options: OpcUaEndpoint & {readonly publishingIntervalMs: number; readonly points: readonly NodePoint[]},
  listener: SessionListener,
  deps: {readonly library: OpcUaLibrary; readonly pki: OpcUaPki; readonly clock: Clock; readonly signal: AbortSignal},
): Promise<OpcUaSession> {
  const {library, pki, clock} = deps;
  const over = new AbortController();
  const ending = createEnding<GatewayError>();
  const end = (reason: GatewayError) => {
    over.abort();
    ending.end(reason);
  };
  const closeAll = () => end(closedError(options.endpoint));
  deps.signal.addEventListener("abort", closeAll, {once: true});
  const store = await pki.open();
  const undo: (() => Promise<unknown>)[] = [() => store.dispose()];
  const close = async () => {
    closeAll();
    deps.signal.removeEventListener("abort", closeAll);
    // A server that is gone does not say goodbye: each step has its time, and the rest ends by itself.
    for (const step of undo.splice(0).reverse())
      await within(
        clock,
        GOODBYE_MS,
        step().catch(() => undefined),
      );
  };
  try {
    deps.signal.throwIfAborted();
    const give = <Result>(work: Promise<Result>): Promise<Result> =>
      interruptible(work, [
        ending.interruption((reason) => reason),
        onTimeout(clock, CONNECT_TIMEOUT_MS, () => silentError(options.endpoint, CONNECT_TIMEOUT_MS)),
      ]);
    const certificate = await give(discover(library, pki, store, options));
    const client = createClient(library, pki, store, {...options, certificate});
    undo.push(() => client.disconnect());
    client.on("connection_lost", () => end(lostError(options.endpoint)));
    client.on("close", (error) => end(error ? opcUaError(options.endpoint, error) : lostError(options.endpoint)));
    client.on("abort", () => end(lostError(options.endpoint)));
    client.on("timed_out_request", () => end(silentError(options.endpoint, REQUEST_TIMEOUT_MS)));
    await give(client.connect(options.endpoint));
    const session = await give(client.createSession(identityOf(library, options)));
    undo.push(() => session.close(true));
    session.on("session_closed", () => end(lostError(options.endpoint)));
    const namespaces = await give(session.readNamespaceArray());
    const nodeIdOf = (text: string) => resolveNodeId(library, text, namespaces);
    if (options.points.length > 0) {
      await give(subscribe({library, session, options, nodeIdOf, listener, clock, end, signal: over.signal}));
    }
    return {session, nodeIdOf, ending, close};
  } catch (error) {
    await close();
    if (deps.signal.aborted) throw deps.signal.reason;
    throw opcUaError(options.endpoint, error, {isSecured: options.securityMode !== "None"});
  }
}

/** Asks a server what it offers, without security and without trusting it. Errors: `fieldbus/...`. */
export async function findEndpoints(
  endpoint: string,
  deps: {readonly library: OpcUaLibrary; readonly pki: OpcUaPki; readonly clock: Clock; readonly signal: AbortSignal},
): Promise<OpcUaServerFound> {
  const {library, pki, clock, signal} = deps;
  const store = await pki.open();
  const open = {
    endpoint,
    securityMode: "None",
    securityPolicy: "None",
    trustOnFirstUse: false,
    certificate: null,
  } as const;
  const client = createClient(library, pki, store, open);
  try {
    const ask = async () => {
      await client.connect(endpoint);
      return client.getEndpoints({endpointUrl: endpoint});
    };
    const offered = await interruptible(ask(), [
      onAbort(signal),
      onTimeout(clock, REQUEST_TIMEOUT_MS, () => silentError(endpoint, REQUEST_TIMEOUT_MS)),
    ]);
    const descriptions = offered.map(({securityMode, securityPolicyUri, userIdentityTokens, server}) => ({
      securityModeName: library.MessageSecurityMode[securityMode] ?? "",
      securityPolicyUri,
      tokenTypes: (userIdentityTokens ?? []).map(({tokenType}) => Number(tokenType)),
      applicationName: server.applicationName.text ?? null,
      applicationUri: server.applicationUri,
    }));
    return describeServer(endpoint, descriptions);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw opcUaError(endpoint, error, {isSecured: false});
  } finally {
    await within(
      clock,
      GOODBYE_MS,
      client.disconnect().catch(() => undefined),
    );
    await store.dispose();
  }
}

/** Asks for the server's endpoints: its certificate for the wanted security, trusted; null without security. */
async function discover(
  library: OpcUaLibrary,
  pki: OpcUaPki,
  store: OPCUACertificateManager,
  options: OpcUaEndpoint,
): Promise<Buffer | null> {
  const client = createClient(library, pki, store, {
    ...options,
    securityMode: "None",
    securityPolicy: "None",
    certificate: null,
  });
  try {
    await client.connect(options.endpoint);
    const policy = library.SecurityPolicy[options.securityPolicy];
    const mode = library.MessageSecurityMode[options.securityMode];
    const offered = await client.getEndpoints({endpointUrl: options.endpoint});
    const match = offered.find((entry) => entry.securityPolicyUri === policy && entry.securityMode === mode);
    if (match === undefined) throw noEndpointError(options, offered.map(describeEndpoint));
    if (options.securityMode === "None") return null;
    const certificate = match.serverCertificate as Buffer;
    const {endpoint, trustOnFirstUse} = options;
    await pki.checkServer({store, certificate, endpoint, trustOnFirstUse});
    return certificate;
  } catch (error) {
    throw opcUaError(options.endpoint, error, {isSecured: false});
  } finally {
    await client.disconnect().catch(() => undefined);
  }

  function describeEndpoint(entry: {securityPolicyUri: string | null; securityMode: number}): string {
    return `${library.MessageSecurityMode[entry.securityMode]} ${entry.securityPolicyUri?.split("#")[1] ?? "None"}`;
  }
}

function createClient(
  library: OpcUaLibrary,
  pki: OpcUaPki,
  store: OPCUACertificateManager,
  options: OpcUaEndpoint & {readonly certificate: Buffer | null},
): OPCUAClient {
  return library.OPCUAClient.create({
    applicationName: pki.applicationName,
    applicationUri: pki.applicationUri,
    clientName: pki.applicationName,
    clientCertificateManager: store,
    certificateFile: pki.certificateFile,
    privateKeyFile: pki.privateKeyFile,
    securityMode: library.MessageSecurityMode[options.securityMode],
    securityPolicy: library.SecurityPolicy[options.securityPolicy],
    ...(options.certificate === null ? {} : {serverCertificate: options.certificate}),
    // Servers often name themselves by a host name that this network does not know.
    endpointMustExist: false,
    connectionStrategy: {maxRetry: 0, initialDelay: 100, maxDelay: 200},
    keepSessionAlive: false,
    requestedSessionTimeout: SESSION_TIMEOUT_MS,
    transportTimeout: REQUEST_TIMEOUT_MS,
    defaultTransactionTimeout: REQUEST_TIMEOUT_MS,
  });
}

/** Subscribes to every point and watches that the server keeps speaking. */
async function subscribe(of: {
  readonly library: OpcUaLibrary;
  readonly session: ClientSession;
  readonly options: OpcUaEndpoint & {readonly publishingIntervalMs: number; readonly points: readonly NodePoint[]};
  readonly nodeIdOf: (text: string) => NodeId;
  readonly listener: SessionListener;
  readonly clock: Clock;
  readonly end: (reason: GatewayError) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const {library, session, options, nodeIdOf, listener, clock, end} = of;
  const interval = options.publishingIntervalMs;
  // Values are sampled at the interval; word of life must not wait for it when it is an hour.
  const publishingMs = Math.min(interval, KEEP_ALIVE_MS);
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: publishingMs,
    requestedMaxKeepAliveCount: Math.max(1, Math.round(KEEP_ALIVE_MS / publishingMs)),
    requestedLifetimeCount: Math.max(30, Math.ceil(SESSION_TIMEOUT_MS / publishingMs)),
    maxNotificationsPerPublish: 1_000,
    publishingEnabled: true,
    priority: 0,
  });
  let heardAt = clock.monotonicMs();
  const alive = () => {
    heardAt = clock.monotonicMs();
    listener.onAlive();
  };
  subscription.on("received_notifications", alive);
  subscription.on("keepalive", alive);
  subscription.on("terminated", () => end(lostError(options.endpoint)));
  subscription.on("status_changed", () => end(lostError(options.endpoint)));
  subscription.on("internal_error", (error: Error) => end(opcUaError(options.endpoint, error)));
  subscription.on("error", (error: Error) => end(opcUaError(options.endpoint, error)));
  for (let from = 0; from < options.points.length; from += MONITORED_ITEMS_PER_CALL) {
    await monitor(subscription, options.points.slice(from, from + MONITORED_ITEMS_PER_CALL));
  }
  const silenceMs = (subscription.publishingInterval * subscription.maxKeepAliveCount + 500) * MISSED_MAX;
  void watch(silenceMs);

  async function monitor(on: ClientSubscription, points: readonly NodePoint[]): Promise<void> {
    const found = points.flatMap((point) => {
      const nodeId = nodeIdOrReason(nodeIdOf, point);
      if (typeof nodeId !== "string") return [{point, nodeId}];
      // One wrong point is told, and costs the others nothing.
      listener.onValue(point, bad(nodeId), null);
      return [];
    });
    if (found.length === 0) return;
    const wanted = found.map(({nodeId}) => ({nodeId, attributeId: VALUE}));
    const parameters = {samplingInterval: interval, discardOldest: true, queueSize: 1};
    const group = await on.monitorItems(wanted, parameters, library.TimestampsToReturn.Both);
    group.on("changed", (_, value, index) => {
      listener.onValue(found[index]!.point, decodeDataValue(value), sourceTimeOf(value));
    });
    group.monitoredItems.forEach(({statusCode}, index) => {
      // The library reports a node that does not exist by this status alone.
      if (statusCode === undefined || statusCode.isGood()) return;
      listener.onValue(found[index]!.point, bad(`the server says ${statusCode.name}`), null);
    });
  }

  async function watch(silenceMs: number): Promise<void> {
    try {
      for (;;) {
        await clock.sleep(Math.max(50, heardAt + silenceMs - clock.monotonicMs()), of.signal);
        if (clock.monotonicMs() - heardAt >= silenceMs) return end(silentError(options.endpoint, silenceMs));
      }
    } catch {
      // The session is over, and its timer with it.
    }
  }
}

function identityOf(library: OpcUaLibrary, options: OpcUaEndpoint): UserIdentityInfo {
  if (options.user === undefined) return {type: library.UserTokenType.Anonymous};
  return {type: library.UserTokenType.UserName, userName: options.user, password: options.password ?? ""};
}

/** Node id of a point, or why it has none. */
export function nodeIdOrReason(nodeIdOf: (text: string) => NodeId, point: NodePoint): NodeId | string {
  try {
    return nodeIdOf(point.nodeId);
  } catch (error) {
    return sentenceOf(error);
  }
}

function resolveNodeId(library: OpcUaLibrary, text: string, namespaces: readonly string[]): NodeId {
  const wrong = (why: string) => new GatewayError("fieldbus/node-id", why, {nodeId: text});
  const [, uri, rest] = /^nsu=([^;]+);(.+)$/.exec(text) ?? [];
  const index = uri === undefined ? 0 : namespaces.indexOf(uri);
  if (index < 0) throw wrong(`The server has no namespace ${uri}, which ${text} names.`);
  try {
    return library.coerceNodeId(uri === undefined ? text : `ns=${index};${rest}`);
  } catch {
    throw wrong(`${text} is not a node id.`);
  }
}

async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, clock.sleep(ms, done.signal).catch(() => undefined)]);
  done.abort();
}

function noEndpointError(options: OpcUaEndpoint, offered: readonly string[]): GatewayError {
  const wanted = `${options.securityMode} ${options.securityPolicy}`;
  const list = [...new Set(offered)].join(", ") || "nothing";
  return new GatewayError("fieldbus/endpoint", `${options.endpoint} does not offer ${wanted}; it offers ${list}.`, {
    endpoint: options.endpoint,
  });
}

function lostError(endpoint: string): GatewayError {
  return new GatewayError("fieldbus/unavailable", `${endpoint}: the connection was lost.`, {endpoint, fault: "closed"});
}

function silentError(endpoint: string, silenceMs: number): GatewayError {
  const seconds = (silenceMs / 1_000).toFixed(1);
  return new GatewayError("fieldbus/silent", `${endpoint}: the server has said nothing for ${seconds} s.`, {endpoint});
}

function closedError(endpoint: string): GatewayError {
  return new GatewayError("fieldbus/unavailable", `${endpoint}: the connection is closed.`, {endpoint});
}
