// Files that only their owner may read: made with mode 0600, replaced atomically, refused when others could have read them.

import {mkdir, open, readFile, rename, stat} from "node:fs/promises";
import path from "node:path";
import {GatewayError} from "../errors.ts";

const OTHERS = 0o077;

/** Text of a private file; null when there is none. Errors: `identity/permissions` when others may read it, `identity/failed`. */
export async function readPrivateFile(file: string): Promise<string | null> {
  try {
    const {mode} = await stat(file);
    // Windows has no such bits; there the folder's access list protects the file.
    if (process.platform !== "win32" && (mode & OTHERS) !== 0) {
      throw new GatewayError(
        "identity/permissions",
        `${file} can be read by others (mode ${(mode & 0o777).toString(8)}); run: chmod 600 ${file}`,
        {file},
      );
    }
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw fileError(error, file);
  }
}

/** Replaces a private file so that a power cut leaves the old or the new one, whole. Makes its folder with mode 0700. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const folder = path.dirname(file);
  const temporary = `${file}.tmp`;
  try {
    await mkdir(folder, {recursive: true, mode: 0o700});
    const handle = await open(temporary, "w", 0o600);
    try {
      // A temporary file left by a crash keeps the mode it was made with, whatever `open` asks for.
      await handle.chmod(0o600);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncFolder(folder);
  } catch (error) {
    throw fileError(error, file);
  }
}

// The new name is on disk only when its folder is.
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function fileError(error: unknown, file: string): unknown {
  const {code, message} = error as NodeJS.ErrnoException;
  if (error instanceof GatewayError || code === undefined) return error;
  if (code === "ENOSPC")
    return new GatewayError("identity/disk-full", `The disk of ${file} is full; free some space.`, {file});
  return new GatewayError("identity/failed", `${file}: ${message}.`, {file}, {cause: error});
}
