// Guessing is slowed down in three ways, each with its own count:
// one user from one address, so that a guesser waits longer and longer while the user comes in from elsewhere;
// one address over all names, so that spreading over names does not help;
// everybody together, so that many addresses cannot keep the processor busy.
// The last two leave alone who has come in from the same address before: colleagues behind one address do not pay for one of them, and
// nobody can keep a user out for ever.

import {isIPv4, isIPv6} from "node:net";
import type {Clock} from "../../clock.ts";

const FREE_OF_PAIR = 5;
const FREE_OF_ADDRESS = 20;
const FREE_OF_ALL = 100;
const FIRST_WAIT_MS = 30_000;
const WAIT_MAX_MS = 15 * 60_000;
/** Failures are forgotten after this time without another one. */
const FORGOTTEN_MS = 3_600_000;
const ALL_WINDOW_MS = 60_000;
const KEYS_MAX = 10_000;

export interface LoginTry {
  readonly user: string;
  /** IP address. */
  readonly address: string;
}

export type LimitKind = "user-and-address" | "address" | "all";

/** Outcome of a try: go on, or wait. */
export type LimitVerdict =
  | {
      readonly state: "open";
      /** The try was none of a guesser: its count is taken back. */
      readonly succeed: () => void;
    }
  | {
      readonly state: "wait";
      readonly limit: LimitKind;
      readonly waitSeconds: number;
      /** Whether this limit tells so for the first time since it was reached. */
      readonly isFirst: boolean;
    };

export interface LoginLimit {
  /** Counts a try as failed, unless it has to wait: so that many at once do not slip past. */
  begin(attempt: LoginTry): LimitVerdict;
}

interface Bucket {
  failures: number;
  lastMs: number;
  blockedUntilMs: number;
  isTold: boolean;
}

/** `known`: who came in before, such as those with open sessions. */
export function createLoginLimit(clock: Clock, known: Iterable<LoginTry> = []): LoginLimit {
  const pairs = createBuckets(clock, FREE_OF_PAIR);
  const addresses = createBuckets(clock, FREE_OF_ADDRESS);
  const familiar = new Set<string>();
  const all = {count: 0, sinceMs: Number.NEGATIVE_INFINITY, isTold: false};
  for (const attempt of known) remember(familiar, pairOf(attempt));

  return {
    begin: (attempt) => {
      const pair = pairOf(attempt);
      const address = addressKey(attempt.address);
      const now = clock.monotonicMs();
      if (now - all.sinceMs >= ALL_WINDOW_MS) Object.assign(all, {count: 0, sinceMs: now, isTold: false});
      const isFamiliar = familiar.has(pair);
      const blocked =
        pairs.blocked(pair, "user-and-address") ?? (isFamiliar ? null : addresses.blocked(address, "address"));
      if (blocked !== null) return blocked;
      if (all.count >= FREE_OF_ALL && !isFamiliar) {
        const isFirst = !all.isTold;
        all.isTold = true;
        return {state: "wait", limit: "all", waitSeconds: secondsOf(all.sinceMs + ALL_WINDOW_MS - now), isFirst};
      }
      pairs.fail(pair);
      const takeBack = addresses.fail(address);
      all.count++;
      const succeed = () => {
        pairs.forget(pair);
        takeBack();
        all.count = Math.max(0, all.count - 1);
        remember(familiar, pair);
      };
      return {state: "open", succeed};
    },
  };
}

function createBuckets(clock: Clock, free: number) {
  const buckets = new Map<string, Bucket>();
  const waitMsOf = (failures: number) =>
    failures < free ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (failures - free), WAIT_MAX_MS);
  const current = (key: string): Bucket | null => {
    const bucket = buckets.get(key);
    return bucket !== undefined && clock.monotonicMs() - bucket.lastMs < FORGOTTEN_MS ? bucket : null;
  };
  return {
    blocked: (key: string, limit: LimitKind): LimitVerdict | null => {
      const bucket = current(key);
      const leftMs = bucket === null ? 0 : bucket.blockedUntilMs - clock.monotonicMs();
      if (bucket === null || leftMs <= 0) return null;
      const isFirst = !bucket.isTold;
      bucket.isTold = true;
      return {state: "wait", limit, waitSeconds: secondsOf(leftMs), isFirst};
    },
    /** Returns what takes this failure back, and no other: failures that came after it keep their wait. */
    fail: (key: string) => {
      const now = clock.monotonicMs();
      const bucket = current(key) ?? {failures: 0, lastMs: now, blockedUntilMs: 0, isTold: false};
      const beforeMs = bucket.lastMs;
      const failures = bucket.failures + 1;
      Object.assign(bucket, {failures, lastMs: now, blockedUntilMs: now + waitMsOf(failures), isTold: false});
      buckets.delete(key);
      buckets.set(key, bucket);
      if (buckets.size > KEYS_MAX) buckets.delete(buckets.keys().next().value!);
      return () => {
        bucket.failures--;
        if (bucket.lastMs === now) bucket.lastMs = beforeMs;
        bucket.blockedUntilMs = bucket.lastMs + waitMsOf(bucket.failures);
        if (bucket.failures === 0) buckets.delete(key);
      };
    },
    forget: (key: string) => {
      buckets.delete(key);
    },
  };
}

function remember(familiar: Set<string>, pair: string): void {
  familiar.delete(pair);
  familiar.add(pair);
  if (familiar.size > KEYS_MAX) familiar.delete(familiar.values().next().value!);
}

function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

function pairOf({user, address}: LoginTry): string {
  return `${addressKey(address)} ${user}`;
}

/** Whoever has one IPv6 address has a /64 of them (RFC 6177), so the first half counts. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("%")[0]!.toLowerCase().split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({length: Math.max(0, 8 - before.length - after.length)}, () => "0");
  const groups = tail === undefined ? before : [...before, ...zeros, ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}
