import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {localTimeAt, skyAt} from "../../src/plant/day.ts";
import {curve, draw} from "../../src/plant/noise.ts";
import {PLACE} from "../../src/plant/site.ts";

const seeds = fc.nat(0xffffffff);
const moments = fc.integer({min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1)});

describe("noise", () => {
  test("is the same for the same seed, stream and index, and another for another", () => {
    fc.assert(
      fc.property(seeds, fc.nat(100), fc.nat(Number.MAX_SAFE_INTEGER), (seed, stream, index) => {
        const value = draw(seed, stream, index);
        expect(value).toBe(draw(seed, stream, index));
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
        expect([
          draw(seed, stream, index + 1),
          draw(seed, stream + 1, index),
          draw(seed ^ 1, stream, index),
        ]).not.toContain(value);
      }),
    );
  });

  test("is spread evenly", () => {
    const draws = Array.from({length: 20_000}, (_, index) => draw(7, 3, index));
    const tenths = Array.from(
      {length: 10},
      (_, tenth) => draws.filter((value) => Math.floor(value * 10) === tenth).length,
    );
    // Five standard deviations of a binomial with n = 20,000 and p = 0.1.
    for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt(20_000 * 0.09));
  });

  test("a curve passes through the draws and does not jump", () => {
    fc.assert(
      fc.property(seeds, fc.double({min: -1000, max: 1000, noNaN: true}), (seed, position) => {
        expect(curve(seed, 1, Math.floor(position))).toBe(draw(seed, 1, Math.floor(position)));
        // The steepest smoothstep rises 1.5 times its length.
        expect(Math.abs(curve(seed, 1, position + 0.01) - curve(seed, 1, position))).toBeLessThan(0.016);
      }),
    );
  });
});

describe("the sky", () => {
  // Astronomical figures for Munich: solar noon heights are 90° - latitude ± 23.44° at the solstices and 90° - latitude at the equinox.
  test.each([
    ["summer solstice", Date.UTC(2026, 5, 21, 11, 15), 65.3],
    ["winter solstice", Date.UTC(2026, 11, 21, 11, 12), 18.4],
    ["equinox", Date.UTC(2026, 2, 20, 11, 21), 41.9],
  ])("the sun's height at noon of the %s is right within a degree", (_name, noon, height) => {
    const sky = skyAt(1, PLACE, noon);
    expect(Math.abs(sky.elevationDeg - height)).toBeLessThan(1);
    expect(Math.abs(sky.azimuthDeg - 180)).toBeLessThan(3);
  });

  test("the sun rises in the north-east and sets in the north-west in June", () => {
    expect(skyAt(1, PLACE, Date.UTC(2026, 5, 21, 3, 30)).azimuthDeg).toBeLessThan(60);
    expect(skyAt(1, PLACE, Date.UTC(2026, 5, 21, 19, 0)).azimuthDeg).toBeGreaterThan(300);
  });

  test("values stay within what nature allows, and there is no light at night", () => {
    fc.assert(
      fc.property(seeds, moments, (seed, timeMs) => {
        const sky = skyAt(seed, PLACE, timeMs);
        expect(sky.cloudCover).toBeGreaterThanOrEqual(0);
        expect(sky.cloudCover).toBeLessThanOrEqual(1);
        expect(sky.beamWm2).toBeGreaterThanOrEqual(0);
        expect(sky.beamWm2).toBeLessThanOrEqual(1000);
        expect(sky.diffuseWm2).toBeGreaterThanOrEqual(0);
        expect(sky.diffuseWm2).toBeLessThan(800);
        expect(sky.ambientC).toBeGreaterThan(-20);
        expect(sky.ambientC).toBeLessThan(40);
        if (sky.elevationDeg <= 0) expect(sky.beamWm2 + sky.diffuseWm2).toBe(0);
      }),
      {numRuns: 500},
    );
  });

  test("the wall clock of the site knows hour and weekday", () => {
    expect(localTimeAt(PLACE, Date.UTC(2026, 5, 15, 6, 30))).toMatchObject({hour: 8.5, weekday: 1});
    expect(localTimeAt(PLACE, Date.UTC(2026, 5, 14, 23, 0))).toMatchObject({hour: 1, weekday: 1});
  });
});
