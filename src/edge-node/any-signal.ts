/**
 * Runs `work` with a signal that is aborted when any of `signals` is. In place of AbortSignal.any, which leaves something behind in a
 * long-lived signal for every short-lived one that was made from it.
 */
export async function withAnySignal<Result>(
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const any = new AbortController();
  const given = signals.filter((signal) => signal !== undefined);
  const onAbort = () => any.abort(given.find((signal) => signal.aborted)?.reason);
  if (given.some((signal) => signal.aborted)) onAbort();
  for (const signal of given) signal.addEventListener("abort", onAbort, {once: true});
  try {
    return await work(any.signal);
  } finally {
    for (const signal of given) signal.removeEventListener("abort", onAbort);
  }
}
