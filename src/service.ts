/**
 * Something that runs. Making it does nothing; `start` works, `stop` undoes it. Both may be called twice:
 * the second call waits for the first and does no more. A start during a stop begins when the stop has ended.
 */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes a Service of two functions, so that calling either twice is harmless. */
export function createService(steps: {start: () => Promise<void>; stop: () => Promise<void>}): Service {
  let starting: Promise<void> | null = null;
  let stopping: Promise<void> | null = null;
  return {
    start: () => {
      if (stopping !== null) {
        starting = stopping.catch(() => undefined).then(steps.start);
        stopping = null;
      }
      starting ??= steps.start();
      return starting;
    },
    stop: () => {
      if (starting === null) return Promise.resolve();
      const started = starting;
      stopping ??= started
        .catch(() => undefined)
        .then(steps.stop)
        .finally(() => {
          // A start during the stop has its own promise already.
          if (starting !== started) return;
          starting = null;
          stopping = null;
        });
      return stopping;
    },
  };
}

/**
 * Starts services in order and stops them in the opposite one. A start that fails stops what already runs. A stop that fails keeps none
 * of the others from stopping; the first failure is thrown when all have.
 */
export function joinServices(services: readonly Service[]): Service {
  let running: Service[] = [];
  const stop = async () => {
    const failures: unknown[] = [];
    for (const service of running.toReversed()) await service.stop().catch((error: unknown) => failures.push(error));
    running = [];
    if (failures.length > 0) throw failures[0];
  };
  return createService({
    start: async () => {
      try {
        for (const service of services) {
          running.push(service);
          await service.start();
        }
      } catch (error) {
        // Why it could not start says more than what followed.
        await stop().catch(() => undefined);
        throw error;
      }
    },
    stop,
  });
}
