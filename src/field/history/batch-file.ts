import {rm} from "node:fs/promises";
import {promisify} from "node:util";
import {deflateRaw, inflateRaw} from "node:zlib";
import {fromUtf8, utf8} from "../../bytes.ts";
import {sentenceOf} from "../../errors.ts";
import type {Log} from "../../log.ts";
import {type Journal, openJournal} from "../../storage/index.ts";

/** Batches kept: those of a day at five minutes, and room for restarts. */
const BATCHES_MAX = 600;
/** What they may take on disk together; the oldest make room. */
const BYTES_MAX = 24 * 2 ** 20;
const SEGMENT_BYTES = 256 * 1_024;
/** A batch that unpacks to more is not read. */
const TEXT_BYTES_MAX = 32 * 2 ** 20;

const pack = promisify(deflateRaw);
const unpack = promisify(inflateRaw);

/** Where batches of history lie, packed, the newest last. */
export interface BatchFile {
  /** Opens it and gives what is there. A damaged one is begun anew: a picture of yesterday is not worth a gateway that does not start. */
  open(): Promise<readonly string[]>;
  /** Resolves when it is on disk. Errors: `storage/disk-full`, `storage/failed`; the next one tries anew. */
  append(text: string): Promise<void>;
  readonly bytesWritten: number;
  close(): Promise<void>;
}

export function createBatchFile(folder: string, log: Log): BatchFile {
  let journal: Journal | null = null;
  let offsets: readonly number[] = [];
  let bytesWritten = 0;

  const readAll = async (from: Journal): Promise<readonly string[]> => {
    const texts: string[] = [];
    const found: number[] = [];
    for await (const {offset, record} of from.read(from.start)) {
      found.push(offset);
      texts.push(fromUtf8(await unpack(record, {maxOutputLength: TEXT_BYTES_MAX})));
    }
    offsets = found;
    return texts;
  };

  const openAt = () => openJournal(folder, {segmentBytes: SEGMENT_BYTES}, {log});

  const prune = async (of: Journal) => {
    const byBytes = offsets.findIndex((offset) => offset >= of.end - BYTES_MAX);
    const first = Math.max(0, offsets.length - BATCHES_MAX, byBytes < 0 ? 0 : byBytes);
    offsets = offsets.slice(first);
    if (offsets[0] !== undefined) await of.dropBefore(offsets[0]);
  };

  return {
    get bytesWritten() {
      return bytesWritten;
    },
    open: async () => {
      try {
        journal = await openAt();
        return await readAll(journal);
      } catch (error) {
        log.warn({folder, reason: sentenceOf(error)}, "the history cannot be read and begins anew");
        await journal?.close().catch(() => undefined);
        journal = null;
        offsets = [];
        await rm(folder, {recursive: true, force: true});
        return [];
      }
    },
    append: async (text) => {
      try {
        journal ??= await openAt();
        const packed = await pack(utf8(text));
        const [offset] = await journal.append([packed]);
        offsets = [...offsets, offset!];
        bytesWritten += packed.length;
        await prune(journal);
      } catch (error) {
        // A journal takes nothing more after a failure; the next batch opens it anew, which also cuts a torn tail.
        const failed = journal;
        journal = null;
        await failed?.close().catch(() => undefined);
        throw error;
      }
    },
    close: async () => {
      const closing = journal;
      journal = null;
      await closing?.close();
    },
  };
}
