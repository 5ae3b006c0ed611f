// What the site keeps over a restart: one small file, replaced as a whole. Counters must never go back, not even after a power cut, yet
// writing after every change would wear a memory card. So the file is written rarely, and a site that was not closed in good order is
// run forward by the longest time that can have passed since: the model is deterministic and every command is saved at once, so the
// counters come out at least as high as anybody has seen them.

import {mkdir, open, readFile, rename} from "node:fs/promises";
import path from "node:path";
import {GatewayError} from "../errors.ts";
import {createMachine} from "./machine.ts";
import {type Site, STEP_MS} from "./site.ts";

const VERSION = 1;
const FILE = "state.json";
const BIGINT = /^-?\d+n$/;

export interface SavedSite {
  readonly site: Site;
  readonly speed: number;
  /** Written at a stop in good order: nothing has happened since. */
  readonly isClosed: boolean;
}

/** Real time between two saves: five minutes, less when the simulated time runs fast, never under half a minute. */
export function saveIntervalMs(speed: number): number {
  return Math.max(30_000, 300_000 / speed);
}

/** Steps that may have been made after the last save and were lost with the process, and some more for a late save. */
export function stepsToMakeUp(saved: SavedSite): number {
  return saved.isClosed ? 0 : Math.ceil((1.2 * saveIntervalMs(saved.speed) * saved.speed) / STEP_MS);
}

/** The saved site; null = there is none. Errors: `plant/state-unreadable`, `plant/state-newer`. */
export async function loadSite(folder: string): Promise<SavedSite | null> {
  const file = path.join(folder, FILE);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw unreadable(file, error);
  }
  const saved = parse(text, file);
  if (saved.version > VERSION) {
    const sentence = `${file} was written by a newer Tanglegate (version ${saved.version}): start that one, or delete the file.`;
    throw new GatewayError("plant/state-newer", sentence, {file});
  }
  return saved;
}

/** Replaces the file; after a power cut it holds the old site or the new one. */
export async function saveSite(folder: string, saved: SavedSite): Promise<void> {
  await mkdir(folder, {recursive: true, mode: 0o700});
  const text = JSON.stringify({version: VERSION, ...saved}, (_key, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
  const fresh = path.join(folder, `${FILE}.new`);
  const handle = await open(fresh, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(fresh, path.join(folder, FILE));
}

function parse(text: string, file: string): SavedSite & {readonly version: number} {
  try {
    const value = JSON.parse(text, (_key, entry: unknown) =>
      typeof entry === "string" && BIGINT.test(entry) ? BigInt(entry.slice(0, -1)) : entry,
    );
    const {site} = value;
    const isWhole =
      Number.isSafeInteger(value.version) &&
      Number.isSafeInteger(site.step) &&
      Number.isSafeInteger(site.seed) &&
      Object.keys(createMachine()).every((key) => key in site.machine) &&
      typeof site.inverter.acUj === "bigint" &&
      site.meter.counters.length === 3 &&
      value.speed >= 1;
    if (!isWhole) throw new Error("a part is missing");
    return value;
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): GatewayError {
  const reason = error instanceof Error ? error.message : String(error);
  const sentence = `${file} cannot be read (${reason}). Delete it to begin with a new simulated site, whose counters start afresh.`;
  return new GatewayError("plant/state-unreadable", sentence, {file});
}
