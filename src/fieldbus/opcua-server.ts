// An OPC UA server without its library's types: objects, variables, methods and alarms are described as plain values, and published
// values are pushed in. One endpoint, SignAndEncrypt with Basic256Sha256, login by user and password; nobody is anonymous.

import {mkdir} from "node:fs/promises";
import type {Server, Socket} from "node:net";
import path from "node:path";
import {
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  type OPCUAServerEndPoint,
  SecurityPolicy,
} from "node-opcua";
import type {Clock} from "../clock.ts";
import {assert, GatewayError, sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import type {UnixMs} from "../units.ts";
import {loadOpcUa} from "./opcua-library.ts";
import {buildAddressSpace, type OpcUaObject, type OpcUaValue, type PublishedSpace} from "./opcua-space.ts";

export interface OpcUaServerOptions {
  readonly host: string;
  /** 0 = any free port, the same one after a restart; `port` of the server tells which. */
  readonly port: number;
  readonly applicationName: string;
  readonly applicationUri: string;
  /** Namespace of all nodes below. Node ids are `s=<names from the top, joined by dots>`. */
  readonly namespaceUri: string;
  readonly manufacturer: string;
  /** Own certificate, key and the clients' certificates; made when it is not there. Never the user's home. */
  readonly pkiFolder: string;
  /** Accept certificates of clients that nobody has trusted yet; for simulations. Otherwise they wait in `rejected`. */
  readonly acceptUnknownClients: boolean;
  /** Whether this user may log in with this password. */
  isUser(user: string, password: string): boolean;
  readonly objects: readonly OpcUaObject[];
  /** Default 16. */
  readonly maxSessions?: number;
}

/**
 * How the server misbehaves. `drop` cuts connections whenever one is made, `hang` keeps them open and never answers, `garbage` sends
 * bytes that are no OPC UA, `exception` gives every variable the status BadDeviceFailure and lets no method run.
 */
export type OpcUaFault = "drop" | "hang" | "garbage" | "exception";

export interface OpcUaServer extends Service {
  /** The port it listens on; 0 while it does not. */
  readonly port: number;
  /** opc.tcp://host:port; empty while it does not listen. */
  readonly endpoint: string;
  /** New values by node path ("PackagingMachine.Status.CurMachSpeed"), true at `atMs`. Unknown paths are a bug. */
  publish(values: Readonly<Record<string, OpcUaValue>>, atMs: UnixMs): void;
  /** Makes it misbehave until told otherwise; null = behave. Ends with a stop. */
  setFault(fault: OpcUaFault | null): void;
}

const CHANNELS_PER_SESSION = 2;

/** An OPC UA server. `start` fails with `fieldbus/port-taken` or `fieldbus/cannot-listen`, and may follow a `stop`. */
export function createOpcUaServer(
  options: OpcUaServerOptions,
  deps: {readonly log: Log; readonly clock: Clock},
): OpcUaServer {
  const {host, maxSessions = 16} = options;
  let listenPort = options.port;
  let server: OPCUAServer | null = null;
  let certificates: readonly OPCUACertificateManager[] = [];
  let space: PublishedSpace | null = null;
  let fault: OpcUaFault | null = null;
  const sockets = new Set<Socket>();

  const start = async () => {
    await loadOpcUa(deps.log);
    const created = await createCertificates(options);
    certificates = [created.server, created.users];
    const made = new OPCUAServer({
      host,
      hostname: host,
      port: listenPort,
      alternateHostname: [host],
      securityModes: [MessageSecurityMode.SignAndEncrypt],
      securityPolicies: [SecurityPolicy.Basic256Sha256],
      allowAnonymous: false,
      userManager: {isValidUser: (user: string, password: string) => options.isUser(user, password)},
      serverCertificateManager: created.server,
      userCertificateManager: created.users,
      serverInfo: {applicationName: {text: options.applicationName}, applicationUri: options.applicationUri},
      buildInfo: {productName: options.applicationName, manufacturerName: options.manufacturer},
      maxConnectionsPerEndpoint: maxSessions * CHANNELS_PER_SESSION,
      serverCapabilities: {maxSessions},
    });
    server = made;
    try {
      await made.initialize();
      space = buildAddressSpace(made, {namespaceUri: options.namespaceUri, objects: options.objects}, deps.clock);
      for (const endpoint of made.endpoints) listenerOf(endpoint).on("connection", accept);
      await made.start();
      listenPort = made.endpoints[0]!.port;
    } catch (error) {
      await stop();
      throw startFailure(error, host, listenPort);
    }
  };

  const stop = async () => {
    const [stopping, managers] = [server, certificates];
    setFault(null);
    server = null;
    space = null;
    certificates = [];
    if (stopping?.initialized) await stopping.shutdown(0);
    for (const manager of managers) await manager.dispose();
  };

  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    misbehave(socket);
  };

  const misbehave = (socket: Socket) => {
    if (fault === "drop") socket.destroy();
    if (fault === "garbage") socket.write(GARBAGE);
    // Answers are kept back and go out when the fault ends, as after a controller's long pause.
    if (fault === "hang") socket.cork();
  };

  const setFault = (next: OpcUaFault | null) => {
    if (fault === "hang") for (const socket of sockets) socket.uncork();
    fault = next;
    space?.setFailing(next === "exception");
    for (const socket of sockets) misbehave(socket);
  };

  return {
    ...createService({start, stop}),
    get port() {
      return server?.endpoints[0]?.port ?? 0;
    },
    get endpoint() {
      const port = server?.endpoints[0]?.port;
      return port === undefined ? "" : `opc.tcp://${host}:${port}`;
    },
    publish: (values, atMs) => space?.publish(values, new Date(atMs)),
    setFault: (next) => {
      deps.log.debug({fault: next}, "opc ua server changes its behaviour");
      setFault(next);
    },
  };
}

// Neither a message type nor a length that OPC UA knows (OPC 10000-6, section 7.1.2.2).
const GARBAGE = Buffer.from("?!?F\u0000\u0001\u0002\u0003 this is no message of OPC UA", "latin1");

async function createCertificates(options: OpcUaServerOptions) {
  await mkdir(options.pkiFolder, {recursive: true, mode: 0o700});
  const create = async (name: string, automaticallyAcceptUnknownCertificate: boolean) => {
    const rootFolder = path.join(options.pkiFolder, name);
    const manager = new OPCUACertificateManager({
      rootFolder,
      automaticallyAcceptUnknownCertificate,
      // A trusted certificate is looked up again on use; watchers would hold the process open.
      disableFileWatchers: true,
    });
    await manager.initialize();
    return manager;
  };
  return {server: await create("server", options.acceptUnknownClients), users: await create("users", false)};
}

/** The library keeps its sockets to itself; nothing public can stall a connection or tell of one before it is greeted. */
function listenerOf(endpoint: OPCUAServerEndPoint): Server {
  const {_server} = endpoint as unknown as {readonly _server?: Server};
  assert(_server !== undefined, "node-opcua keeps the listener of an endpoint in _server");
  return _server;
}

function startFailure(error: unknown, host: string, port: number): Error {
  const reason = sentenceOf(error);
  const isTaken = reason.includes("EADDRINUSE");
  const sentence = isTaken
    ? `Port ${port} on ${host} is taken: end the program that uses it, or give the OPC UA server another port.`
    : `The OPC UA server cannot start on ${host}:${port}: ${reason}`;
  return new GatewayError(
    isTaken ? "fieldbus/port-taken" : "fieldbus/cannot-listen",
    sentence,
    {host, port},
    {
      cause: error,
    },
  );
}
