// The bytes in which entries lie in the journal and bodies beside the tiles. Numbers are big-endian.
//
//     entry  1 | segment u16 | machine length u8 | machine | index u48 | leaf length u16 | leaf | salt 32 | body
//     erased 3 | as an entry, without salt and body
//     open   2 | segment u16 | machine length u8 | machine | first seq u48
//
// A file of bodies holds those of one entry bundle: for each entry a length u32, then salt and body; or 2^32 - 1 when they are erased.

import {assert, GatewayError} from "../errors.ts";
import {SALT_LENGTH} from "./entry.ts";

/** An entry with what is hashed into it. `salt` and `body` are null when they were erased. */
export interface StoredEntry {
  /** RFC 8785 bytes of the leaf. */
  readonly leaf: Uint8Array;
  readonly salt: Uint8Array | null;
  readonly body: Uint8Array | null;
}

/** Which log: a machine's first is segment 1. */
export interface LogName {
  readonly machine: string;
  readonly segment: number;
}

export type JournalEntry =
  | (LogName & {readonly kind: "entry"; readonly index: number; readonly stored: StoredEntry})
  | (LogName & {readonly kind: "open"; readonly firstSeq: number});

const ENTRY = 1;
const OPEN = 2;
const ERASED_ENTRY = 3;
const NUMBER_LENGTH = 6;
const ERASED = 0xffff_ffff;

/** A new entry's journal record. */
export function encodeEntry(
  {machine, segment}: LogName,
  {index, leaf, salt, body}: {index: number; leaf: Uint8Array; salt: Uint8Array; body: Uint8Array},
): Uint8Array {
  const record = Buffer.allocUnsafe(4 + machine.length + NUMBER_LENGTH + 2 + leaf.length + SALT_LENGTH + body.length);
  let at = encodeHead(record, ENTRY, machine, segment);
  at = record.writeUIntBE(index, at, NUMBER_LENGTH);
  at = record.writeUInt16BE(leaf.length, at);
  record.set(leaf, at);
  record.set(salt, at + leaf.length);
  record.set(body, at + leaf.length + SALT_LENGTH);
  return record;
}

/** The record that begins a log. */
export function encodeOpen({machine, segment}: LogName, firstSeq: number): Uint8Array {
  const record = Buffer.allocUnsafe(4 + machine.length + NUMBER_LENGTH);
  record.writeUIntBE(firstSeq, encodeHead(record, OPEN, machine, segment), NUMBER_LENGTH);
  return record;
}

function encodeHead(record: Buffer, kind: number, machine: string, segment: number): number {
  assert(machine.length <= 0xff && segment <= 0xffff, "names of machines and numbers of segments are small");
  record[0] = kind;
  record.writeUInt16BE(segment, 1);
  record[3] = machine.length;
  return 4 + record.write(machine, 4, "latin1");
}

/** Reads a journal record. Errors: `audit/damaged` for a kind of a newer version. */
export function decodeRecord(bytes: Uint8Array): JournalEntry {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const segment = record.readUInt16BE(1);
  const end = 4 + record[3]!;
  const machine = record.toString("latin1", 4, end);
  const number = record.readUIntBE(end, NUMBER_LENGTH);
  if (record[0] === OPEN) return {kind: "open", machine, segment, firstSeq: number};
  if (record[0] !== ENTRY && record[0] !== ERASED_ENTRY)
    throw new GatewayError("audit/damaged", `The audit journal has a record of an unknown kind ${record[0]}.`);
  return {kind: "entry", machine, segment, index: number, stored: storedEntryOf(bytes)};
}

/** Leaf, salt and body of an entry's record. */
export function storedEntryOf(bytes: Uint8Array): StoredEntry {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = 4 + record[3]! + NUMBER_LENGTH;
  const leafFrom = at + 2;
  const saltFrom = leafFrom + record.readUInt16BE(at);
  const bodyFrom = saltFrom + SALT_LENGTH;
  if (record[0] === ERASED_ENTRY) return {leaf: bytes.subarray(leafFrom, saltFrom), salt: null, body: null};
  return {
    leaf: bytes.subarray(leafFrom, saltFrom),
    salt: bytes.subarray(saltFrom, bodyFrom),
    body: bytes.subarray(bodyFrom),
  };
}

/** An entry's record when salt and body are erased. */
export function withoutBody(bytes: Uint8Array): Uint8Array {
  const {leaf} = storedEntryOf(bytes);
  const record = bytes.slice(0, leaf.byteOffset - bytes.byteOffset + leaf.length);
  record[0] = ERASED_ENTRY;
  return record;
}

/** A file of bodies. */
export function encodeBodies(entries: readonly Pick<StoredEntry, "salt" | "body">[]): Uint8Array {
  const length = entries.reduce((sum, {body}) => sum + 4 + (body === null ? 0 : SALT_LENGTH + body.length), 0);
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const {salt, body} of entries) {
    if (salt === null || body === null) {
      at = bytes.writeUInt32BE(ERASED, at);
      continue;
    }
    at = bytes.writeUInt32BE(SALT_LENGTH + body.length, at);
    bytes.set(salt, at);
    bytes.set(body, at + SALT_LENGTH);
    at += SALT_LENGTH + body.length;
  }
  return bytes;
}

/** Salts and bodies of a file, in order. Errors: `audit/damaged`. */
export function decodeBodies(bytes: Uint8Array): {salt: Uint8Array | null; body: Uint8Array | null}[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const bodies: {salt: Uint8Array | null; body: Uint8Array | null}[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = at + 4 <= bytes.length ? view.getUint32(at) : 0;
    at += 4;
    if (length === ERASED) {
      bodies.push({salt: null, body: null});
      continue;
    }
    if (length < SALT_LENGTH || at + length > bytes.length)
      throw new GatewayError("audit/damaged", `The file of bodies ends within body ${bodies.length}.`);
    bodies.push({salt: bytes.subarray(at, at + SALT_LENGTH), body: bytes.subarray(at + SALT_LENGTH, at + length)});
    at += length;
  }
  return bodies;
}
