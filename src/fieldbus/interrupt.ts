// Waiting that can be cut short. `Promise.race` with a promise or `AbortSignal.any` with a signal that lives for weeks leaves a little
// behind in it at every call; here whoever waits takes its listener away again.

import type {Clock} from "../clock.ts";

/** Something that may end what is being waited for. Gives what takes the listener away. */
export type Interruption = (end: (reason: unknown) => void) => () => void;

/** `work`, or a rejection with the reason of the first interruption. */
export function interruptible<Result>(work: Promise<Result>, interruptions: readonly Interruption[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const undo: (() => void)[] = [];
    const settle = () => {
      for (const step of undo.splice(0)) step();
    };
    work.then(resolve, reject).finally(settle);
    for (const interruption of interruptions) {
      undo.push(
        interruption((reason) => {
          settle();
          reject(reason);
        }),
      );
    }
  });
}

export function onAbort(signal: AbortSignal | undefined): Interruption {
  return (end) => {
    const listener = () => end(signal?.reason);
    if (signal?.aborted) queueMicrotask(listener);
    signal?.addEventListener("abort", listener, {once: true});
    return () => signal?.removeEventListener("abort", listener);
  };
}

/**
 * Ends after `ms`, but not before what has arrived meanwhile was looked at: when the process itself was busy, the answer may lie there
 * unread while the time runs out.
 */
export function onTimeout(clock: Clock, ms: number, errorOf: () => unknown): Interruption {
  return (end) => {
    const over = new AbortController();
    clock.sleep(ms, over.signal).then(
      () => setImmediate(() => end(errorOf())),
      () => undefined,
    );
    return () => over.abort();
  };
}

/** An end that comes once, with its listeners; one that listens too late hears of it at once. */
export interface Ending<Reason> {
  readonly promise: Promise<Reason>;
  /** The first call counts. */
  end(reason: Reason): void;
  /** `errorOf` makes the reason of the rejection. */
  interruption(errorOf: (reason: Reason) => unknown): Interruption;
}

export function createEnding<Reason>(): Ending<Reason> {
  const listeners = new Set<(reason: Reason) => void>();
  let outcome: {readonly reason: Reason} | null = null;
  const promise = new Promise<Reason>((resolve) => {
    listeners.add(resolve);
  });
  return {
    promise,
    end: (reason) => {
      if (outcome !== null) return;
      outcome = {reason};
      for (const listener of listeners) listener(reason);
      listeners.clear();
    },
    interruption: (errorOf) => (stop) => {
      const listener = (reason: Reason) => stop(errorOf(reason));
      const known = outcome;
      if (known === null) listeners.add(listener);
      else queueMicrotask(() => listener(known.reason));
      return () => listeners.delete(listener);
    },
  };
}
