// The files of one log: tiles and entry bundles under their C2SP paths, so that the folder can be served or copied as it is, and the
// bodies beside them, where they can be erased.

import {mkdir, open, readFile, rename, writeFile} from "node:fs/promises";
import path from "node:path";
import {GatewayError} from "../errors.ts";
import {decodeBodies, encodeBodies, type LogName} from "./records.ts";
import {indexPath, TILE_WIDTH, type TileName, tilePath} from "./tiles.ts";

export interface LogFolder {
  readonly folder: string;
  /** A full tile or bundle, or null. */
  readTile(tile: Omit<TileName, "width">): Promise<Uint8Array | null>;
  readBodies(bundle: number): Promise<ReturnType<typeof decodeBodies> | null>;
  /** Writes a full tile or bundle; durable only after `sync` of all written files. */
  writeTile(tile: Omit<TileName, "width">, bytes: Uint8Array): Promise<void>;
  writeBodies(bundle: number, bytes: Uint8Array): Promise<void>;
  /**
   * Takes salts and bodies of the entries from place to place of a bundle off the disk, durably. Returns how many bytes they had; 0 when
   * they were gone already. Errors: `audit/damaged` when there is no such file.
   */
  eraseBodies(bundle: number, places: readonly [from: number, to: number]): Promise<number>;
}

/** Folder of a log below that of all logs. */
export function folderOf(logs: string, {machine, segment}: LogName): string {
  return path.join(logs, machine, `${segment}`);
}

const PARENTS_MAX = 32;

/** Path of a file of bodies below the log's folder. */
export function bodiesPath(bundle: number): string {
  return `body/${indexPath(bundle)}`;
}

/** `onWritten` hears of each file that was written and is not synced yet. */
export function createLogFolder(folder: string, onWritten: (file: string) => void): LogFolder {
  const made = new Set<string>();
  const write = async (name: string, bytes: Uint8Array) => {
    const file = path.join(folder, name);
    const parent = path.dirname(file);
    if (!made.has(parent)) {
      await mkdir(parent, {recursive: true, mode: 0o700});
      // A parent holds a thousand files; earlier ones are not written to again.
      if (made.size >= PARENTS_MAX) made.clear();
      made.add(parent);
    }
    await writeFile(file, bytes, {mode: 0o600});
    onWritten(file);
  };
  const full = (tile: Omit<TileName, "width">) => tilePath({...tile, width: TILE_WIDTH});
  return {
    folder,
    readTile: (tile) => readOrNull(path.join(folder, full(tile))),
    readBodies: async (bundle) => {
      const bytes = await readOrNull(path.join(folder, bodiesPath(bundle)));
      return bytes === null ? null : decodeBodies(bytes);
    },
    writeTile: (tile, bytes) => write(full(tile), bytes),
    writeBodies: (bundle, bytes) => write(bodiesPath(bundle), bytes),
    eraseBodies: async (bundle, [from, to]) => {
      const file = path.join(folder, bodiesPath(bundle));
      const bytes = await readOrNull(file);
      if (bytes === null)
        throw new GatewayError("audit/damaged", `The file of bodies ${file} is missing; run a check.`);
      const rest = decodeBodies(bytes).map((entry, place) =>
        place >= from && place <= to ? {salt: null, body: null} : entry,
      );
      const less = encodeBodies(rest);
      // The old file goes with its name: the new one is whole and durable before.
      if (less.length < bytes.length) {
        const draft = `${file}.new`;
        await writeFile(draft, less, {mode: 0o600});
        await syncOne(draft, "r+");
        await rename(draft, file);
      }
      if (process.platform !== "win32") await syncOne(path.dirname(file), "r");
      return bytes.length - less.length;
    },
  };
}

/**
 * Makes files and the folders that name them, up to `root`, durable, one after the other: appends go first on the device. The name of
 * `root` itself must be durable already.
 */
export async function syncFiles(files: Iterable<string>, root: string): Promise<void> {
  const folders = new Set<string>();
  for (const file of files) {
    await syncOne(file, "r+");
    for (let parent = path.dirname(file); parent.startsWith(root); parent = path.dirname(parent)) folders.add(parent);
  }
  if (process.platform === "win32") return;
  for (const folder of folders) await syncOne(folder, "r");
}

async function syncOne(file: string, flags: "r" | "r+"): Promise<void> {
  const handle = await open(file, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readOrNull(file: string): Promise<Uint8Array | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
