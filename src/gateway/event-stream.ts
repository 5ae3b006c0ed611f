import type {ServerResponse} from "node:http";
import type {Clock} from "../clock.ts";
import type {Scope} from "../http.ts";
import type {Caller} from "./auth/caller.ts";
import {holds} from "./auth/roles.ts";

const CLIENTS_MAX = 64;
const UNSENT_BYTES_MAX = 1 << 20;

/** Events of one kind that a page gets when it opens, so that its picture is not empty. */
const KEPT_MAX = 60;

// What an event shows, its reader could ask for, too.
const SCOPES: Readonly<Record<string, Scope>> = {
  reading: "field:read",
  device: "field:read",
  "audit-entry": "audit:read",
};

/** Server-sent events for the console: to every open page what its reader may see. */
export interface EventStream {
  /** `isKept`: the last of its kind are sent to pages that open later, too. */
  send(event: string, data: unknown, options?: {isKept?: boolean}): void;
  /** Takes over a response. False when there are too many pages already. */
  add(response: ServerResponse, caller: Caller): boolean;
  /** Ends the pages of a credential; a browser opens them anew by itself, with what it may do now. */
  end(credential: string): void;
  close(): void;
}

export function createEventStream(clock: Clock): EventStream {
  const clients = new Map<ServerResponse, Caller>();
  const kept = new Map<string, string[]>();
  const maySee = ({scopes}: Caller, event: string) => {
    const scope = SCOPES[event];
    return scope === undefined || holds(scopes, scope);
  };
  return {
    send: (event, data, {isKept = false} = {}) => {
      if (clients.size === 0 && !isKept) return;
      const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      if (isKept) kept.set(event, [...(kept.get(event) ?? []), text].slice(-KEPT_MAX));
      for (const [client, caller] of clients) {
        const hasExpired = caller.expiresAtMs !== null && caller.expiresAtMs <= clock.now();
        // A page that does not read any more would keep all of it in memory; the browser connects again by itself.
        if (client.writableLength > UNSENT_BYTES_MAX) client.destroy();
        else if (hasExpired) client.end();
        else if (maySee(caller, event)) client.write(text);
      }
    },
    add: (response, caller) => {
      if (clients.size >= CLIENTS_MAX) return false;
      response.writeHead(200, {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      const present = [...kept].flatMap(([event, texts]) => (maySee(caller, event) ? texts : []));
      response.write(["retry: 2000\n\n", ...present].join(""));
      clients.set(response, caller);
      response.on("close", () => clients.delete(response));
      response.on("error", () => clients.delete(response));
      return true;
    },
    end: (credential) => {
      for (const [client, caller] of clients) if (caller.credential === credential) client.end();
    },
    close: () => {
      for (const client of clients.keys()) client.end();
      clients.clear();
    },
  };
}
