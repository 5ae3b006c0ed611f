import type {IncomingMessage} from "node:http";
import {createServer, type Server, type Socket} from "node:net";
import type {Duplex} from "node:stream";
import {Aedes, type Client, type Subscription} from "aedes";
import {createWebSocketStream, WebSocketServer} from "ws";
import {GatewayError} from "../errors.ts";
import type {Identity} from "../http.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";
import type {Identify} from "./auth/guards.ts";
import {limitPackets} from "./packet-limit.ts";
import {mayPublish, maySubscribe} from "./topics.ts";

const CLIENTS_MAX = 256;
const SUBSCRIPTIONS_MAX = 1000;
const PACKET_BYTES_MAX = 1 << 20;
const DRAIN_MS = 10_000;
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
  readonly port: number;
}

export interface BrokerOptions {
  readonly host: string;
  readonly port: number;
  /** Whether clients without a login may read the TIP-28 topics. */
  readonly isOpen: boolean;
  /** What a new subscriber of a topic gets at once; nothing when left out. */
  readonly present?: (topic: string) => readonly {readonly topic: string; readonly payload: Uint8Array}[];
}

export function createBroker(options: BrokerOptions, identify: Identify, log: Log): Broker {
  const identities = new WeakMap<Client, Identity>();
  const subscriptions = new WeakMap<Client, Set<string>>();
  const listeners: ((topic: string, payload: Uint8Array) => void)[] = [];
  const sockets = new Set<Duplex>();
  const webSockets = new WebSocketServer({noServer: true, maxPayload: PACKET_BYTES_MAX});
  let aedes: Aedes | null = null;
  let server: Server | null = null;
  let isFull = false;

  const accept = (connection: Duplex, request?: IncomingMessage) => {
    if (aedes === null || sockets.size >= CLIENTS_MAX) {
      // Told once: who is refused tries again every second.
      if (!isFull) log.warn({clients: sockets.size}, "mqtt clients are refused: too many are connected");
      isFull = true;
      connection.destroy();
      return;
    }
    isFull = false;
    sockets.add(connection);
    limitPackets(connection, PACKET_BYTES_MAX, () => log.warn({bytesMax: PACKET_BYTES_MAX}, "mqtt packet too long"));
    connection.on("close", () => sockets.delete(connection));
    connection.on("error", (error) => log.debug({error: error.message}, "mqtt connection ended"));
    aedes.handle(connection as Socket, request);
  };

  const configure = (broker: Aedes) => {
    broker.preConnect = (_client, packet, done) => {
      // No session outlives its connection: what it would have to hear would gather in memory for as long as nobody comes back.
      packet.clean = true;
      done(null, true);
    };
    broker.authenticate = (client, _user, password, done) => {
      if (password === undefined || password.length === 0) return done(null, options.isOpen);
      identify(password.toString()).then(
        (identity) => {
          if (identity === null) {
            done(Object.assign(new Error("unknown token"), {returnCode: NOT_AUTHORIZED}), false);
            return;
          }
          identities.set(client, identity);
          done(null, true);
        },
        () => done(null, false),
      );
    };
    broker.authorizePublish = (client, packet, done) => {
      const isAllowed = client !== null && mayPublish(packet.topic, identities.get(client) ?? null);
      done(isAllowed ? null : new Error(`not allowed to publish ${packet.topic}`));
    };
    broker.authorizeSubscribe = (client, subscription: Subscription, done) => {
      const topics = subscriptions.get(client) ?? new Set();
      const hasRoom = topics.has(subscription.topic) || topics.size < SUBSCRIPTIONS_MAX;
      const isAllowed = hasRoom && maySubscribe(subscription.topic, identities.get(client) ?? null);
      if (isAllowed) subscriptions.set(client, topics.add(subscription.topic));
      // A null subscription is answered with the failure code 0x80 and the connection stays.
      done(null, isAllowed ? subscription : null);
    };
    broker.on("subscribe", (granted, client) => {
      for (const {topic} of granted) {
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
      await listen(server, options);
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
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
