// The few things a journal asks of a disk, behind an interface so that a test can fill the disk or pull the plug.

import {closeSync, constants, fdatasync, fstat, ftruncate, open, read, write, writeSync} from "node:fs";
import {mkdir, open as openHandle, readdir, readFile, unlink} from "node:fs/promises";
import path from "node:path";
import {promisify} from "node:util";

/** A file that is open for reading and writing. Errors are the operating system's. */
export interface DiskFile {
  readonly length: number;
  /** Writes bytes, past the end as well; they may be in the page cache only. Nothing to wait for when it is done at once. */
  write(bytes: Uint8Array, position: number): Promise<void> | undefined;
  /** Resolves when all that was written is on the device (fdatasync). */
  sync(): Promise<void>;
  /** Up to `length` bytes from `position`; fewer at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array>;
  truncate(length: number): Promise<void>;
  close(): void;
}

export interface Disk {
  /** Makes a folder and those above it. The topmost one that was made, or null; durable by name only after `syncFolder` of each parent. */
  makeFolder(folder: string): Promise<string | null>;
  /** Names in a folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Opens a file, or makes an empty one. */
  open(file: string): Promise<DiskFile>;
  readAll(file: string): Promise<Uint8Array>;
  remove(file: string): Promise<void>;
  /** Makes names that were added or removed durable. */
  syncFolder(folder: string): Promise<void>;
}

// Up to here the copy into the page cache takes less than handing the work to another thread and back.
const WRITE_AT_ONCE_MAX = 64 * 1024;

const openFile = promisify(open);
const statFile = promisify(fstat);
const readFromFile = promisify(read);
const writeToFile = promisify(write);
const syncFile = promisify(fdatasync);
const truncateFile = promisify(ftruncate);

/** The disk of this machine. */
export const systemDisk: Disk = {
  makeFolder: async (folder) => (await mkdir(folder, {recursive: true, mode: 0o700})) ?? null,
  list: (folder) => readdir(folder),
  open: openSystemFile,
  readAll: async (file) => await readFile(file),
  remove: (file) => unlink(file),
  syncFolder: async (folder) => {
    // Windows cannot sync a folder; NTFS journals names itself.
    if (process.platform === "win32") return;
    const handle = await openHandle(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

/** Makes a folder and those above it; resolves when a power cut cannot take any of them away again. Errors: those of the disk. */
export async function makeDurableFolder(folder: string, disk: Disk): Promise<void> {
  const whole = path.resolve(folder);
  // One that is there may have been made by a process that ended before its sync.
  const topmost = (await disk.makeFolder(whole)) ?? whole;
  let made = whole;
  for (;;) {
    const parent = path.dirname(made);
    await disk.syncFolder(parent);
    if (made === topmost || parent === made) return;
    made = parent;
  }
}

async function openSystemFile(file: string): Promise<DiskFile> {
  // Made when missing; not in append mode, in which Linux ignores the position of a write.
  const fd = await openFile(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  let {size: length} = await statFile(fd);
  const grow = (end: number) => {
    length = Math.max(length, end);
  };
  // A write may be short, when a disk fills up or a signal arrives.
  const writeRest = async (bytes: Uint8Array, from: number) => {
    for (let done = 0; done < bytes.length; ) {
      const {bytesWritten} = await writeToFile(fd, bytes, done, bytes.length - done, from + done);
      done += bytesWritten;
      grow(from + done);
    }
  };
  return {
    get length() {
      return length;
    },
    write: (bytes, position) => {
      if (bytes.length > WRITE_AT_ONCE_MAX) return writeRest(bytes, position);
      const done = writeSync(fd, bytes, 0, bytes.length, position);
      grow(position + done);
      return done === bytes.length ? undefined : writeRest(bytes.subarray(done), position + done);
    },
    sync: () => syncFile(fd),
    read: async (position, size) => {
      const bytes = new Uint8Array(size);
      let done = 0;
      for (let isMore = true; isMore && done < size; ) {
        const {bytesRead} = await readFromFile(fd, bytes, done, size - done, position + done);
        done += bytesRead;
        isMore = bytesRead > 0;
      }
      return bytes.subarray(0, done);
    },
    truncate: async (size) => {
      await truncateFile(fd, size);
      length = size;
    },
    close: () => closeSync(fd),
  };
}
