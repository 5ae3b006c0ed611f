// How groups of records lie in a journal's files. A group is what one write and one fdatasync made durable:
//
//     magic "TGJ1" | crc32 of all that follows | offset u64 | length of the records u32 | count u32 | records
//     record: length u32 | bytes                                                        (all little-endian)
//
// Behind the last group of the last file there may be prepared space, all zeros. A group is written only after the one before it is
// durable, and into zeros or past the end. So behind the last readable group there are three cases: nothing but zeros, and the journal ends
// there; something and no readable group, and that is the tail that a power cut tore, never acknowledged; or a readable group follows, and
// something acknowledged was destroyed. The offset in the header keeps bytes that merely look like a group (a record may hold anything)
// from passing for one.

import {crc32} from "node:zlib";
import {assert} from "../errors.ts";

export const GROUP_HEADER = 24;
export const RECORD_HEADER = 4;
const MAGIC = Buffer.from("TGJ1", "latin1");
const CRC_FROM = 8;

/** A readable group at `position` of a file's bytes. */
export interface Group {
  readonly position: number;
  /** Position after it. */
  readonly end: number;
  readonly count: number;
}

/** Bytes of one group of records, to be written at `offset` of the journal. */
export function encodeGroup(records: readonly Uint8Array[], offset: number): Uint8Array {
  const length = records.reduce((sum, record) => sum + RECORD_HEADER + record.length, 0);
  const bytes = Buffer.allocUnsafe(GROUP_HEADER + length);
  bytes.set(MAGIC, 0);
  bytes.writeBigUInt64LE(BigInt(offset), 8);
  bytes.writeUInt32LE(length, 16);
  bytes.writeUInt32LE(records.length, 20);
  let position = GROUP_HEADER;
  for (const record of records) {
    bytes.writeUInt32LE(record.length, position);
    bytes.set(record, position + RECORD_HEADER);
    position += RECORD_HEADER + record.length;
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(CRC_FROM)), 4);
  return bytes;
}

/** The group at `position` of a file that begins at `start` of the journal; null when there is none that is whole. */
export function groupAt(file: Uint8Array, position: number, start: number): Group | null {
  if (position + GROUP_HEADER > file.length) return null;
  const view = Buffer.from(file.buffer, file.byteOffset + position, file.length - position);
  if (view.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) !== 0) return null;
  if (view.readBigUInt64LE(8) !== BigInt(start + position)) return null;
  const end = GROUP_HEADER + view.readUInt32LE(16);
  if (end > view.length || view.readUInt32LE(4) !== crc32(view.subarray(CRC_FROM, end))) return null;
  return {position, end: position + end, count: view.readUInt32LE(20)};
}

/** Whether a readable group lies anywhere after `position`. */
export function hasGroupAfter(file: Uint8Array, position: number, start: number): boolean {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  for (let at = bytes.indexOf(MAGIC, position + 1); at >= 0; at = bytes.indexOf(MAGIC, at + 1))
    if (groupAt(file, at, start) !== null) return true;
  return false;
}

/** The groups from the beginning of a file's bytes, as long as they are readable. */
export function* groupsOf(file: Uint8Array, start: number): Generator<Group> {
  for (let group = groupAt(file, 0, start); group !== null; group = groupAt(file, group.end, start)) yield group;
}

/** The records of a readable group, with the position of each. */
export function* recordsOf(file: Uint8Array, group: Group): Generator<{position: number; record: Uint8Array}> {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  let position = group.position + GROUP_HEADER;
  for (let i = 0; i < group.count; i++) {
    const length = view.getUint32(position, true);
    assert(position + RECORD_HEADER + length <= group.end, "a group whose checksum holds has whole records");
    yield {position, record: file.subarray(position + RECORD_HEADER, position + RECORD_HEADER + length)};
    position += RECORD_HEADER + length;
  }
}
