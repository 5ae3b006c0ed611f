// Addresses of the console that tests look at. A page of the frame is looked at by itself; what lies below it stands here.

import type {TanglePicture} from "../../src/client/index.ts";
import {PAGES} from "../../src/console/frame/pages.ts";
import type {ConsoleSite} from "./console.ts";

export interface ConsolePlace {
  readonly name: string;
  /** Found when the site runs: ids differ from start to start. */
  readonly path: (ids: SiteIds) => string;
}

export interface SiteIds {
  /** A confirmed block with an anchor of the audit trail. */
  readonly block: string;
  /** A confirmed milestone. */
  readonly milestone: number;
}

const fixed = (name: string, path: string): ConsolePlace => ({name, path: () => path});

const BELOW: readonly ConsolePlace[] = [
  fixed("a device over Modbus", "/devices/main-meter"),
  fixed("a device over OPC UA", "/devices/packaging-1"),
  fixed("a device that is not there", "/devices/nobody"),
  fixed("a device to be added", "/devices/+"),
  {name: "a block", path: ({block}) => `/tangle/block/${block}`},
  {name: "a milestone", path: ({milestone}) => `/tangle/milestone/${milestone}`},
  fixed("a tag", `/tangle/tag/${encodeURIComponent("tanglegate/audit/v1")}`),
];

/** Every page of the frame and what lies below. */
export const CONSOLE_PLACES: readonly ConsolePlace[] = [
  ...PAGES.map(({name, words}) => fixed(`the page ${words.en}`, `/${name}`)),
  ...BELOW,
];

export async function idsOf({url, people}: ConsoleSite): Promise<SiteIds> {
  const headers = {authorization: `Bearer ${people.viewer.token}`};
  const answer = await fetch(`${url}/api/gateway/v1/tangle?limit=1000`, {headers});
  const {items} = (await answer.json()) as TanglePicture;
  const anchor = items.find(({tag, confirmedBy}) => tag?.startsWith("tanglegate/audit") && confirmedBy !== null)!;
  return {block: anchor.id, milestone: anchor.confirmedBy!};
}
