// Server-sent events for the console. Everything that happens within a quarter of a second goes out as one write for each page, and of the
// readings of one point only the last: fifty open pages then cost little more than one.

import type {ServerResponse} from "node:http";
import type {Reading} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import type {Scope} from "../http.ts";
import type {Caller} from "./auth/caller.ts";
import {holds} from "./auth/roles.ts";

const CLIENTS_MAX = 128;
const UNSENT_BYTES_MAX = 1 << 20;
const BATCH_MS = 250;
/** Events that wait for their batch; beyond this it goes out early. */
const BATCH_EVENTS_MAX = 500;

/** Events of one kind that a page gets when it opens, so that its picture is not empty. */
const KEPT_MAX = 60;

// What an event shows, its reader could ask for, too.
const SCOPES: Readonly<Record<string, Scope>> = {
  readings: "field:read",
  device: "field:read",
  "audit-entry": "audit:read",
  alarm: "gateway:read",
};

/** Server-sent events for the console: everything of interest, to every open page what its reader may see. */
export interface EventStream {
  /** `isKept`: the last of its kind are sent to pages that open later, too. */
  send(event: string, data: unknown, options?: {isKept?: boolean}): void;
  /** A reading; goes out in an event `readings` with the others of its batch. */
  sendReading(reading: Reading): void;
  /** Takes over a response. False when there are too many pages already. */
  add(response: ServerResponse, caller: Caller): boolean;
  /** Ends the pages of a credential; a browser opens them anew by itself, with what it may do now. */
  end(credential: string): void;
  close(): void;
}

interface Waiting {
  readonly event: string;
  readonly text: string;
}

export function createEventStream(clock: Clock, batchMs = BATCH_MS): EventStream {
  const clients = new Map<ServerResponse, Caller>();
  const kept = new Map<string, string[]>();
  const maySee = ({scopes}: Caller, event: string) => {
    const scope = SCOPES[event];
    return scope === undefined || holds(scopes, scope);
  };
  let waiting: Waiting[] = [];
  let readings = new Map<string, Reading>();
  let timer: ReturnType<typeof setTimeout> | null = null;

  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (readings.size > 0) waiting.push({event: "readings", text: textOf("readings", [...readings.values()])});
    const events = waiting;
    waiting = [];
    readings = new Map();
    // Pages with the same rights get the same text, which is put together once.
    const texts = new Map<string, string>();
    for (const [client, caller] of clients) {
      // A page that does not read any more would keep all of it in memory; the browser connects again by itself.
      if (client.writableLength > UNSENT_BYTES_MAX) {
        client.destroy();
        continue;
      }
      if (caller.expiresAtMs !== null && caller.expiresAtMs <= clock.now()) {
        client.end();
        continue;
      }
      const heard = events.map(({event}) => (maySee(caller, event) ? "1" : "0")).join("");
      let text = texts.get(heard);
      if (text === undefined) {
        text = events
          .filter((_, place) => heard[place] === "1")
          .map((waiting) => waiting.text)
          .join("");
        texts.set(heard, text);
      }
      if (text !== "") client.write(text);
    }
  };
  const wake = () => {
    if (waiting.length >= BATCH_EVENTS_MAX) flush();
    else timer ??= setTimeout(flush, batchMs);
  };

  return {
    send: (event, data, {isKept = false} = {}) => {
      if (clients.size === 0 && !isKept) return;
      const text = textOf(event, data);
      if (isKept) kept.set(event, [...(kept.get(event) ?? []), text].slice(-KEPT_MAX));
      if (clients.size === 0) return;
      waiting.push({event, text});
      wake();
    },
    sendReading: (reading) => {
      if (clients.size === 0) return;
      readings.set(`${reading.device}/${reading.point}`, reading);
      wake();
    },
    add: (response, caller) => {
      if (clients.size >= CLIENTS_MAX) return false;
      // What waits was before this page; it gets the kept ones instead.
      if (timer !== null) flush();
      response.writeHead(200, {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      const past = [...kept].filter(([event]) => maySee(caller, event)).flatMap(([, texts]) => texts);
      response.write(["retry: 2000\n\n", ...past].join(""));
      clients.set(response, caller);
      response.on("close", () => clients.delete(response));
      response.on("error", () => clients.delete(response));
      return true;
    },
    end: (credential) => {
      // What happened before the end they may still hear.
      if (timer !== null) flush();
      for (const [client, caller] of clients) if (caller.credential === credential) client.end();
    },
    close: () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      for (const client of clients.keys()) client.end();
      clients.clear();
    },
  };
}

function textOf(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
