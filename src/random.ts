/** Randomness as a service depends on it. */
export interface Random {
  /** Integer from 0 to `bound` - 1; `bound`: 1..2^32. */
  below(bound: number): number;
  bytes(count: number): Uint8Array;
}

/** The randomness of the operating system, fit for keys. */
export function createSystemRandom(): Random {
  const bytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));
  return {
    bytes,
    below: (bound) => {
      // Draws past the largest multiple of `bound` are thrown away, so that every value is equally likely.
      const limit = 2 ** 32 - (2 ** 32 % bound);
      for (;;) {
        const draw = new DataView(bytes(4).buffer).getUint32(0);
        if (draw < limit) return draw % bound;
      }
    },
  };
}

/** Repeatable randomness for tests and simulations (mulberry32). Never for keys. */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    below: (bound) => Math.floor((next() / 2 ** 32) * bound),
    bytes: (count) => Uint8Array.from({length: count}, () => next() & 0xff),
  };
}
