import mqtt, {type MqttClient} from "mqtt";
import {sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import {createService, type Service} from "../service.ts";

/** Messages that wait for the broker; the oldest make room for newer ones. */
export const QUEUE_MAX = 10_000;
/** Messages on the way to the broker that it has not acknowledged. */
const IN_FLIGHT_MAX = 100;
const RECONNECT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_S = 15;
/** MQTT 3.1.1. */
const PROTOCOL_VERSION = 4;

/** The way to the gateway's MQTT broker. Polling never waits for it: what it cannot send now waits in a bounded queue. */
export interface Uplink extends Service {
  readonly isConnected: boolean;
  readonly waiting: number;
  /** Messages that had to make room. */
  readonly dropped: number;
  publish(topic: string, payload: string): void;
  /** Calls back when the broker is there, also when it is there again. */
  onConnected(listener: () => void): void;
}

export function createUplink(
  options: {readonly host: string; readonly port: number; readonly password: string},
  deps: {readonly log: Log},
): Uplink {
  const {log} = deps;
  const listeners: (() => void)[] = [];
  let queue: {readonly topic: string; readonly payload: string}[] = [];
  let client: MqttClient | null = null;
  let inFlight = 0;
  let dropped = 0;
  let isWarned = false;

  const pump = () => {
    while (client?.connected === true && inFlight < IN_FLIGHT_MAX && queue.length > 0) {
      const {topic, payload} = queue.shift()!;
      inFlight += 1;
      client.publish(topic, payload, {qos: 1}, (error) => {
        inFlight -= 1;
        if (error && client !== null) log.debug({topic, reason: error.message}, "message was not taken");
        pump();
      });
    }
  };

  const warnOnce = (reason: string) => {
    if (isWarned) return;
    isWarned = true;
    log.warn({broker: `${options.host}:${options.port}`, reason}, "the broker cannot be reached; values wait");
  };

  const service = createService({
    start: async () => {
      const made = mqtt.connect({
        host: options.host,
        port: options.port,
        protocol: "mqtt",
        protocolVersion: PROTOCOL_VERSION,
        clientId: "tanglegate-field",
        username: "field",
        password: options.password,
        clean: true,
        keepalive: KEEP_ALIVE_S,
        reconnectPeriod: RECONNECT_MS,
        connectTimeout: CONNECT_TIMEOUT_MS,
      });
      client = made;
      made.on("error", (error) => warnOnce(sentenceOf(error)));
      made.on("close", () => warnOnce("the connection was closed"));
      made.on("connect", () => {
        if (isWarned) log.info({waiting: queue.length, dropped}, "the broker is there");
        isWarned = false;
        for (const listener of listeners) listener();
        pump();
      });
    },
    stop: async () => {
      const closing = client;
      client = null;
      // What is on its way gets a moment; what waits would be lost with the process anyway.
      await closing?.endAsync(closing.connected !== true);
      inFlight = 0;
      queue = [];
    },
  });

  return {
    ...service,
    get isConnected() {
      return client?.connected === true;
    },
    get waiting() {
      return queue.length;
    },
    get dropped() {
      return dropped;
    },
    publish: (topic, payload) => {
      if (queue.length >= QUEUE_MAX) {
        queue.shift();
        dropped += 1;
      }
      queue.push({topic, payload});
      pump();
    },
    onConnected: (listener) => {
      listeners.push(listener);
    },
  };
}
