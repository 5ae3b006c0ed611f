import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {createSeededRandom, createSystemRandom} from "../src/random.ts";

describe.each([
  ["system", createSystemRandom],
  ["seeded", () => createSeededRandom(7)],
] as const)("%s randomness", (_, create) => {
  test("stays below its bound and gives integers", () => {
    const random = create();
    fc.assert(
      fc.property(fc.integer({min: 1, max: 2 ** 32}), (bound) => {
        const draw = random.below(bound);
        expect(Number.isInteger(draw) && draw >= 0 && draw < bound).toBe(true);
      }),
    );
    expect(random.below(1)).toBe(0);
  });

  test("reaches every value about equally often", () => {
    const random = create();
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 6_000; i++) counts[random.below(6)]!++;
    // 1,000 each on average, deviation 29: seven deviations are never met by chance.
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(200);
  });

  test("gives as many bytes as asked for, of all values", () => {
    const random = create();
    expect(random.bytes(0)).toHaveLength(0);
    expect(new Set(random.bytes(10_000)).size).toBe(256);
  });
});

test("seeded randomness repeats by its seed and differs by another", () => {
  const draws = (seed: number) => {
    const random = createSeededRandom(seed);
    return [...random.bytes(16), random.below(1_000_000)];
  };
  expect(draws(1)).toEqual(draws(1));
  expect(draws(1)).not.toEqual(draws(2));
});

test("system randomness does not repeat", () => {
  const random = createSystemRandom();
  expect(random.bytes(32)).not.toEqual(random.bytes(32));
});
