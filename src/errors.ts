/** Facts beside an error: shown to a person and logged, so never a secret. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/**
 * A failure that somebody outside must hear of. `code` is `module/what`, stable for programs; `message` is a sentence a
 * person can act on; `facts` are the values in it. Expected outcomes are returned, not thrown.
 */
export class GatewayError extends Error {
  readonly code: string;
  readonly facts: Facts;

  constructor(code: string, sentence: string, facts: Facts = {}, options?: ErrorOptions) {
    super(sentence, options);
    this.name = "GatewayError";
    this.code = code;
    this.facts = facts;
  }
}

/** A broken assumption of our own. Never caught; the process ends and is started again. */
export class Bug extends Error {
  constructor(why: string) {
    super(why);
    this.name = "Bug";
  }
}

/** Ends the process's work when `holds` is false; `why` says why it must hold. */
export function assert(holds: boolean, why: string): asserts holds {
  if (!holds) throw new Bug(why);
}

/** For the default branch of a switch over a union: the compiler proves it is not reached. */
export function unreachable(value: never): never {
  throw new Bug(`No case for ${JSON.stringify(value)}.`);
}

/** The sentence of anything that was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
