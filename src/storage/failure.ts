import {GatewayError, sentenceOf} from "../errors.ts";

/**
 * What went wrong with a place on disk, as one of ours: `storage/disk-full`, `storage/locked` or `storage/failed`.
 * `name` is the folder or file.
 */
export function storageFailure(error: unknown, name: string): GatewayError {
  if (error instanceof GatewayError) return error;
  const causes = chainOf(error);
  // LevelDB reports the operating system's sentence, not its code.
  if (causes.some((cause) => /no space left|ENOSPC|EDQUOT|quota exceeded/i.test(sentenceOf(cause))))
    return new GatewayError(
      "storage/disk-full",
      `The disk of ${name} is full; free some space.`,
      {place: name},
      {cause: error},
    );
  if (causes.some((cause) => (cause as {code?: unknown}).code === "LEVEL_LOCKED"))
    return new GatewayError("storage/locked", `The store ${name} is open in another process; stop that one first.`, {
      place: name,
    });
  const because = sentenceOf(causes.at(-1));
  return new GatewayError("storage/failed", `${name} failed: ${because}.`, {place: name}, {cause: error});
}

function chainOf(error: unknown): unknown[] {
  const chain = [];
  for (let cause = error; cause !== undefined && cause !== null; cause = (cause as {cause?: unknown}).cause)
    chain.push(cause);
  return chain;
}
