import type {DeviceDefinition, DeviceStatus, GatewayClient, PointDescription, Reading} from "../../src/client/index.ts";
import type {Clock} from "../../src/clock.ts";
import {GatewayError, sentenceOf} from "../../src/errors.ts";
import {createService, type Service} from "../../src/service.ts";
import {eventData} from "../gateway/event-data.ts";
import type {EventFeed} from "../gateway/event-feed.ts";

/** How often the gateway is asked for the device's state, besides what it tells by itself. */
export const ASK_EVERY_MS = 5000;
// At the start the processes come up side by side: the first tries follow each other faster.
const FIRST_WAIT_MS = 500;

/**
 * What is known of a device: the field process's own state; `unknown` = it has no such device; `invalid` = it refuses the
 * definition; `unreachable` and `refused` = the gateway does not answer, or not to us; `starting` = not asked yet.
 */
export interface LinkState {
  readonly kind: DeviceStatus["state"] | "unknown" | "invalid" | "unreachable" | "refused" | "starting";
  /** A sentence, for people; null when all is well. */
  readonly reason: string | null;
  readonly lastGoodMs: number | null;
}

/** Keeps a device defined in the gateway and knows its state. Nothing here touches the device: that is the field process's work. */
export interface DeviceLink extends Service {
  state(): LinkState;
  /** Calls back at once and at every change of `kind` or `reason`; returns what ends that. */
  onState(listener: (state: LinkState) => void): () => void;
  /** Resolves when the gateway has told of the device and its points; rejects with the signal's reason. */
  whenDescribed(signal: AbortSignal): Promise<void>;
  /** The word for an enumeration's number ("Execute" for 6); null when the point has none for it. */
  wordOf(point: string, value: Reading["value"]): string | null;
}

export interface DeviceLinkOptions {
  readonly device: string;
  /** Kept in the gateway under `device`; null = somebody else defines it. */
  readonly definition: DeviceDefinition | null;
}

interface Dependencies {
  readonly client: GatewayClient;
  readonly feed: EventFeed;
  readonly clock: Clock;
}

export function createDeviceLink({device, definition}: DeviceLinkOptions, deps: Dependencies): DeviceLink {
  const {client, feed, clock} = deps;
  const listeners = new Set<(state: LinkState) => void>();
  const describing: (() => void)[] = [];
  const stopping = new AbortController();
  let state: LinkState = {kind: "starting", reason: null, lastGoodMs: null};
  let points: ReadonlyMap<string, PointDescription> | null = null;
  let isDefined = definition === null;
  let running: Promise<void> = Promise.resolve();
  let unsubscribe: () => void = () => undefined;

  const setState = (next: LinkState) => {
    const isNew = next.kind !== state.kind || next.reason !== state.reason;
    state = next;
    if (isNew) for (const listener of listeners) listener(next);
  };

  const take = (status: DeviceStatus) => {
    points = new Map(status.points.map((point) => [point.name, point]));
    setState(linkStateOf(status));
    for (const resolve of describing.splice(0)) resolve();
  };

  const ask = async () => {
    const {signal} = stopping;
    if (!isDefined && definition !== null) {
      await client.field.putDevice(definition, {signal});
      isDefined = true;
    }
    const status = await client.field.device(device, {signal});
    // A device that was removed behind our back is defined again at the next turn.
    if (status === null && definition !== null) isDefined = false;
    if (status === null) setState(missing(device));
    else take(status);
  };

  const keepAsking = async () => {
    for (let waitMs = FIRST_WAIT_MS; !stopping.signal.aborted; waitMs = Math.min(2 * waitMs, ASK_EVERY_MS)) {
      await ask().catch((error: unknown) => {
        if (!stopping.signal.aborted) setState(failureState(error));
      });
      await clock.sleep(points === null ? waitMs : ASK_EVERY_MS, stopping.signal).catch(() => undefined);
    }
  };

  const service = createService({
    start: async () => {
      unsubscribe = feed.subscribe(`tanglegate/field/status/${device}`, (_topic, payload) => {
        const status = eventData<DeviceStatus>(payload);
        if (status !== null && isDefined) take(status);
      });
      running = keepAsking();
    },
    stop: async () => {
      unsubscribe();
      stopping.abort(new Error("The link is stopped."));
      await running;
      listeners.clear();
    },
  });

  return {
    ...service,
    state: () => state,
    onState: (listener) => {
      listeners.add(listener);
      listener(state);
      return () => listeners.delete(listener);
    },
    whenDescribed: (signal) =>
      new Promise((resolve, reject) => {
        if (points !== null) return resolve();
        describing.push(resolve);
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
    wordOf: (point, value) => points?.get(point)?.values?.[String(value)] ?? null,
  };
}

function linkStateOf({state, reason, remedy, lastGoodMs}: DeviceStatus): LinkState {
  const words = [reason, remedy].filter((part) => part !== null && part !== undefined && part !== "");
  return {kind: state, reason: words.length === 0 ? null : words.join(" "), lastGoodMs: lastGoodMs ?? null};
}

function missing(device: string): LinkState {
  return {
    kind: "unknown",
    reason: `The gateway has no device "${device}". Define it here or in gateway.yaml.`,
    lastGoodMs: null,
  };
}

function failureState(error: unknown): LinkState {
  const code = error instanceof GatewayError ? error.code : "";
  const kind = /\/(unauthorised|refused)$/.test(code)
    ? "refused"
    : code === "field/invalid" || code === "field/conflict"
      ? "invalid"
      : "unreachable";
  return {kind, reason: sentenceOf(error), lastGoodMs: null};
}
