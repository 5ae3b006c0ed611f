// The way of an entry to disk. Numbers are given at once; leaf and record are made while the device is busy with the group before; a
// group is one write and one fdatasync of the shared journal, whatever the number of machines in it. Then the trees grow, each changed
// log's head is signed, and only then the callers hear of it. While a finished group is signed, the next one is already on its way.

import {toHex} from "../bytes.ts";
import type {AuditEntryInput, AuditReceipt} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError} from "../errors.ts";
import type {Random} from "../random.ts";
import {
  bodyHashOf,
  type Caller,
  type CheckedInput,
  checkInput,
  type Leaf,
  leafOf,
  SALT_LENGTH,
  serializeLeaf,
} from "./entry.ts";
import {leafHashOf} from "./hashing.ts";
import type {Logs} from "./logs.ts";
import {addEntry, type MachineLog, type SignedHead} from "./machine-log.ts";
import {encodeEntry, encodeOpen} from "./records.ts";
import {type NextSegment, nextSegmentOf, restoredEntry, SELF} from "./segments.ts";

/** A durable entry, as listeners hear of it. */
export interface WrittenEntry {
  readonly log: MachineLog;
  readonly leaf: Leaf;
  readonly leafHash: Uint8Array;
  readonly body: Uint8Array;
}

export interface Writer {
  append(inputs: readonly AuditEntryInput[], caller: Caller): Promise<readonly AuditReceipt[]>;
  /** Begins a machine's next segment, whose first entry tells why. */
  beginSegment(next: NextSegment, reason: Readonly<Record<string, unknown>>): Promise<void>;
  /** Waits for what was appended. */
  idle(): Promise<void>;
  /** Resolves when everything that the journal holds now is in the trees, too. */
  settled(): Promise<void>;
}

export interface WriterHooks {
  /** After each group, in order; its logs are signed. */
  readonly onDurable: (entries: readonly WrittenEntry[]) => void;
  /** Waits until the bundles have caught up with the journal. */
  readonly bundled: () => Promise<void>;
  /** The journal refused a group: nothing more is accepted until it is opened anew. */
  readonly onFailure: (error: unknown) => void;
}

interface PreparedEntry extends WrittenEntry {
  readonly record: Uint8Array;
  /** Whether a caller asked for it, and waits for its receipt. */
  readonly isAsked: boolean;
}

interface Waiting {
  readonly entries: readonly PreparedEntry[];
  /** Records that begin logs, before those of the entries. */
  readonly opens: readonly Uint8Array[];
  readonly bytes: number;
  readonly resolve: (receipts: readonly AuditReceipt[]) => void;
  readonly reject: (error: unknown) => void;
}

const MACHINES_MAX = 4_096;
/** Entries of one call. */
const ENTRIES_PER_APPEND_MAX = 1_000;
/** Bodies of one call. With leaves of at most 4 KiB each, one call stays below what the journal writes at once. */
const BODIES_PER_APPEND_MAX = 8 * 2 ** 20;
const QUEUE_BYTES_MAX = 16 * 2 ** 20;
const GROUP_BYTES_MAX = 2 * 2 ** 20;
const SALTS_AT_ONCE = 256;
const SIGNED_AHEAD_MAX = 32;

export function createWriter(
  logs: Logs,
  {clock, random}: {clock: Clock; random: Random},
  {onDurable, onFailure, bundled}: WriterHooks,
): Writer {
  let queue: Waiting[] = [];
  let queuedBytes = 0;
  let committing: Promise<void> | null = null;
  const nextSalt = createSalts(random);

  // Everything that can be refused is refused before anything is numbered.
  const check = (inputs: readonly AuditEntryInput[], caller: Caller): readonly CheckedInput[] => {
    if (inputs.length === 0 || inputs.length > ENTRIES_PER_APPEND_MAX)
      throw new GatewayError("audit/invalid", `One call appends 1 to ${ENTRIES_PER_APPEND_MAX} entries.`);
    const checked = inputs.map((input, i) =>
      checkInput(input, {where: inputs.length === 1 ? "" : `entries[${i}]`, caller}),
    );
    const next = new Map<string, number>();
    for (const {machine, corrects} of checked) {
      const seq = next.get(machine) ?? nextSeqOf(machine);
      if (corrects !== null && corrects >= seq)
        throw new GatewayError("audit/invalid", `corrects: ${machine} has no entry ${corrects} before this one.`, {
          corrects,
        });
      next.set(machine, seq + 1);
    }
    const added = [...next.keys()].filter((machine) => logs.current(machine) === null).length;
    if (added > 0 && logs.machines().length + added > MACHINES_MAX)
      throw new GatewayError("audit/too-many", `A gateway keeps the logs of at most ${MACHINES_MAX} machines.`);
    const size = checked.reduce((sum, {body}) => sum + body.length, 0);
    if (size > BODIES_PER_APPEND_MAX)
      throw new GatewayError("audit/too-large", `The bodies of one call have at most ${BODIES_PER_APPEND_MAX} bytes.`, {
        bytes: size,
      });
    if (queuedBytes + size > QUEUE_BYTES_MAX)
      throw new GatewayError("audit/busy", "Too many entries wait for the disk; try again in a moment.", {queuedBytes});
    return checked;
  };

  const nextSeqOf = (machine: string): number => {
    const current = logs.current(machine);
    if (current !== null) return current.firstSeq + current.assigned;
    const {firstSeq, lost} = nextSegmentOf(logs, machine);
    return lost === null ? firstSeq : firstSeq + 1;
  };

  const prepare = (input: CheckedInput, log: MachineLog, isAsked = true): PreparedEntry => {
    const index = log.assigned++;
    const salt = nextSalt();
    const body = Buffer.from(input.body);
    const leaf = leafOf(input, {
      seq: log.firstSeq + index,
      now: clock.now(),
      clock: clock.state(),
      bodyHash: bodyHashOf(salt, body),
    });
    const bytes = Buffer.from(serializeLeaf(leaf));
    const record = encodeEntry(log, {index, leaf: bytes, salt, body});
    return {log, leaf, leafHash: leafHashOf(bytes), body, record, isAsked};
  };

  const open = (next: NextSegment, reason: Readonly<Record<string, unknown>> | null) => {
    const log = logs.open(next.name, next.firstSeq);
    const entries: PreparedEntry[] = [];
    if (reason !== null) {
      const input = checkInput(restoredEntry(next, reason), {where: "", caller: SELF});
      entries.push(prepare(input, log, false));
    }
    return {log, entries, record: encodeOpen(log, next.firstSeq)};
  };

  const enqueue = (entries: readonly PreparedEntry[], opens: readonly Uint8Array[]) =>
    new Promise<readonly AuditReceipt[]>((resolve, reject) => {
      const bytes = entries.reduce((sum, {record}) => sum + record.length, 0);
      queuedBytes += bytes;
      queue.push({entries, opens, bytes, resolve, reject});
      committing ??= commit().finally(() => {
        committing = null;
      });
    });

  const commit = async () => {
    // Everybody who appends in this turn of the event loop goes into the first group.
    await Promise.resolve();
    let written: (() => void) | null = null;
    while (queue.length > 0) {
      if (logs.isCrowded()) {
        written?.();
        written = null;
        await bundled();
      }
      const group = takeGroup();
      const records = group.flatMap(({opens, entries}) => [...opens, ...entries.map(({record}) => record)]);
      const durable = logs.journal.append(records);
      written?.();
      written = null;
      const heads = signAhead(group);
      try {
        const offsets = await durable;
        written = () => finish(group, offsets, heads);
      } catch (error) {
        onFailure(error);
        for (const waiting of [...group, ...queue]) waiting.reject(error);
        queue = [];
        queuedBytes = 0;
      }
      if (queue.length === 0) {
        written?.();
        written = null;
      }
    }
  };

  const takeGroup = (): readonly Waiting[] => {
    let bytes = 0;
    let count = 0;
    while (count < queue.length && (count === 0 || bytes + queue[count]!.bytes <= GROUP_BYTES_MAX)) {
      bytes += queue[count]!.bytes;
      count++;
    }
    queuedBytes -= bytes;
    const group = queue.slice(0, count);
    queue = queue.slice(count);
    return group;
  };

  // While the device works, the heads of a small group are signed; a large one is better signed once its trees have grown.
  const signAhead = (group: readonly Waiting[]): ReadonlyMap<MachineLog, SignedHead> => {
    const leaves = new Map<MachineLog, Uint8Array[]>();
    let count = 0;
    for (const {entries} of group) {
      count += entries.length;
      if (count > SIGNED_AHEAD_MAX) return new Map();
      for (const {log, leafHash} of entries) {
        const hashes = leaves.get(log);
        if (hashes === undefined) leaves.set(log, [leafHash]);
        else hashes.push(leafHash);
      }
    }
    return new Map([...leaves].map(([log, hashes]) => [log, logs.signAhead(log, hashes)]));
  };

  const finish = (
    group: readonly Waiting[],
    offsets: readonly number[],
    heads: ReadonlyMap<MachineLog, SignedHead>,
  ) => {
    const changed = new Set<MachineLog>();
    let place = 0;
    for (const {opens, entries} of group) {
      place += opens.length;
      for (const {log, leaf, leafHash, record} of entries) {
        const pending = {offset: offsets[place++]!, record};
        addEntry(log, leafHash, pending);
        logs.keepRecord(pending);
        log.lastUtc = leaf.time.utc;
        changed.add(log);
      }
    }
    for (const log of changed) logs.sign(log, heads.get(log));
    for (const {entries, resolve} of group) {
      resolve(
        entries
          .filter(({isAsked}) => isAsked)
          .map(({log, leaf, leafHash}) => ({
            machine: log.machine,
            seq: leaf.seq,
            leafHash: toHex(leafHash),
            checkpointSize: log.signed!.size,
          })),
      );
    }
    onDurable(group.flatMap(({entries}) => entries));
  };

  return {
    append: async (inputs, caller) => {
      const checked = check(inputs, caller);
      const opens: Uint8Array[] = [];
      const entries = checked.flatMap((input) => {
        const log = logs.current(input.machine);
        if (log !== null) return [prepare(input, log)];
        const next = nextSegmentOf(logs, input.machine);
        const opened = open(next, next.lost === null ? null : {kind: "missing"});
        opens.push(opened.record);
        return [...opened.entries, prepare(input, opened.log)];
      });
      return await enqueue(entries, opens);
    },
    beginSegment: async (next, reason) => {
      const {entries, record} = open(next, reason);
      await enqueue(entries, [record]);
    },
    idle: async () => {
      while (committing !== null) await committing;
    },
    // Groups are finished in order, so one without entries is finished after all before it.
    settled: async () => {
      await enqueue([], []);
    },
  };
}

// Asking the system once for many salts costs a fiftieth of asking for each.
function createSalts(random: Random): () => Uint8Array {
  let salts: Uint8Array = new Uint8Array();
  let at = 0;
  return () => {
    if (at === salts.length) {
      salts = random.bytes(SALT_LENGTH * SALTS_AT_ONCE);
      at = 0;
    }
    at += SALT_LENGTH;
    return salts.subarray(at - SALT_LENGTH, at);
  };
}
