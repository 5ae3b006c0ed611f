import type {Clock} from "../../clock.ts";
import type {Log} from "../../log.ts";
import {createService, type Service} from "../../service.ts";
import {GATEWAY_ACTOR, type RecordAccess} from "./record.ts";

const WINDOW_MS = 60_000;
/** Entries a minute; what goes beyond is counted in one more. */
const KEYS_MAX = 50;

/** A refused login. `user`: null when there is no user of the name that was typed, which may well have been a password. */
export interface Failure {
  readonly type: "login-failed" | "login-limited";
  readonly user: string | null;
  readonly address: string;
  /** Of `login-limited`. */
  readonly limit?: string;
  readonly waitSeconds?: number;
}

/** Puts refused logins into the audit trail: one entry a minute for each user and address, with their number. */
export interface FailureRecord extends Service {
  note(failure: Failure): void;
  /** Writes what is known of a user and address now, so that it stands before what follows. */
  settle(user: string, address: string): Promise<void>;
}

interface Counted {
  readonly failure: Failure | null;
  readonly from: string;
  to: string;
  count: number;
}

/** `record` must not reject. */
export function createFailureRecord(record: RecordAccess, clock: Clock, log: Log): FailureRecord {
  const counted = new Map<string, Counted>();
  let waiting: AbortController | null = null;

  const write = async (keys: readonly string[]) => {
    const taken = keys.flatMap((key) => counted.get(key) ?? []);
    for (const key of keys) counted.delete(key);
    if (taken.length === 0) return;
    const count = taken.reduce((sum, other) => sum + other.count, 0);
    log.warn({count, addresses: new Set(taken.map(({failure}) => failure?.address)).size}, "logins were refused");
    await record(taken.map(eventOf), GATEWAY_ACTOR);
  };
  const writeAll = () => {
    waiting?.abort();
    waiting = null;
    return write([...counted.keys()]);
  };
  const wait = async () => {
    const aborted = new AbortController();
    waiting = aborted;
    try {
      await clock.sleep(WINDOW_MS, aborted.signal);
    } catch {
      return;
    }
    await writeAll();
  };

  const service = createService({start: async () => undefined, stop: writeAll});
  return {
    ...service,
    note: (failure) => {
      const now = new Date(clock.now()).toISOString();
      const own = keyOf(failure);
      const isOwn = counted.has(own) || counted.size < KEYS_MAX;
      const key = isOwn ? own : failure.type;
      const known = counted.get(key);
      if (known === undefined) counted.set(key, {failure: isOwn ? failure : null, from: now, to: now, count: 1});
      else Object.assign(known, {to: now, count: known.count + 1});
      if (waiting === null) void wait();
    },
    settle: (user, address) => write([...counted.keys()].filter((key) => key.endsWith(` ${user} ${address}`))),
  };
}

function keyOf({type, user, address}: Failure): string {
  return `${type} ${user ?? ""} ${address}`;
}

function eventOf({failure, from, to, count}: Counted) {
  if (failure === null) return {type: "login-failed", body: {user: null, address: null, from, to, count}};
  const {type, ...about} = failure;
  return {type, body: {...about, from, to, count}};
}
