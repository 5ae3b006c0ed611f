// The files of a journal: which there are, where the last one ends, and who still reads from them. Behind the last group of the last file
// lies prepared space, filled with zeros; a file that another one follows ends with its last group.

import path from "node:path";
import {GatewayError} from "../errors.ts";
import {type Disk, type DiskFile, makeDurableFolder} from "./disk.ts";
import {groupsOf, hasGroupAfter} from "./journal-frame.ts";

/** One file of a journal, open. */
export interface Segment {
  /** Offset in the journal at which it begins. */
  readonly start: number;
  readonly path: string;
  readonly file: DiskFile;
  /** Does something with the file, which is not closed before that ends. Errors: what `release` was given, once it is released. */
  use<Result>(work: (file: DiskFile) => Promise<Result>): Promise<Result>;
  /** Closes the file as soon as nobody uses it: its descriptor may be given to another file at once. */
  release(because: GatewayError): void;
}

/** What was cut off when the journal was opened: the tail of a write that was never acknowledged. */
export interface TornTail {
  readonly file: string;
  readonly position: number;
  /** Without zeros at its end: those may be prepared space. */
  readonly bytes: number;
}

const NAME_PATTERN = /^[0-9a-f]{16}\.journal$/;

/** Files of a journal, oldest first, at least one; `end`: offset after the last group. */
export interface OpenedSegments {
  readonly segments: Segment[];
  readonly end: number;
  readonly tornTail: TornTail | null;
}

/** Opens the files of a folder and cuts a torn tail off the last. Errors: `storage/damaged`, those of the disk. */
export async function openSegments(folder: string, disk: Disk): Promise<OpenedSegments> {
  await makeDurableFolder(folder, disk);
  const names = (await disk.list(folder)).filter((name) => NAME_PATTERN.test(name)).sort();
  const segments: Segment[] = [];
  try {
    for (const name of names) {
      const start = Number.parseInt(name, 16);
      const before = segments.at(-1);
      if (before !== undefined && before.start + before.file.length !== start)
        throw damaged(before.path, before.file.length, "the next file begins elsewhere");
      segments.push(await openSegment(path.join(folder, name), disk, start));
    }
    const last = segments.at(-1);
    if (last !== undefined) {
      // A process may have ended between making a file and making its name durable.
      await disk.syncFolder(folder);
      return {segments, ...(await settleEnd(last, disk))};
    }
    segments.push(await beginSegment(folder, disk, 0));
    return {segments, end: 0, tornTail: null};
  } catch (error) {
    for (const segment of segments) segment.file.close();
    throw error;
  }
}

/** Begins an empty file whose name is durable. */
export async function beginSegment(folder: string, disk: Disk, start: number): Promise<Segment> {
  const segment = await openSegment(path.join(folder, `${start.toString(16).padStart(16, "0")}.journal`), disk, start);
  try {
    await disk.syncFolder(folder);
  } catch (error) {
    segment.file.close();
    throw error;
  }
  return segment;
}

/** Cuts what is prepared behind the end, so that the next file can begin there. */
export async function endSegment({start, file}: Segment, end: number): Promise<void> {
  if (file.length === end - start) return;
  await file.truncate(end - start);
  await file.sync();
}

async function openSegment(name: string, disk: Disk, start: number): Promise<Segment> {
  const file = await disk.open(name);
  let users = 0;
  let released: GatewayError | null = null;
  return {
    start,
    path: name,
    file,
    use: async (work) => {
      if (released !== null) throw released;
      users++;
      try {
        return await work(file);
      } finally {
        users--;
        if (released !== null && users === 0) file.close();
      }
    },
    release: (because) => {
      if (released !== null) return;
      released = because;
      if (users === 0) file.close();
    },
  };
}

// Only the last file can be torn: a file is begun after the one before it is durable.
async function settleEnd(
  {path: file, start, file: opened}: Segment,
  disk: Disk,
): Promise<{end: number; tornTail: TornTail | null}> {
  const bytes = await disk.readAll(file);
  let last = 0;
  let position = 0;
  for (const group of groupsOf(bytes, start)) {
    last = group.position;
    position = group.end;
  }
  // Space that is not all zeros goes: groups are written into zeros only, so that nothing old is ever found behind a torn one.
  const torn = lengthWithoutZeros(bytes.subarray(position));
  if (torn > 0) {
    if (hasGroupAfter(bytes, position, start)) throw damaged(file, position, "whole records follow");
    await opened.truncate(position);
  }
  // The last group counts as durable from here on and may be in memory alone, even as what a failed sync left behind: that is not written
  // by another sync, unless it is changed. The groups before it are durable, or it would not be there.
  if (position > last) await opened.write(bytes.subarray(last, position), last);
  await opened.sync();
  return {end: start + position, tornTail: torn === 0 ? null : {file, position, bytes: torn}};
}

function lengthWithoutZeros(bytes: Uint8Array): number {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length--;
  return length;
}

/** An error that names file and position. */
export function damaged(file: string, position: number, why: string): GatewayError {
  return new GatewayError(
    "storage/damaged",
    `${file} is damaged at byte ${position} (${why}); restore it from a backup.`,
    {file, position},
  );
}
