// An append-only journal: what was acknowledged is found again after a power cut at any moment. Appends that wait while the device
// is busy go out together as one write and one fdatasync (group commit), so the device's sync rate bounds groups, not records.

import path from "node:path";
import {GatewayError} from "../errors.ts";
import {type Log, silentLog} from "../log.ts";
import {type Disk, type DiskFile, systemDisk} from "./disk.ts";
import {storageFailure} from "./failure.ts";
import {encodeGroup, GROUP_HEADER, groupAt, hasGroupAfter, RECORD_HEADER, recordsOf} from "./journal-frame.ts";

export interface JournalOptions {
  /** A new file is begun after this many bytes. */
  readonly segmentBytes?: number;
  /** Bytes of records that may wait for the device. */
  readonly queueBytesMax?: number;
  /** Bytes of records in one group. */
  readonly groupBytesMax?: number;
  readonly disk?: Disk;
}

/** A record and its place. `offset` counts bytes from the journal's beginning and is never used twice. */
export interface JournalRecord {
  readonly offset: number;
  readonly record: Uint8Array;
}

/** What was cut off when the journal was opened: the tail of a write that was never acknowledged. */
export interface TornTail {
  readonly file: string;
  readonly position: number;
  readonly bytes: number;
}

export interface Journal {
  /** Offset of the first record kept. */
  readonly start: number;
  /** Offset after the last durable group. */
  readonly end: number;
  readonly tornTail: TornTail | null;
  /**
   * Adds records, all or none of them; resolves with their offsets when they are durable. Errors: `storage/busy` when too much waits,
   * `storage/too-large`, `storage/disk-full`, `storage/failed`. After a failed write or sync every append is refused until the journal
   * is opened anew: what the device kept of a failed sync cannot be known.
   */
  append(records: readonly Uint8Array[]): Promise<readonly number[]>;
  /** Durable records from an offset on. Errors: `storage/damaged` with file and position. */
  read(from: number): AsyncIterable<JournalRecord>;
  /** The record at an offset that `append` or `read` gave. Errors: `storage/not-found`. */
  readAt(offset: number): Promise<Uint8Array>;
  /** Goes on in a new file, so that `dropBefore` can remove all that was appended until now. Returns the offset where it begins. */
  beginFile(): Promise<number>;
  /** Removes the files that hold only records before `offset`. */
  dropBefore(offset: number): Promise<void>;
  /** Waits for what was appended, marks the end as whole and closes the files. */
  close(): Promise<void>;
}

interface Segment {
  readonly start: number;
  readonly name: string;
  readonly file: DiskFile;
}

interface Waiting {
  readonly records: readonly Uint8Array[];
  readonly bytes: number;
  readonly resolve: (offsets: readonly number[]) => void;
  readonly reject: (error: unknown) => void;
}

const SEGMENT_BYTES = 16 * 2 ** 20;
const QUEUE_BYTES_MAX = 32 * 2 ** 20;
const GROUP_BYTES_MAX = 4 * 2 ** 20;
const NAME_PATTERN = /^[0-9a-f]{16}\.journal$/;

/**
 * Opens the journal of a folder, or makes an empty one. A torn tail is cut and reported; damage before it is an error that names file
 * and position: `storage/damaged`. Others: `storage/disk-full`, `storage/failed`.
 */
export async function openJournal(
  folder: string,
  options: JournalOptions = {},
  deps: {log?: Log} = {},
): Promise<Journal> {
  const disk = options.disk ?? systemDisk;
  const log = deps.log ?? silentLog;
  try {
    const {segments, tornTail} = await openSegments(folder, disk);
    if (tornTail !== null) log.warn({...tornTail}, "journal: a torn tail was cut");
    return journalOf(folder, disk, {segments, tornTail, options});
  } catch (error) {
    throw storageFailure(error, folder);
  }
}

async function openSegments(folder: string, disk: Disk): Promise<{segments: Segment[]; tornTail: TornTail | null}> {
  await disk.makeFolder(folder);
  const names = (await disk.list(folder)).filter((name) => NAME_PATTERN.test(name)).sort();
  const segments: Segment[] = [];
  for (const name of names) {
    const start = Number.parseInt(name, 16);
    const before = segments.at(-1);
    if (before !== undefined && before.start + before.file.length !== start) {
      const position = before.file.length;
      for (const segment of segments) segment.file.close();
      throw damaged(path.join(folder, before.name), position, "the next file begins elsewhere");
    }
    segments.push({start, name, file: await disk.open(path.join(folder, name))});
  }
  const last = segments.at(-1);
  if (last === undefined) {
    segments.push(await newSegment(folder, disk, 0));
    return {segments, tornTail: null};
  }
  try {
    return {segments, tornTail: await cutTornTail(path.join(folder, last.name), last, disk)};
  } catch (error) {
    for (const segment of segments) segment.file.close();
    throw error;
  }
}

async function newSegment(folder: string, disk: Disk, start: number): Promise<Segment> {
  const name = `${start.toString(16).padStart(16, "0")}.journal`;
  const file = await disk.open(path.join(folder, name));
  await disk.syncFolder(folder);
  return {start, name, file};
}

// Only the last file can be torn: a file is begun after the one before it is durable.
async function cutTornTail(file: string, {start, file: opened}: Segment, disk: Disk): Promise<TornTail | null> {
  const bytes = await disk.readAll(file);
  let position = 0;
  for (let group = groupAt(bytes, 0, start); group !== null; group = groupAt(bytes, position, start))
    position = group.end;
  if (position === bytes.length) {
    // The last group may have been written and not synced when the process ended; from here on it counts as durable.
    await opened.sync();
    return null;
  }
  if (hasGroupAfter(bytes, position, start)) throw damaged(file, position, "whole records follow");
  await opened.truncate(position);
  await opened.sync();
  return {file, position, bytes: bytes.length - position};
}

function damaged(file: string, position: number, why: string): GatewayError {
  return new GatewayError(
    "storage/damaged",
    `${file} is damaged at byte ${position} (${why}); restore it from a backup.`,
    {file, position},
  );
}

function journalOf(
  folder: string,
  disk: Disk,
  {segments, tornTail, options}: {segments: Segment[]; tornTail: TornTail | null; options: JournalOptions},
): Journal {
  const {segmentBytes = SEGMENT_BYTES, queueBytesMax = QUEUE_BYTES_MAX, groupBytesMax = GROUP_BYTES_MAX} = options;
  let end = segments.at(-1)!.start + segments.at(-1)!.file.length;
  let queue: Waiting[] = [];
  let queuedBytes = 0;
  let failure: GatewayError | null = null;
  let committing: Promise<void> | null = null;
  let isMarkedWhole = true;
  let isFileWanted = false;
  let isClosing = false;
  const closed = () => new GatewayError("storage/failed", `The journal ${folder} is closed.`, {place: folder});

  const writeGroup = async (records: readonly Uint8Array[]) => {
    let active = segments.at(-1)!;
    const isFull = active.file.length >= segmentBytes || (isFileWanted && end > active.start);
    isFileWanted = false;
    if (isFull) {
      active = await newSegment(folder, disk, end);
      segments.push(active);
    }
    const group = encodeGroup(records, end);
    const appended = active.file.append(group);
    // Not a turn of the event loop is lost between a write and its sync.
    if (appended !== undefined) await appended;
    await active.file.sync();
    end += group.length;
  };

  const commit = async () => {
    while (queue.length > 0) {
      const group = takeGroup();
      const first = end;
      try {
        if (failure !== null) throw failure;
        isMarkedWhole = false;
        await writeGroup(group.flatMap((waiting) => waiting.records));
      } catch (error) {
        failure ??= storageFailure(error, folder);
        for (const waiting of group) waiting.reject(failure);
        continue;
      }
      acknowledge(group, first);
    }
    committing = null;
  };

  const takeGroup = (): Waiting[] => {
    let bytes = 0;
    let count = 0;
    while (count < queue.length && (count === 0 || bytes + queue[count]!.bytes <= groupBytesMax)) {
      bytes += queue[count]!.bytes;
      count++;
    }
    const group = queue.slice(0, count);
    queue = queue.slice(count);
    queuedBytes -= bytes;
    return group;
  };

  const acknowledge = (group: readonly Waiting[], first: number) => {
    let offset = first + GROUP_HEADER;
    for (const waiting of group) {
      waiting.resolve(
        waiting.records.map((record) => {
          const place = offset;
          offset += RECORD_HEADER + record.length;
          return place;
        }),
      );
    }
  };

  async function* readFrom(from: number): AsyncGenerator<JournalRecord> {
    for (const {start, name} of [...segments]) {
      const file = path.join(folder, name);
      const isPast = segments.some((other) => other.start > start && other.start <= from);
      if (isPast) continue;
      const durable = Math.min(end, segments.find((other) => other.start > start)?.start ?? end) - start;
      const bytes = (await disk.readAll(file)).subarray(0, durable);
      for (let position = 0; position < durable; ) {
        const group = groupAt(bytes, position, start);
        if (group === null) throw damaged(file, position, "a checksum does not hold");
        for (const {position: at, record} of recordsOf(bytes, group))
          if (start + at >= from) yield {offset: start + at, record};
        position = group.end;
      }
    }
  }

  const segmentOf = (offset: number) => segments.findLast((segment) => segment.start <= offset);

  const append = (records: readonly Uint8Array[]): Promise<readonly number[]> =>
    new Promise((resolve, reject) => {
      const bytes = records.reduce((sum, record) => sum + RECORD_HEADER + record.length, 0);
      if (failure !== null) return reject(failure);
      if (isClosing) return reject(closed());
      if (bytes > groupBytesMax)
        return reject(new GatewayError("storage/too-large", `One append may hold ${groupBytesMax} bytes.`, {bytes}));
      if (queuedBytes + bytes > queueBytesMax)
        return reject(new GatewayError("storage/busy", "Too much waits for the disk; try again later.", {queuedBytes}));
      queue.push({records, bytes, resolve, reject});
      queuedBytes += bytes;
      committing ??= commit();
    });

  return {
    get start() {
      return segments[0]!.start;
    },
    get end() {
      return end;
    },
    tornTail,
    append,
    beginFile: async () => {
      isFileWanted = true;
      await append([]);
      return segments.at(-1)!.start;
    },
    read: readFrom,
    readAt: async (offset) => {
      const segment = segmentOf(offset);
      if (segment === undefined || offset >= end)
        throw new GatewayError("storage/not-found", "The journal holds no record at that offset.", {offset});
      const position = offset - segment.start;
      const header = await segment.file.read(position, RECORD_HEADER);
      const length = new DataView(header.buffer, header.byteOffset).getUint32(0, true);
      return await segment.file.read(position + RECORD_HEADER, length);
    },
    dropBefore: async (offset) => {
      while (segments.length > 1 && segments[1]!.start <= offset) {
        // Off the disk first: a file that stays there must not be forgotten, or the next one to go would leave a hole.
        const oldest = segments[0]!;
        await disk.remove(path.join(folder, oldest.name));
        segments.shift();
        oldest.file.close();
      }
    },
    close: async () => {
      isClosing = true;
      while (committing !== null) await committing;
      // An empty group behind the last one: from now on damage to the last records is told from a torn tail.
      if (!isMarkedWhole && failure === null) await writeGroup([]);
      isMarkedWhole = true;
      failure ??= closed();
      for (const segment of segments) segment.file.close();
    },
  };
}
