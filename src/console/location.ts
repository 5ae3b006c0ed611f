// The address bar holds the state: path and query as one signal, changed by links and by `go`.

import {signal} from "@preact/signals";

export interface Place {
  /** Parts of the path: `["audit", "press-7"]`; empty at the overview. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export const place = signal<Place>(readPlace());

addEventListener("popstate", () => {
  place.value = readPlace();
});

/** Goes to a path of the console. `isReplaced`: no step of its own for the back button (a filter that changes as one types). */
export function go(href: string, {isReplaced = false}: {isReplaced?: boolean} = {}): void {
  const page = place.value.path[0];
  if (isReplaced) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  place.value = readPlace();
  // Another filter or a sheet beside the page leaves the eye where it is.
  if (place.value.path[0] !== page) scrollTo(0, 0);
}

/** The present path with other values in its query; `null` takes a value out. */
export function hrefWith(changes: Readonly<Record<string, string | null>>): string {
  const query = new URLSearchParams(place.value.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return location.pathname + (text === "" ? "" : `?${text}`);
}

/** A path of escaped parts. */
export function pathTo(...parts: readonly (string | number)[]): string {
  return `/${parts.map((part) => encodeURIComponent(part)).join("/")}`;
}

/** For the document: clicks on links of the console do not load the page again. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null) return;
  if (link.target !== "" || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname.startsWith("/api/") || link.dataset.reload !== undefined) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

function readPlace(): Place {
  return {
    path: location.pathname
      .split("/")
      .filter((part) => part !== "")
      .map((part) => decodeURIComponent(part)),
    query: new URLSearchParams(location.search),
  };
}
