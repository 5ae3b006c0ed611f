/** What the miner tells a thread: search upwards from a nonce until one is found or word 0 of `stop` is not 0. */
export interface MinerJob {
  readonly digest: Uint8Array;
  readonly firstNonce: bigint;
  readonly targetZeros: number;
  /** One Int32 in shared memory. */
  readonly stop: SharedArrayBuffer;
}

/** What a thread answers, once a job: the nonce, or null when it was stopped. */
export type MinerAnswer = bigint | null;
