import type {IncomingMessage} from "node:http";
import {createServer, type Server, type Socket} from "node:net";
import type {Duplex} from "node:stream";
import {Aedes, type Client, type Subscription} from "aedes";
import {createWebSocketStream, WebSocketServer} from "ws";
import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import type {Caller} from "./auth/caller.ts";
import type {Identify} from "./auth/guards.ts";
import {limitPackets} from "./packet-limit.ts";
import {mayPublish, maySubscribe} from "./topics.ts";

const CLIENTS_MAX = 256;
const SUBSCRIPTIONS_MAX = 1000;
const PACKET_BYTES_MAX = 1 << 20;
const DRAIN_MS = 10_000;
// What a refused subscription is answered with is no quality of service (MQTT 3.1.1 section 3.9.3).
const QOS_MAX = 2;
// aedes hands its own numbers to CONNACK; 5 is "not authorized" (MQTT 3.1.1 section 3.2.2.3).
const NOT_AUTHORIZED = 5;

/** The embedded MQTT broker: TCP on its own port, WebSocket on the REST listener. */
export interface Broker extends Service {
  /** Sends to whoever has subscribed; nobody has: no cost but the look-up. */
  publish(topic: string, payload: Uint8Array | string, options?: {isRetained?: boolean}): void;
  /** Takes over a WebSocket upgrade of `/api/mqtt/v1`. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Calls back for what the field process publishes. */
  onPublished(listener: (topic: string, payload: Uint8Array) => void): void;
  /** Ends the connections of a credential. */
  end(credential: string): void;
  readonly port: number;
}

export interface BrokerOptions {
  readonly host: string;
  readonly port: number;
  /** Whether clients without a login may read the TIP-28 topics. */
  readonly isOpen: boolean;
  /** Puts encryption for other machines before the server; returns what ends connections that are undecided. */
  readonly encrypt?: (server: Server) => () => void;
  /** What a new subscriber of a topic gets at once; nothing when left out. */
  readonly present?: (topic: string) => readonly {readonly topic: string; readonly payload: Uint8Array}[];
}

interface Dependencies {
  readonly identify: Identify;
  readonly clock: Clock;
  readonly log: Log;
}

export function createBroker(options: BrokerOptions, {identify, clock, log}: Dependencies): Broker {
  const callers = new WeakMap<Client, Caller>();
  const subscriptions = new WeakMap<Client, Set<string>>();
  const listeners: ((topic: string, payload: Uint8Array) => void)[] = [];
  const clients = new Map<Duplex, Client>();
  const webSockets = new WebSocketServer({noServer: true, maxPayload: PACKET_BYTES_MAX});
  let aedes: Aedes | null = null;
  let server: Server | null = null;
  let isFull = false;
  let endUndecided = () => {};

  const accept = (connection: Duplex, request?: IncomingMessage) => {
    if (aedes === null || clients.size >= CLIENTS_MAX) {
      // Told once: who is refused tries again every second.
      if (!isFull) log.warn({clients: clients.size}, "mqtt clients are refused: too many are connected");
      isFull = true;
      connection.destroy();
      return;
    }
    isFull = false;
    limitPackets(connection, PACKET_BYTES_MAX, () => log.warn({bytesMax: PACKET_BYTES_MAX}, "mqtt packet too long"));
    connection.on("close", () => clients.delete(connection));
    connection.on("error", (error) => log.debug({error: error.message}, "mqtt connection ended"));
    clients.set(connection, aedes.handle(connection as Socket, request));
  };

  const hasExpired = (caller: Caller) => caller.expiresAtMs !== null && caller.expiresAtMs <= clock.now();
  /** Asks what a client may; nobody after the expiry, when the connection ends. Null: without a login. */
  const asks = (client: Client, may: (caller: Caller | null) => boolean): boolean => {
    const caller = callers.get(client) ?? null;
    if (caller === null || !hasExpired(caller)) return may(caller);
    client.close();
    return false;
  };

  const configure = (broker: Aedes) => {
    broker.preConnect = (_client, packet, done) => {
      // No session outlives its connection: what it would have to hear would gather in memory for as long as nobody comes back.
      packet.clean = true;
      done(null, true);
    };
    broker.authenticate = (client, _user, password, done) => {
      const admit = (caller: Caller | null) => {
        // Under its own name alone can a client take over a connection, so nobody puts out somebody else.
        client.id = `${caller?.actor ?? "open"}/${client.id}`;
        if (caller !== null) callers.set(client, caller);
        done(null, true);
      };
      const refuse = () => done(Object.assign(new Error("not authorized"), {returnCode: NOT_AUTHORIZED}), false);
      if (password === undefined || password.length === 0) return options.isOpen ? admit(null) : refuse();
      identify(password.toString()).then(
        (caller) => (caller === null || caller.user?.mustChangePassword === true ? refuse() : admit(caller)),
        refuse,
      );
    };
    broker.authorizePublish = (client, packet, done) => {
      const isAllowed = client !== null && asks(client, (caller) => mayPublish(packet.topic, caller));
      done(isAllowed ? null : new Error(`not allowed to publish ${packet.topic}`));
    };
    broker.authorizeForward = (client, packet) =>
      asks(client, (caller) => maySubscribe(packet.topic, caller)) ? packet : null;
    broker.authorizeSubscribe = (client, subscription: Subscription, done) => {
      const topics = subscriptions.get(client) ?? new Set();
      const hasRoom = topics.has(subscription.topic) || topics.size < SUBSCRIPTIONS_MAX;
      const isAllowed = hasRoom && asks(client, (caller) => maySubscribe(subscription.topic, caller));
      if (isAllowed) subscriptions.set(client, topics.add(subscription.topic));
      // A null subscription is answered with the failure code 0x80 and the connection stays.
      done(null, isAllowed ? subscription : null);
    };
    broker.on("subscribe", (granted, client) => {
      for (const {topic, qos} of granted) {
        if (qos > QOS_MAX) continue;
        for (const message of options.present?.(topic) ?? []) {
          // aedes calls back without asking whether there is anybody to call.
          client.publish({...packetOf(message.topic, message.payload), retain: true}, () => undefined);
        }
      }
    });
    broker.on("unsubscribe", (topics, client) => {
      for (const topic of topics) subscriptions.get(client)?.delete(topic);
    });
    broker.on("publish", (packet, client) => {
      if (client === null) return;
      for (const listener of listeners) listener(packet.topic, Buffer.from(packet.payload));
    });
    broker.on("clientError", (_client, error) => log.debug({error: error.message}, "mqtt client error"));
    broker.on("connectionError", (_client, error) => log.debug({error: error.message}, "mqtt connection error"));
  };

  const service = createService({
    start: async () => {
      aedes = await Aedes.createBroker({drainTimeout: DRAIN_MS, heartbeatInterval: 3_600_000});
      configure(aedes);
      server = createServer(accept);
      endUndecided = options.encrypt?.(server) ?? endUndecided;
      await listen(server, options);
    },
    stop: async () => {
      endUndecided();
      for (const socket of clients.keys()) socket.destroy();
      await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())));
      await new Promise<void>((resolve) => (aedes === null ? resolve() : aedes.close(() => resolve())));
      webSockets.close();
      server = null;
      aedes = null;
    },
  });

  return {
    ...service,
    publish: (topic, payload, {isRetained = false} = {}) => {
      aedes?.publish({...packetOf(topic, payload), retain: isRetained}, (error) => {
        if (error) log.warn({topic, error: error.message}, "mqtt publish failed");
      });
    },
    handleUpgrade: (request, socket, head) => {
      webSockets.handleUpgrade(request, socket, head, (webSocket) => accept(createWebSocketStream(webSocket), request));
    },
    onPublished: (listener) => {
      listeners.push(listener);
    },
    end: (credential) => {
      for (const client of clients.values()) if (callers.get(client)?.credential === credential) client.close();
    },
    get port() {
      const address = server?.address();
      return typeof address === "object" && address !== null ? address.port : options.port;
    },
  };
}

function packetOf(topic: string, payload: Uint8Array | string) {
  return {cmd: "publish", topic, payload: Buffer.from(payload), qos: 0, retain: false, dup: false} as const;
}

function listen(server: Server, {host, port}: BrokerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const sentence =
        error.code === "EADDRINUSE"
          ? `Port ${port} on ${host} (setting events.port) is taken by another program.`
          : `The MQTT broker cannot listen on ${host}:${port} (settings events.host, events.port): ${error.message}.`;
      reject(new GatewayError("gateway/port-taken", sentence, {host, port}));
    });
    server.listen(port, host, resolve);
  });
}
