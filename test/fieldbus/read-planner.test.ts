import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {
  BUILT_IN_PROFILES,
  learnFromRefusal,
  type ModbusProfile,
  NOTHING_LEARNED,
  type PlannedRead,
  planReads,
  type RegisterConstraints,
  type RegisterPoint,
  readProfiles,
  registerMap,
} from "../../src/fieldbus/index.ts";
import {point} from "./support/points.ts";

const LIMITS: RegisterConstraints = {
  maxRegisters: 125,
  maxBits: 2_000,
  maxGap: 16,
  evenCounts: false,
  functionCodes: null,
  requestDelayMs: 0,
  connectDelayMs: 0,
};

const at = (address: number, count = 1, fields: Partial<RegisterPoint> = {}) =>
  point({name: `p${address}`, address, count, type: count === 2 ? "uint32" : "uint16", ...fields});
const ranges = (reads: readonly PlannedRead[]) => reads.map((read) => [read.table, read.address, read.count]);

async function profile(name: string): Promise<ModbusProfile> {
  const {profiles} = await readProfiles(BUILT_IN_PROFILES);
  return profiles.find((candidate) => candidate.name === name) as ModbusProfile;
}

describe("requests of real devices", () => {
  // Eastron protocol V1.8: 42 values, at most 80 registers a read, even counts only.
  test("all of an SDM630 takes 3 requests", async () => {
    const map = registerMap(await profile("eastron-sdm630"), []);
    const reads = planReads(map.points, map.constraints);
    expect(ranges(reads)).toEqual([
      ["input", 0, 80],
      ["input", 234, 6],
      ["input", 342, 22],
    ]);
    expect(reads.flatMap((read) => read.points)).toHaveLength(42);
  });
  test("all of an SDM120 takes 3 requests", async () => {
    const map = registerMap(await profile("eastron-sdm120"), []);
    expect(ranges(planReads(map.points, map.constraints))).toEqual([
      ["input", 0, 32],
      ["input", 70, 10],
      ["input", 342, 4],
    ]);
  });
  test("a SunSpec model is never cut: its scale factors travel with its values", async () => {
    const map = registerMap(await profile("sunspec-inverter"), []);
    const reads = planReads(map.points, map.constraints);
    expect(reads).toHaveLength(2);
    for (const read of reads) {
      const names = new Set(read.points.map((candidate) => candidate.name));
      for (const {scaleFactor} of read.points) expect(scaleFactor === null || names.has(scaleFactor)).toBe(true);
    }
  });
});

describe("neighbours are merged", () => {
  test.each<[string, readonly RegisterPoint[], Partial<RegisterConstraints>, unknown[]]>([
    ["side by side", [at(0), at(1)], {}, [["holding", 0, 2]]],
    ["across a gap of the limit", [at(0), at(17)], {}, [["holding", 0, 18]]],
    [
      "not across a wider one",
      [at(0), at(18)],
      {},
      [
        ["holding", 0, 1],
        ["holding", 18, 1],
      ],
    ],
    [
      "not past the device's limit",
      [at(0), at(9)],
      {maxRegisters: 9},
      [
        ["holding", 0, 1],
        ["holding", 9, 1],
      ],
    ],
    [
      "never across tables",
      [at(0), at(1, 1, {table: "input"})],
      {},
      [
        ["holding", 0, 1],
        ["input", 1, 1],
      ],
    ],
    ["to an even number where only that is answered", [at(0), at(2)], {evenCounts: true}, [["holding", 0, 4]]],
    ["in order of address", [at(5), at(0)], {}, [["holding", 0, 6]]],
    ["a point that is written only is not read", [at(0, 1, {access: "write"})], {}, []],
    [
      "coils by the limit of bits",
      [at(0, 1, {table: "coil", type: "bool"}), at(16, 1, {table: "coil", type: "bool"})],
      {maxBits: 16},
      [
        ["coil", 0, 1],
        ["coil", 16, 1],
      ],
    ],
  ])("%s", (_, points, limits, expected) => {
    expect(ranges(planReads(points, {...LIMITS, ...limits}))).toEqual(expected);
  });
});

/** Reads like a device that answers exception 2 when a range touches a register it lacks. Gives what was read and how often it asked. */
function readFrom(holes: ReadonlySet<number>, points: readonly RegisterPoint[], start = NOTHING_LEARNED) {
  let learned = start;
  const got = new Set<string>();
  let requests = 0;
  const pending = planReads(points, LIMITS, learned);
  for (let read = pending.shift(); read !== undefined; read = pending.shift()) {
    requests += 1;
    expect(requests).toBeLessThan(1_000);
    const {address, count} = read;
    if ([...holes].some((hole) => hole >= address && hole < address + count)) {
      learned = learnFromRefusal(learned, read, LIMITS);
      pending.unshift(...planReads(read.points, LIMITS, learned));
    } else for (const found of read.points) got.add(found.name);
  }
  return {got, learned, requests};
}

describe("a refused range is asked for in smaller parts", () => {
  test("a hole in a gap costs one cut, remembered", () => {
    const points = [at(0), at(1), at(10), at(11)];
    const first = readFrom(new Set([5]), points);
    expect([...first.got]).toEqual(["p0", "p1", "p10", "p11"]);
    expect(first.requests).toBe(3);
    expect(readFrom(new Set([5]), points, first.learned).requests).toBe(2);
  });
  test("a missing point is found, and its neighbours are merged again", () => {
    const points = Array.from({length: 20}, (_, index) => at(index));
    const first = readFrom(new Set([7]), points);
    expect(first.got.size).toBe(19);
    expect([...first.learned.absent]).toEqual(["p7"]);
    const second = readFrom(new Set([7]), points, first.learned);
    expect(second.requests).toBe(2);
    expect(second.got.size).toBe(19);
  });
  test("a block that is refused is read point by point", () => {
    const points = [at(0, 1, {block: "m"}), at(1, 1, {block: "m"}), at(2, 1, {block: "m"})];
    expect([...readFrom(new Set([2]), points).got]).toEqual(["p0", "p1"]);
  });
  test("two points on one register are both found missing", () => {
    const points = [at(0), at(0, 2, {name: "wide"}), at(4)];
    expect([...readFrom(new Set([0]), points).got]).toEqual(["p4"]);
  });
  test("every point whose registers exist is read, whatever is missing, and nothing else", () => {
    const somePoints = fc.uniqueArray(fc.tuple(fc.integer({min: 0, max: 60}), fc.constantFrom(1, 2)), {
      minLength: 1,
      maxLength: 25,
      selector: ([address]) => address,
    });
    fc.assert(
      fc.property(somePoints, fc.uniqueArray(fc.integer({min: 0, max: 62}), {maxLength: 12}), (list, missing) => {
        const points = list.map(([address, count], index) =>
          at(address, count, {block: index % 5 === 0 ? "block" : null}),
        );
        const holes = new Set(missing);
        const isThere = (p: RegisterPoint) => !holes.has(p.address) && (p.count === 1 || !holes.has(p.address + 1));
        const first = readFrom(holes, points);
        expect([...first.got].sort()).toEqual(
          points
            .filter(isThere)
            .map((p) => p.name)
            .sort(),
        );
        // Merging anew may try a gap it has not tried yet; it soon has nothing left to learn, and loses no value on the way.
        let {learned} = first;
        let goes = 0;
        for (; goes < 10; goes++) {
          const next = readFrom(holes, points, learned);
          expect([...next.got].sort()).toEqual([...first.got].sort());
          if (next.learned === learned) break;
          learned = next.learned;
        }
        expect(goes).toBeLessThan(10);
      }),
    );
  });
  test("no request is ever longer than the limit", () => {
    const points = fc.array(fc.tuple(fc.integer({min: 0, max: 2_000}), fc.constantFrom(1, 2, 4)), {maxLength: 80});
    fc.assert(
      fc.property(points, fc.integer({min: 4, max: 125}), fc.boolean(), (list, maxRegisters, evenCounts) => {
        const wanted = list.map(([address, count], index) => at(address, count, {name: `p${index}`}));
        const reads = planReads(wanted, {...LIMITS, maxRegisters, evenCounts});
        const limit = evenCounts ? maxRegisters - (maxRegisters % 2) : maxRegisters;
        for (const read of reads) expect(read.count).toBeLessThanOrEqual(Math.max(limit, 4));
        expect(reads.flatMap((read) => read.points)).toHaveLength(wanted.length);
      }),
    );
  });
});
