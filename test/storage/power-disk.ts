// A disk in memory that has a page cache and can lose its power. A sync writes dirty sectors and makes the length durable; a failed one
// does what Linux does: it leaves the sectors clean, readable and not written. A cut keeps any part of what was not synced.

import path from "node:path";
import type {Random} from "../../src/random.ts";
import type {Disk, DiskFile} from "../../src/storage/index.ts";

const SECTOR = 512;

interface Cached {
  /** What a reader sees. */
  bytes: Buffer;
  /** What is on the device. */
  device: Buffer;
  readonly dirty: Set<number>;
  isNamed: boolean;
}

export interface PowerDisk {
  readonly disk: Disk;
  /** While set, syncs of files fail. */
  syncFailure: Error | null;
  /** Whether a sync that fails leaves its sectors dirty: it has not come to an end when the power goes. */
  keepsDirty: boolean;
  /** Sectors that syncs have written. */
  sectorsWritten: number;
  /** The disk as it is found when power comes back. `random` decides on each sector, length and name that was not synced; null: none is kept. */
  cut(random: Random | null): PowerDisk;
}

export function createPowerDisk(files = new Map<string, Cached>()): PowerDisk {
  const power: PowerDisk = {
    syncFailure: null,
    keepsDirty: false,
    sectorsWritten: 0,
    disk: {
      makeFolder: async () => null,
      list: async (folder) =>
        [...files.keys()].flatMap((name) => (path.dirname(name) === folder ? path.basename(name) : [])),
      open: async (name) => {
        const found = files.get(name) ?? {
          bytes: Buffer.alloc(0),
          device: Buffer.alloc(0),
          dirty: new Set(),
          isNamed: false,
        };
        files.set(name, found);
        return open(found);
      },
      readAll: async (name) => Buffer.from(files.get(name)!.bytes),
      remove: async (name) => {
        files.delete(name);
      },
      syncFolder: async (folder) => {
        for (const [name, file] of files) if (path.dirname(name) === folder) file.isNamed = true;
      },
    },
    cut: (random) => createPowerDisk(new Map([...files].flatMap(([name, file]) => afterCut(name, file, random)))),
  };
  const open = (file: Cached): DiskFile => ({
    get length() {
      return file.bytes.length;
    },
    write: (bytes, position) => {
      file.bytes = resized(file.bytes, Math.max(file.bytes.length, position + bytes.length));
      file.bytes.set(bytes, position);
      for (let at = position - (position % SECTOR); at < position + bytes.length; at += SECTOR) file.dirty.add(at);
      return undefined;
    },
    sync: async () => {
      if (power.syncFailure === null) {
        file.device = resized(file.device, file.bytes.length);
        for (const at of file.dirty) file.device.set(file.bytes.subarray(at, at + SECTOR), at);
        power.sectorsWritten += file.dirty.size;
      }
      if (power.syncFailure === null || !power.keepsDirty) file.dirty.clear();
      if (power.syncFailure !== null) throw power.syncFailure;
    },
    read: async (position, length) => Buffer.from(file.bytes.subarray(position, position + length)),
    truncate: async (length) => {
      file.bytes = resized(file.bytes, length);
      for (const at of file.dirty) if (at >= length) file.dirty.delete(at);
    },
    close: () => undefined,
  });
  return power;
}

function afterCut(name: string, file: Cached, random: Random | null): [string, Cached][] {
  const isKept = () => random !== null && random.below(2) === 0;
  if (!file.isNamed && !isKept()) return [];
  const device = resized(file.device, isKept() ? file.bytes.length : file.device.length);
  for (const at of file.dirty) {
    if (!isKept()) continue;
    // A sector whose writing was cut off may hold anything where it changes.
    const isTorn = isKept();
    for (let i = at; i < Math.min(at + SECTOR, file.bytes.length, device.length); i++)
      if (device[i] !== file.bytes[i]) device[i] = file.bytes[i]! ^ (isTorn && i % 3 === 0 ? 0x5a : 0);
  }
  return [[name, {bytes: Buffer.from(device), device, dirty: new Set(), isNamed: true}]];
}

function resized(bytes: Buffer, length: number): Buffer {
  if (bytes.length === length) return bytes;
  const next = Buffer.alloc(length);
  next.set(bytes.subarray(0, length));
  return next;
}
