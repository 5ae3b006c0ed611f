import {onAbort} from "./interrupt.ts";

/** One after the other; writes before reads, because somebody waits for them. */
export interface RequestQueue<Request> {
  /** Rejects with `full` when too many wait, with the signal's reason when it is aborted. */
  add(
    request: Request,
    options: {readonly isUrgent: boolean; readonly signal: AbortSignal | undefined},
  ): Promise<unknown>;
  /** Resolves when nothing is being done or waits. */
  idle(): Promise<void>;
}

interface Job<Request> {
  readonly request: Request;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

export function createRequestQueue<Request>(
  options: {readonly max: number; full(): unknown},
  perform: (request: Request) => Promise<unknown>,
): RequestQueue<Request> {
  const urgent: Job<Request>[] = [];
  const others: Job<Request>[] = [];
  let working: Promise<void> | null = null;

  const work = async () => {
    await Promise.resolve();
    for (let job = urgent.shift() ?? others.shift(); job !== undefined; job = urgent.shift() ?? others.shift()) {
      await perform(job.request).then(job.resolve, job.reject);
    }
    working = null;
  };

  return {
    add: (request, {isUrgent, signal}) => {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (urgent.length + others.length >= options.max) return Promise.reject(options.full());
      return new Promise((resolve, reject) => {
        const job: Job<Request> = {request, resolve, reject};
        // A request that is being done keeps its turn until it is answered; only its caller stops waiting.
        const stopListening = onAbort(signal)((reason) => {
          remove(urgent, job);
          remove(others, job);
          reject(reason);
        });
        job.resolve = (answer) => {
          stopListening();
          resolve(answer);
        };
        job.reject = (error) => {
          stopListening();
          reject(error);
        };
        (isUrgent ? urgent : others).push(job);
        working ??= work();
      });
    },
    idle: async () => {
      while (working !== null) await working;
    },
  };
}

function remove<Item>(list: Item[], item: Item): void {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
}
