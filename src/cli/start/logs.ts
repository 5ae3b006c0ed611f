// The processes' logs. pm2 appends what they print to one file each and never shortens it; here is what keeps them short through years
// of uptime. A file is copied and cut, not renamed: pm2 appends, so it goes on at the new end and need not be told.

import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import path from "node:path";

/** Longest log of a process, and of each earlier part that is kept: 8 MiB. */
export const LOG_BYTES_MAX = 8 << 20;
/** Earlier parts that are kept: `gateway.log.1` and `gateway.log.2`. With four processes: 96 MiB. */
export const PARTS_KEPT = 2;

const LOOK_EVERY_MS = 10_000;
const COPY_BYTES = 64 * 1024;
const TAIL_BYTES = 64 * 1024;

/** Keeps the logs in a folder short, from now on and every 10 s. Returns what ends that. */
export function keepLogsShort(folder: string): () => void {
  shortenLogs(folder);
  const timer = setInterval(() => shortenLogs(folder), LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** Sets aside each log that is longer than `bytesMax`: its last `bytesMax` bytes become part 1, part 1 becomes part 2. */
export function shortenLogs(folder: string, bytesMax = LOG_BYTES_MAX): void {
  for (const name of namesIn(folder)) {
    const file = path.join(folder, name);
    const found = lstatSync(file, {throwIfNoEntry: false});
    if (found?.isFile() && found.size > bytesMax) setAside(file, bytesMax);
  }
}

/** The last error in the log of a process: its own sentence when there is one, else its last line. */
export function lastErrorOf(home: string, name: string): string {
  const file = path.join(home, "logs", `${name}.log`);
  // Right after a cut the reason is at the end of the part before.
  const lines = (tailOf(file) || tailOf(`${file}.1`)).split("\n").filter((line) => line.trim() !== "");
  for (const line of lines.toReversed()) {
    try {
      const entry = JSON.parse(line) as {level?: string; msg?: string; error?: string};
      if (entry.level === "error") return `Its reason: ${entry.error ?? entry.msg} (${file})`;
    } catch {
      // Not a line of our log: a stack trace, say.
    }
  }
  const error = lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1);
  return error === undefined ? `It wrote nothing to ${file}.` : `Its reason: ${error.trim()} (${file})`;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".log"));
  } catch {
    // Somebody has removed the folder; pm2 makes it again with the next file.
    return [];
  }
}

function setAside(file: string, bytesMax: number): void {
  let handle: number;
  try {
    handle = openSync(file, "r+");
  } catch {
    // Removed, or not ours at this moment: the next look finds out.
    return;
  }
  try {
    const fresh = `${file}.new`;
    try {
      copyEnd(handle, fresh, bytesMax);
      for (let part = PARTS_KEPT; part > 1; part--) {
        if (existsSync(`${file}.${part - 1}`)) renameSync(`${file}.${part - 1}`, `${file}.${part}`);
      }
      renameSync(fresh, `${file}.1`);
    } catch {
      // A full disk: room is worth more than an old log.
      rmSync(fresh, {force: true, recursive: true});
    }
    ftruncateSync(handle);
  } finally {
    closeSync(handle);
  }
}

function copyEnd(from: number, file: string, bytesMax: number): void {
  const to = openSync(file, "w", 0o600);
  try {
    const {size} = fstatSync(from);
    const buffer = Buffer.alloc(COPY_BYTES);
    // What is appended meanwhile comes along, as long as that ends.
    for (let at = size - bytesMax; at < size + bytesMax; ) {
      const length = readSync(from, buffer, 0, COPY_BYTES, at);
      if (length === 0) return;
      for (let written = 0; written < length; ) written += writeSync(to, buffer, written, length - written);
      at += length;
    }
  } finally {
    closeSync(to);
  }
}

function tailOf(file: string): string {
  if (!existsSync(file)) return "";
  const handle = openSync(file, "r");
  try {
    const {size} = fstatSync(handle);
    const length = Math.min(size, TAIL_BYTES);
    const buffer = Buffer.alloc(length);
    readSync(handle, buffer, 0, length, size - length);
    return buffer.toString();
  } finally {
    closeSync(handle);
  }
}
