// The search for a nonce, 32 at a time: every trit is two words, and bit k of each word belongs to nonce number k. One pass of
// Curl-P-81 over 2 x 729 words so tries 32 nonces. The 192 trits of the digest are the same in all lanes and set once; only byte 0
// of the nonce differs between the lanes.
//
// Trit i of a round needs s[364 i] and s[364 (i + 1)], and 2 x 364 = -1 modulo 729: so even i run down from 729, odd ones from 364, each
// neighbour shares an input with the next, and no index table is needed.

import {assert} from "../errors.ts";
import {encodeB1t6, TRITS_PER_BYTE} from "./b1t6.ts";
import {HASH_TRITS, trailingZerosOfHash} from "./curl.ts";
import {NONCE_SIZE, powInput} from "./score.ts";

export interface Search {
  /** BLAKE2b-256 of the block without its nonce. */
  readonly digest: Uint8Array;
  /** Unsigned 64 bit. */
  readonly firstNonce: bigint;
  /** Nonces to try, from `firstNonce` upwards, modulo 2^64. */
  readonly count: number;
  /** Zero trits wanted at the end of the hash: 0..243. */
  readonly targetZeros: number;
}

/** Finds nonces. Synchronous: a caller that wants to be able to stop asks for a few at a time. */
export interface Engine {
  /** The first nonce of the range that has the zeros; null when none has. */
  search(search: Search): bigint | null;
}

const STATE_TRITS = 729;
const ROUNDS = 81;
const LANES = 32;
const DIGEST_SIZE = 32;
const NONCE_START = DIGEST_SIZE * TRITS_PER_BYTE;
const U64 = 2n ** 64n;
const ALL = -1;

/** An engine of plain JavaScript on 32-bit words. It confirms what it finds with the one-nonce Curl. */
export function createWordEngine(): Engine {
  let low = new Int32Array(STATE_TRITS);
  let high = new Int32Array(STATE_TRITS);
  let otherLow = new Int32Array(STATE_TRITS);
  let otherHigh = new Int32Array(STATE_TRITS);
  const nonceBytes = new Uint8Array(NONCE_SIZE);
  const nonceView = new DataView(nonceBytes.buffer);

  const setTrit = (place: number, trit: number, lanes: number) => {
    if (trit === 1) low[place]! &= ~lanes;
    else if (trit === -1) high[place]! &= ~lanes;
  };

  const load = (digestTrits: Int8Array, base: bigint) => {
    low.fill(ALL);
    high.fill(ALL);
    for (let i = 0; i < digestTrits.length; i++) setTrit(i, digestTrits[i]!, ALL);
    nonceView.setBigUint64(0, base, true);
    const trits = encodeB1t6(nonceBytes);
    for (let i = TRITS_PER_BYTE; i < trits.length; i++) setTrit(NONCE_START + i, trits[i]!, ALL);
    const lanes = LANE_TRITS[nonceBytes[0]! / LANES]!;
    for (let i = 0; i < TRITS_PER_BYTE; i++) {
      low[NONCE_START + i] = lanes.low[i]!;
      high[NONCE_START + i] = lanes.high[i]!;
    }
  };

  const transform = () => {
    for (let round = 0; round < ROUNDS; round++) {
      applyRound(low, high, otherLow, otherHigh);
      [low, otherLow] = [otherLow, low];
      [high, otherHigh] = [otherHigh, high];
    }
  };

  // Lanes whose last `zeros` trits are all 0, that is (1, 1).
  const lanesWithZeros = (zeros: number) => {
    let lanes = ALL;
    for (let i = HASH_TRITS - zeros; i < HASH_TRITS; i++) lanes &= low[i]! & high[i]!;
    return lanes;
  };

  return {
    search: ({digest, firstNonce, count, targetZeros}) => {
      assert(digest.length === DIGEST_SIZE, "a digest has 32 bytes");
      const digestTrits = encodeB1t6(digest);
      let skip = Number(firstNonce % BigInt(LANES));
      let base = firstNonce - BigInt(skip);
      for (let left = count; left > 0; ) {
        load(digestTrits, base);
        transform();
        const lanes = lanesWithZeros(targetZeros);
        const end = Math.min(LANES, skip + left);
        for (let lane = skip; lane < end; lane++) {
          if (((lanes >>> lane) & 1) === 0) continue;
          const nonce = base + BigInt(lane);
          nonceView.setBigUint64(0, nonce, true);
          assert(
            trailingZerosOfHash(powInput(digest, nonceBytes)) >= targetZeros,
            "both forms of Curl give the same hash",
          );
          return nonce;
        }
        left -= end - skip;
        skip = 0;
        base = (base + BigInt(LANES)) % U64;
      }
      return null;
    },
  };
}

function applyRound(low: Int32Array, high: Int32Array, toLow: Int32Array, toHigh: Int32Array): void {
  let aLow = low[0]!;
  let aHigh = high[0]!;
  for (let k = 0; k < 364; k++) {
    const bLow = low[364 - k]!;
    const bHigh = high[364 - k]!;
    const t = aLow & (aHigh ^ bLow);
    toLow[2 * k] = ~t;
    toHigh[2 * k] = (aLow ^ bHigh) | t;
    const cLow = low[728 - k]!;
    const cHigh = high[728 - k]!;
    const u = bLow & (bHigh ^ cLow);
    toLow[2 * k + 1] = ~u;
    toHigh[2 * k + 1] = (bLow ^ cHigh) | u;
    aLow = cLow;
    aHigh = cHigh;
  }
  const t = aLow & (aHigh ^ low[0]!);
  toLow[728] = ~t;
  toHigh[728] = (aLow ^ high[0]!) | t;
}

// Trits of byte 0 of the nonce in 32 lanes, for each of the eight multiples of 32 that it can begin with.
const LANE_TRITS = Array.from({length: 256 / LANES}, (_, group) => {
  const low = new Int32Array(TRITS_PER_BYTE).fill(ALL);
  const high = new Int32Array(TRITS_PER_BYTE).fill(ALL);
  for (let lane = 0; lane < LANES; lane++) {
    encodeB1t6(Uint8Array.of(group * LANES + lane)).forEach((trit, i) => {
      if (trit === 1) low[i]! &= ~(1 << lane);
      else if (trit === -1) high[i]! &= ~(1 << lane);
    });
  }
  return {low, high};
});
