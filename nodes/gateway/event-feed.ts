import {connect, type MqttClient} from "mqtt";
import {toHex} from "../../src/bytes.ts";
import {createSystemRandom} from "../../src/random.ts";
import type {Access} from "./access.ts";

/** `refused`: the gateway does not know the token. The feed keeps trying in every state but `closed`. */
export type FeedState = "idle" | "connecting" | "connected" | "refused" | "closed";

export type EventListener = (topic: string, payload: Uint8Array) => void;

/**
 * The gateway's events, over one MQTT connection for all nodes that share a gateway node. It opens with the first subscription and
 * makes all of them again after a break.
 */
export interface EventFeed {
  /** `filter` may hold the wildcard `+`. Returns what ends the subscription. `onRefused` is called when the token may not read it. */
  subscribe(filter: string, listener: EventListener, onRefused?: () => void): () => void;
  state(): FeedState;
  /** Calls back at every change; returns what ends that. */
  onState(listener: (state: FeedState) => void): () => void;
  stop(): Promise<void>;
}

const PATH = "/api/mqtt/v1";
const RECONNECT_MS = 1000;
const CONNECT_TIMEOUT_MS = 10_000;
// MQTT 3.1.1 section 3.2.2.3: bad user name or password, not authorized.
const REFUSED_CODES: ReadonlySet<unknown> = new Set([4, 5]);
/** MQTT 3.1.1 section 3.9.3. */
const SUBACK_FAILURE = 0x80;

/** `onFault` hears of listeners that throw: a bad event, or a bug of ours, must not end the host. */
export function createEventFeed({url, token}: Access, onFault: (error: unknown) => void): EventFeed {
  const subscriptions = new Map<string, Set<{listener: EventListener; onRefused?: (() => void) | undefined}>>();
  const watchers = new Set<(state: FeedState) => void>();
  let client: MqttClient | null = null;
  let state: FeedState = "idle";

  const setState = (next: FeedState) => {
    if (next === state) return;
    state = next;
    for (const watcher of watchers) watcher(next);
  };

  const ask = (filter: string) => {
    client?.subscribe(filter, {qos: 0}, (error) => {
      const granted = (error as {packet?: {granted?: readonly number[]}} | null)?.packet?.granted;
      if (granted?.some((code) => code >= SUBACK_FAILURE))
        for (const {onRefused} of subscriptions.get(filter) ?? []) onRefused?.();
    });
  };

  const open = () => {
    setState("connecting");
    client = connect(url.replace(/^http/, "ws") + PATH, {
      protocolVersion: 4,
      username: "node-red",
      password: token,
      clientId: `tanglegate-nodes-${toHex(createSystemRandom().bytes(6)).slice(2)}`,
      reconnectPeriod: RECONNECT_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectOnConnackError: true,
      resubscribe: false,
    });
    client.on("connect", () => {
      setState("connected");
      for (const filter of subscriptions.keys()) ask(filter);
    });
    client.on("close", () => {
      if (state === "connected") setState("connecting");
    });
    client.on("error", (error) => {
      if (REFUSED_CODES.has((error as {code?: unknown}).code)) setState("refused");
    });
    client.on("message", (topic, payload) => {
      for (const [filter, listeners] of subscriptions) {
        if (matches(filter, topic)) for (const {listener} of listeners) hand(listener, topic, payload);
      }
    });
  };

  const hand = (listener: EventListener, topic: string, payload: Uint8Array) => {
    try {
      listener(topic, payload);
    } catch (error) {
      onFault(error);
    }
  };

  return {
    subscribe: (filter, listener, onRefused) => {
      if (state === "closed") return () => undefined;
      const entry = {listener, onRefused};
      const others = subscriptions.get(filter);
      if (others === undefined) subscriptions.set(filter, new Set([entry]));
      else others.add(entry);
      if (client === null) open();
      else if (others === undefined && state === "connected") ask(filter);
      return () => {
        const left = subscriptions.get(filter);
        if (!left?.delete(entry) || left.size > 0) return;
        subscriptions.delete(filter);
        if (state === "connected") client?.unsubscribe(filter);
      };
    },
    state: () => state,
    onState: (listener) => {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    stop: async () => {
      setState("closed");
      watchers.clear();
      subscriptions.clear();
      await client?.endAsync(true);
      client = null;
    },
  };
}

/** Whether a topic falls under a filter with the wildcard `+` (MQTT 3.1.1 section 4.7). */
export function matches(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  return wanted.length === levels.length && wanted.every((level, index) => level === "+" || level === levels[index]);
}
