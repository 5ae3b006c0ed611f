import {existsSync} from "node:fs";
import {describe} from "@jest/globals";
import {type Browser, chromium} from "playwright-core";

/** Where Debian puts it; nothing is downloaded. */
export const CHROMIUM = "/usr/bin/chromium";

/** A group of tests in a browser: counted as skipped where there is none. */
export const describeInBrowser: typeof describe | typeof describe.skip = existsSync(CHROMIUM)
  ? describe
  : describe.skip;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
}
