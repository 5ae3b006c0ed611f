import type {ServerResponse} from "node:http";

const CLIENTS_MAX = 64;
const UNSENT_BYTES_MAX = 1 << 20;

/** Events of one kind that a page gets when it opens, so that its picture is not empty. */
const KEPT_MAX = 60;

/** Server-sent events for the console: everything of interest, to every open page. */
export interface EventStream {
  /** `isKept`: the last of its kind are sent to pages that open later, too. */
  send(event: string, data: unknown, options?: {isKept?: boolean}): void;
  /** Takes over a response. False when there are too many pages already. */
  add(response: ServerResponse): boolean;
  close(): void;
}

export function createEventStream(): EventStream {
  const clients = new Set<ServerResponse>();
  const kept = new Map<string, string[]>();
  return {
    send: (event, data, {isKept = false} = {}) => {
      if (clients.size === 0 && !isKept) return;
      const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      if (isKept) kept.set(event, [...(kept.get(event) ?? []), text].slice(-KEPT_MAX));
      for (const client of clients) {
        // A page that does not read any more would keep all of it in memory; the browser connects again by itself.
        if (client.writableLength > UNSENT_BYTES_MAX) client.destroy();
        else client.write(text);
      }
    },
    add: (response) => {
      if (clients.size >= CLIENTS_MAX) return false;
      response.writeHead(200, {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      response.write(["retry: 2000\n\n", ...[...kept.values()].flat()].join(""));
      clients.add(response);
      response.on("close", () => clients.delete(response));
      response.on("error", () => clients.delete(response));
      return true;
    },
    close: () => {
      for (const client of clients) client.end();
      clients.clear();
    },
  };
}
