import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {Bug} from "../src/errors.ts";
import {divCeil, divFloor} from "../src/units.ts";

describe("division", () => {
  test.each([
    [7n, 2n, 3n, 4n],
    [-7n, 2n, -4n, -3n],
    [7n, -2n, -4n, -3n],
    [-7n, -2n, 3n, 4n],
    [6n, 2n, 3n, 3n],
    [-6n, 2n, -3n, -3n],
    [0n, 5n, 0n, 0n],
    [1n, 3n, 0n, 1n],
    [-1n, 3n, -1n, 0n],
  ])("%s by %s is %s down and %s up", (dividend, divisor, floor, ceil) => {
    expect(divFloor(dividend, divisor)).toBe(floor);
    expect(divCeil(dividend, divisor)).toBe(ceil);
  });

  test("by zero is a bug", () => {
    expect(() => divFloor(1n, 0n)).toThrow(Bug);
    expect(() => divCeil(1n, 0n)).toThrow(Bug);
  });

  test("down and up enclose the quotient", () => {
    const integers = fc.bigInt({min: -(2n ** 80n), max: 2n ** 80n});
    fc.assert(
      fc.property(
        integers,
        integers.filter((divisor) => divisor !== 0n),
        (dividend, divisor) => {
          const floor = divFloor(dividend, divisor);
          const rest = dividend - floor * divisor;
          // The rest has the divisor's sign and is smaller.
          expect(divisor > 0n ? rest >= 0n && rest < divisor : rest <= 0n && rest > divisor).toBe(true);
          expect(divCeil(dividend, divisor) - floor).toBe(rest === 0n ? 0n : 1n);
        },
      ),
    );
  });
});
