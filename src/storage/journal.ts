// An append-only journal: what was acknowledged is found again after a power cut at any moment. Appends that wait while the device
// is busy go out together as one write and one fdatasync (group commit), so the device's sync rate bounds groups, not records. Small
// groups are written into zeros that were put there before: a sync that changes no size writes data alone.

import {type Facts, GatewayError} from "../errors.ts";
import {type Log, silentLog} from "../log.ts";
import {type Disk, systemDisk} from "./disk.ts";
import {storageFailure} from "./failure.ts";
import {beginSegment, damaged, endSegment, type OpenedSegments, openSegments, type TornTail} from "./journal-files.ts";
import {encodeGroup, GROUP_HEADER, groupAt, RECORD_HEADER, recordsOf} from "./journal-frame.ts";

export interface JournalOptions {
  /** A new file is begun after this many bytes. */
  readonly segmentBytes?: number;
  /** Bytes that are filled with zeros behind the end, whenever the space before is used up. */
  readonly preparedBytes?: number;
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
  /**
   * Durable records from an offset on. Errors: `storage/damaged` with file and position, `storage/not-found` when a file that was still
   * to come is dropped meanwhile.
   */
  read(from: number): AsyncIterable<JournalRecord>;
  /** The record at an offset that `append` or `read` gave. Errors: `storage/not-found`. */
  readAt(offset: number): Promise<Uint8Array>;
  /** Goes on in a new file, so that `dropBefore` can remove all that was appended until now. Returns the offset where it begins. */
  beginFile(): Promise<number>;
  /** Removes the files that hold only records before `offset`. Reads that have begun in one of them end well. */
  dropBefore(offset: number): Promise<void>;
  /** Waits for what was appended, marks the end as whole and closes the files. */
  close(): Promise<void>;
}

interface Waiting {
  readonly records: readonly Uint8Array[];
  readonly bytes: number;
  readonly resolve: (offsets: readonly number[]) => void;
  readonly reject: (error: unknown) => void;
}

const SEGMENT_BYTES = 16 * 2 ** 20;
// Steps of 64 KiB and of 1 MiB measure alike: small enough for one sync on a slow card, large enough for 500 entries.
const PREPARED_BYTES = 256 * 2 ** 10;
// A larger group takes its time on the device anyway; zeros ahead of it would be written for nothing.
const PREPARED_FOR_MAX = 64 * 2 ** 10;
const QUEUE_BYTES_MAX = 32 * 2 ** 20;
const GROUP_BYTES_MAX = 4 * 2 ** 20;

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
    const opened = await openSegments(folder, disk);
    if (opened.tornTail !== null) log.warn({...opened.tornTail}, "journal: a torn tail was cut");
    return journalOf(folder, disk, {opened, options});
  } catch (error) {
    throw storageFailure(error, folder);
  }
}

function journalOf(
  folder: string,
  disk: Disk,
  {opened, options}: {opened: OpenedSegments; options: JournalOptions},
): Journal {
  const {
    segmentBytes = SEGMENT_BYTES,
    preparedBytes = PREPARED_BYTES,
    queueBytesMax = QUEUE_BYTES_MAX,
    groupBytesMax = GROUP_BYTES_MAX,
  } = options;
  const {segments, tornTail} = opened;
  let end = opened.end;
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
    const isFull = end - active.start >= segmentBytes || (isFileWanted && end > active.start);
    isFileWanted = false;
    if (isFull) {
      await endSegment(active, end);
      active = await beginSegment(folder, disk, end);
      segments.push(active);
    }
    const {start, file} = active;
    const group = encodeGroup(records, end);
    const isBeyond = end - start + group.length > file.length;
    const written = file.write(group, end - start);
    // Not a turn of the event loop is lost between a write and its sync.
    if (written !== undefined) await written;
    // This sync waits for the file system's own journal, because the size changes; those into the zeros will write data alone.
    if (isBeyond && group.length <= PREPARED_FOR_MAX) {
      const ahead = Math.min(preparedBytes, segmentBytes - file.length);
      if (ahead > 0) await file.write(new Uint8Array(ahead), file.length);
    }
    await file.sync();
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
    for (const segment of [...segments]) {
      const {start, path} = segment;
      const next = segments.find((other) => other.start > start)?.start ?? Number.POSITIVE_INFINITY;
      if (next <= from) continue;
      const durable = Math.min(end, next) - start;
      const bytes = await segment.use((file) => file.read(0, durable));
      for (let position = 0; position < durable; ) {
        const group = groupAt(bytes, position, start);
        if (group === null) throw damaged(path, position, "a checksum does not hold");
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
      if (segment === undefined || offset >= end) throw notFound({offset});
      const position = offset - segment.start;
      return await segment.use(async (file) => {
        const header = await file.read(position, RECORD_HEADER);
        const length = new DataView(header.buffer, header.byteOffset).getUint32(0, true);
        return await file.read(position + RECORD_HEADER, length);
      });
    },
    dropBefore: async (offset) => {
      while (segments.length > 1 && segments[1]!.start <= offset) {
        // Off the disk first: a file that stays there must not be forgotten, or the next one to go would leave a hole.
        const oldest = segments[0]!;
        await disk.remove(oldest.path).catch((error: unknown) => {
          throw storageFailure(error, oldest.path);
        });
        segments.shift();
        oldest.release(notFound({file: oldest.path}));
      }
    },
    close: async () => {
      isClosing = true;
      while (committing !== null) await committing;
      // An empty group behind the last one: from now on damage to the last records is told from a torn tail.
      if (!isMarkedWhole && failure === null) await writeGroup([]);
      isMarkedWhole = true;
      failure ??= closed();
      for (const segment of segments) segment.release(closed());
    },
  };
}

function notFound(facts: Facts): GatewayError {
  return new GatewayError("storage/not-found", "The journal holds no record at that offset.", facts);
}
