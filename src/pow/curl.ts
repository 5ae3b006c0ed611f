// Curl-P-81, the sponge under the proof of work (TIP-12): 729 balanced trits, 81 rounds. A round makes every trit anew from two
// old ones, s'[i] = f(s[364 i], s[364 (i + 1)]), indexes modulo 729.
//
// Two things make it quick without a table look-up per trit:
//
//   planes     A trit is two bits: -1 = (1, 0), 0 = (1, 1), 1 = (0, 1), kept as bit i of the planes `low` and `high`. Then f is five
//              operations on whole words: t = aLow & (aHigh ^ bLow), low' = ~t, high' = (aLow ^ bHigh) | t.
//   in place   Trit i of round r is kept at place i * m, m = 364^r. Its successor goes where its first input lies; then the second
//              input is always 364^(r + 1) places further on. So a round is "the plane, and the plane rotated": 23 words of 32 bits
//              a plane instead of 729 trits.
//
// For rotating, a plane stands twice in a row; any 32 bits from any place are two neighbouring words then.

import {assert} from "../errors.ts";

/** Trits of the hash, and of the one block that proof of work absorbs. */
export const HASH_TRITS = 243;

const STATE_TRITS = 729;
const ROUNDS = 81;
const STEP = 364;
const WORDS = 23;
const LAST_BITS = STATE_TRITS % 32;
const LAST_MASK = 2 ** LAST_BITS - 1;

const low = new Int32Array(2 * WORDS + 1);
const high = new Int32Array(2 * WORDS + 1);
const nextLow = new Int32Array(WORDS);
const nextHigh = new Int32Array(WORDS);

// Place of trit i after all rounds: i * 364^81 modulo 729.
const FINAL_MULTIPLIER = Array.from({length: ROUNDS}).reduce<number>((power) => (power * STEP) % STATE_TRITS, 1);

/** Curl-P-81 of one block: 243 trits in, 243 trits out. Not for hashing with any other aim. */
export function curlHash(input: Int8Array): Int8Array {
  transform(input);
  const hash = new Int8Array(HASH_TRITS);
  for (let i = 0; i < HASH_TRITS; i++) hash[i] = tritAt(i);
  return hash;
}

/** Zero trits at the end of the Curl-P-81 hash of one block of 243 trits. */
export function trailingZerosOfHash(input: Int8Array): number {
  transform(input);
  let zeros = 0;
  while (zeros < HASH_TRITS && tritAt(HASH_TRITS - 1 - zeros) === 0) zeros++;
  return zeros;
}

// The state is the module's own: hashing is synchronous and leaves nothing that the next call would read.
function transform(input: Int8Array): void {
  assert(input.length === HASH_TRITS, "proof of work absorbs one block of 243 trits");
  nextLow.fill(-1);
  nextHigh.fill(-1);
  for (let i = 0; i < HASH_TRITS; i++) {
    if (input[i] === 1) nextLow[i >>> 5]! &= ~(1 << (i & 31));
    else if (input[i] === -1) nextHigh[i >>> 5]! &= ~(1 << (i & 31));
  }
  let offset = STEP;
  for (let round = 0; round < ROUNDS; round++) {
    writeTwice(nextLow, low);
    writeTwice(nextHigh, high);
    applyRound(offset);
    offset = (offset * STEP) % STATE_TRITS;
  }
}

// No offset of the 81 is a multiple of 32, so neither shift is by 32, which JavaScript would take for one by 0.
function applyRound(offset: number): void {
  const first = offset >>> 5;
  const shift = offset & 31;
  const back = 32 - shift;
  for (let w = 0; w < WORDS; w++) {
    const at = first + w;
    const aLow = low[w]!;
    const bLow = (low[at]! >>> shift) | (low[at + 1]! << back);
    const bHigh = (high[at]! >>> shift) | (high[at + 1]! << back);
    const t = aLow & (high[w]! ^ bLow);
    nextLow[w] = ~t;
    nextHigh[w] = (aLow ^ bHigh) | t;
  }
}

function writeTwice(plane: Int32Array, twice: Int32Array): void {
  twice.set(plane);
  let carry = plane[WORDS - 1]! & LAST_MASK;
  for (let w = 0; w < WORDS; w++) {
    const word = plane[w]!;
    twice[WORDS - 1 + w] = carry | (word << LAST_BITS);
    carry = word >>> (32 - LAST_BITS);
  }
  twice[2 * WORDS - 1] = carry;
}

function tritAt(index: number): number {
  const place = (index * FINAL_MULTIPLIER) % STATE_TRITS;
  const isLow = (nextLow[place >>> 5]! >>> (place & 31)) & 1;
  const isHigh = (nextHigh[place >>> 5]! >>> (place & 31)) & 1;
  return isHigh - isLow;
}
