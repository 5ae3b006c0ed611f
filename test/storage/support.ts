// A disk for tests of the journal: the real one, with calls recorded, failures on request, and descriptors that die with their file.

import path from "node:path";
import {fromUtf8} from "../../src/bytes.ts";
import {type Disk, type Journal, systemDisk} from "../../src/storage/index.ts";

export interface Faults {
  syncs: number;
  /** What was asked of folders, in order: `make NAME`, `sync NAME`, `open NAME`, with the last part of each path. */
  readonly calls: string[];
  readonly writes: {readonly position: number; readonly length: number}[];
  /** A write that fails leaves half of its bytes. */
  writeFailure: Error | null;
  /** Before a read of a file begins. */
  onRead: (() => Promise<void>) | null;
  syncFailure: Error | null;
}

export function faultyDisk(): {disk: Disk; faults: Faults} {
  const faults: Faults = {syncs: 0, calls: [], writes: [], writeFailure: null, onRead: null, syncFailure: null};
  const note = (what: string, name: string) => faults.calls.push(`${what} ${path.basename(name)}`);
  const disk: Disk = {
    ...systemDisk,
    makeFolder: async (folder) => {
      note("make", folder);
      return await systemDisk.makeFolder(folder);
    },
    syncFolder: async (folder) => {
      note("sync", folder);
      await systemDisk.syncFolder(folder);
    },
    open: async (name) => {
      note("open", name);
      const file = await systemDisk.open(name);
      let isClosed = false;
      return {
        get length() {
          return file.length;
        },
        truncate: file.truncate,
        read: async (position, length) => {
          await faults.onRead?.();
          // On a real system the descriptor may be another file's by now.
          if (isClosed) throw new Error("EBADF: bad file descriptor, read");
          return await file.read(position, length);
        },
        close: () => {
          if (isClosed) throw new Error("EBADF: bad file descriptor, close");
          isClosed = true;
          file.close();
        },
        write: (bytes, position) => {
          faults.writes.push({position, length: bytes.length});
          if (faults.writeFailure === null) return file.write(bytes, position);
          void file.write(bytes.subarray(0, bytes.length >> 1), position);
          throw faults.writeFailure;
        },
        sync: async () => {
          faults.syncs++;
          if (faults.syncFailure !== null) throw faults.syncFailure;
          await file.sync();
        },
      };
    },
  };
  return {disk, faults};
}

export async function textsOf(journal: Journal, from = 0): Promise<string[]> {
  const texts = [];
  for await (const {record} of journal.read(from)) texts.push(fromUtf8(record));
  return texts;
}
