import {closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeFileSync} from "node:fs";
import path from "node:path";

/**
 * Makes a folder and those above it, for their owner alone. Node's own recursive `mkdir` never ends where the system answers ENOENT
 * under a folder that exists, as it does under /proc. Errors: those of the file system.
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, {mode: 0o700});
  } catch (error) {
    if (isFolder(folder)) return;
    const parent = path.dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === folder || isFolder(parent)) throw error;
    makeFolder(parent);
    makeFolder(folder);
  }
}

/**
 * Puts a file in place as a whole: after a power cut it holds the old text or the new one. It gets `mode` whatever it had before.
 * Errors: those of the file system.
 */
export function writeWhole(file: string, text: string, mode = 0o600): void {
  const fresh = `${file}.new`;
  rmSync(fresh, {force: true});
  const handle = openSync(fresh, "wx", mode);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(fresh, file);
  syncFolder(path.dirname(file));
}

function isFolder(folder: string): boolean {
  return statSync(folder, {throwIfNoEntry: false})?.isDirectory() === true;
}

/** Puts the names in a folder on disk: a new or changed name is there only when its folder is. */
export function syncFolder(folder: string): void {
  // Windows opens no folder, and needs no such call.
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
