import {expect, test} from "@jest/globals";
import fc from "fast-check";
import {createRuns} from "../../src/audit/runs.ts";

const LENGTH = 40;
const changes = fc.array(
  fc.record({
    a: fc.nat(LENGTH - 1),
    b: fc.nat(LENGTH - 1),
    value: fc.option(fc.constantFrom("x", "y", "z"), {nil: null}),
  }),
  {maxLength: 30},
);

test("runs hold for each number what was said of it last, and are as few as can be", () => {
  fc.assert(
    fc.property(changes, (all) => {
      const runs = createRuns<string>((a, b) => a === b);
      const each = Array.from({length: LENGTH}, (): string | null => null);
      for (const {a, b, value} of all) {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        runs.change([from, to], () => value);
        each.fill(value, from, to + 1);
      }
      expect(each.map((_, seq) => runs.at(seq))).toEqual(each);
      expect(runs.over([0, LENGTH - 1]).flatMap(({from, to, value}) => Array(to - from + 1).fill(value))).toEqual(each);
      const held = each.filter((value, i) => value !== null && value !== each[i - 1]).length;
      expect(runs.size).toBe(held);
    }),
  );
});

test("a change is told what held before", () => {
  const runs = createRuns<string>((a, b) => a === b);
  runs.change([2, 5], () => "x");
  runs.change([4, 8], (before) => (before === null ? "new" : `${before}+`));
  expect([...runs.all()]).toEqual([
    {from: 2, to: 3, value: "x"},
    {from: 4, to: 5, value: "x+"},
    {from: 6, to: 8, value: "new"},
  ]);
});
