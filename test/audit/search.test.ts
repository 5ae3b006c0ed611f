// Search, count, density and facets against the same questions put to a plain list.

import {afterAll, beforeAll, describe, expect, jest, test} from "@jest/globals";
import fc from "fast-check";
import type {Audit} from "../../src/audit/index.ts";
import {kindOf} from "../../src/audit/kinds.ts";
import type {AuditFilter, AuditSearchItem} from "../../src/client/index.ts";
import {installNativeCrypto} from "../../src/native-crypto.ts";
import {createSeededRandom} from "../../src/random.ts";
import {createSurroundings, type Surroundings} from "./support.ts";

jest.setTimeout(120_000);

const MACHINES = ["mill", "press-7", "saw"];
const TYPES = ["parameter-change", "alarm", "batch-end", "login", "reading"];
const ACTORS = ["user:Anna", "user:ben", "process:node-red"];
const SUBJECTS = ["pressure", "Speed", undefined];

let around: Surroundings;
let audit: Audit;
/** Everything, in the order in which it was written. */
let all: AuditSearchItem[];

beforeAll(async () => {
  await installNativeCrypto();
  around = await createSurroundings();
  audit = around.create();
  await audit.start();
  const random = createSeededRandom(7);
  const pick = <Item>(items: readonly Item[]) => items[random.below(items.length)]!;
  const write = async (groups: number) => {
    for (let group = 0; group < groups; group++) {
      // Entries of other times than the gateway's own, and a clock that is set back now and then.
      if (random.below(12) === 0) around.clock.jump(-random.below(600_000));
      else around.clock.jump(random.below(20_000));
      await audit.append(
        Array.from({length: 1 + random.below(60)}, (_, i) => {
          const subject = pick(SUBJECTS);
          const isLate = random.below(10) === 0;
          return {
            machine: pick(MACHINES),
            type: pick(TYPES),
            body: {old: group, new: `v${i % 7}`, unit: "bar", nested: {note: pick(["Valve", "none"])}},
            ...(subject === undefined ? {} : {subject}),
            ...(isLate ? {time: new Date(around.clock.now() - random.below(3_600_000)).toISOString()} : {}),
          };
        }),
        {actor: pick(ACTORS)},
      );
    }
  };
  await write(60);
  // Full bundles lie in files, some entries do not, and some are under an anchor.
  await audit.check();
  await around.anchor(audit);
  await write(20);
  await audit.review("saw", {kind: "reviewed", entries: [[10, 300]]}, {actor: "user:rita"});
  await audit.review("saw", {kind: "question", entries: [[200, 210]], comment: "Why?"}, {actor: "user:rita"});
  all = [];
  for (const {machine, entries} of audit.machines())
    for (let seq = 0; seq < entries; seq++) all.push((await audit.entry(machine, seq))!);
});
afterAll(async () => {
  await audit.stop();
  await around.remove();
});

const written = ({time}: AuditSearchItem) => time.recorded ?? time.utc;
const compare = (a: AuditSearchItem, b: AuditSearchItem) => {
  if (written(a) !== written(b)) return written(a) < written(b) ? -1 : 1;
  if (a.machine !== b.machine) return a.machine < b.machine ? -1 : 1;
  return a.seq - b.seq;
};
const has = (field: unknown, part: string) => String(field).toLowerCase().includes(part.toLowerCase());

/** The same question, put to each entry. */
function isWanted(filter: AuditFilter, item: AuditSearchItem): boolean {
  const {machines, types, kinds, actor, subject, value, text, from, to, state, review} = filter;
  const body = item.body as {old: number; new: string; unit: string; nested: {note: string}} | null;
  const values =
    body?.nested === undefined ? Object.values(body ?? {}) : [body.old, body.new, body.unit, body.nested.note];
  return (
    (machines === undefined || machines.includes(item.machine)) &&
    (types === undefined || types.includes(item.type)) &&
    (kinds === undefined || kinds.includes(kindOf(item.type))) &&
    (actor === undefined || has(item.actor, actor)) &&
    (subject === undefined || has(item.subject ?? "", subject)) &&
    (value === undefined ||
      values.some((each) => has(typeof each === "object" ? JSON.stringify(each) : each, value))) &&
    (text === undefined ||
      [item.type, item.actor, item.subject ?? "", JSON.stringify(item.body)].some((each) => has(each, text))) &&
    (from === undefined || item.time.utc >= from) &&
    (to === undefined || item.time.utc <= to) &&
    (state === undefined || item.state === state) &&
    (review === undefined || item.review.state === review)
  );
}

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, {nil: undefined, freq: 2});
const filters = fc
  .record({
    machines: maybe(fc.subarray(MACHINES, {minLength: 1})),
    types: maybe(fc.subarray([...TYPES, "absent"], {minLength: 1})),
    kinds: maybe(fc.subarray(["critical", "alarm", "batch", "access", "other"] as const, {minLength: 1})),
    actor: maybe(fc.constantFrom("anna", "USER", "node", "nobody")),
    subject: maybe(fc.constantFrom("press", "speed", "xyz")),
    value: maybe(fc.constantFrom("v3", "valve", "12", "bar")),
    text: maybe(fc.constantFrom("valve", "login", "speed", "v5", "ANNA")),
    range: maybe(fc.tuple(fc.nat(10_000), fc.nat(10_000))),
    state: maybe(fc.constantFrom("verified", "waiting")),
    review: maybe(fc.constantFrom("open", "reviewed", "question", "handed-over")),
  })
  .map(({range, ...filter}): AuditFilter => {
    const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
    if (range === undefined) return given;
    const times = all.map(({time}) => time.utc).sort();
    const [a, b] = [Math.min(...range), Math.max(...range)].map(
      (at) => times[Math.floor((at / 10_001) * times.length)]!,
    );
    return {...given, from: a!, to: b!};
  });
const id = ({machine, seq}: AuditSearchItem) => `${machine} ${seq}`;

describe.each(["newest", "oldest"] as const)("a search, %s first", (order) => {
  const sorted = (items: readonly AuditSearchItem[]) => {
    const rising = [...items].sort(compare);
    return order === "newest" ? rising.reverse() : rising;
  };

  test("gives the hits of any filter, each once, in order, over pages of any size", async () => {
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({min: 1, max: 200}), async (filter, pageSize) => {
        const found: AuditSearchItem[] = [];
        for (let cursor: string | undefined; ; ) {
          const page = await audit.search({...filter, order, pageSize, ...(cursor === undefined ? {} : {cursor})});
          expect(page.items.length).toBeLessThanOrEqual(pageSize);
          found.push(...page.items);
          if (page.cursor === undefined) break;
          cursor = page.cursor;
        }
        const wanted = sorted(all.filter((item) => isWanted(filter, item)));
        expect(found.map(id)).toEqual(wanted.map(id));
        expect(found[0]).toEqual(wanted[0]);
      }),
      {numRuns: 60},
    );
  });
});

test("all hits come without pages, newest first", async () => {
  const found: string[] = [];
  for await (const item of audit.freeze().entries({kinds: ["critical"]})) found.push(id(item));
  const wanted = all
    .filter(({kind}) => kind === "critical")
    .sort(compare)
    .reverse();
  expect(found).toEqual(wanted.map(id));
});

test("a count, the sum of a density and the facets are those of the hits", async () => {
  await fc.assert(
    fc.asyncProperty(filters, fc.integer({min: 1, max: 50}), async (filter, buckets) => {
      const wanted = all.filter((item) => isWanted(filter, item));
      expect(await audit.count(filter)).toEqual({count: wanted.length, isComplete: true});
      const density = await audit.density({...filter, buckets});
      expect(density.buckets).toHaveLength(buckets);
      expect(density.isExact).toBe(true);
      for (const kind of ["critical", "alarm", "batch", "access", "other"] as const)
        expect(density.buckets.reduce((sum, bucket) => sum + bucket[kind], 0)).toBe(
          wanted.filter((item) => item.kind === kind).length,
        );
      const facets = await audit.facets(filter);
      const countOf = (name: (item: AuditSearchItem) => string) => {
        const counts = new Map<string, number>();
        for (const item of wanted) counts.set(name(item), (counts.get(name(item)) ?? 0) + 1);
        return counts;
      };
      const given = (list: readonly {name: string; count: number}[]) =>
        new Map(list.map(({name, count}) => [name, count]));
      expect(given(facets.machines)).toEqual(countOf(({machine}) => machine));
      expect(given(facets.types)).toEqual(countOf(({type}) => type));
      expect(given(facets.actors)).toEqual(countOf(({actor}) => actor));
    }),
    {numRuns: 60},
  );
});

test("a density puts each entry into the part of its time, and names the anchors of the range", async () => {
  const density = await audit.density({buckets: 10});
  const times = all.map(({time}) => Date.parse(time.utc));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  expect([density.from, density.to]).toEqual([first, last].map((ms) => new Date(ms).toISOString()));
  const width = (last - first + 1) / 10;
  for (const [i, bucket] of density.buckets.entries()) {
    const within = all.filter(({time}) => Math.floor((Date.parse(time.utc) - first) / width) === i);
    expect(Object.values(bucket).reduce((sum, count) => sum + count)).toBe(within.length);
  }
  const anchors = await audit.density({from: "2000-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z"});
  expect(anchors.anchors).toEqual([{milestoneIndex: 1, time: expect.any(String)}]);
});

describe("a filter is refused", () => {
  test.each<{name: string; filter: object; message: RegExp; code?: string}>([
    {name: "for a machine without a log", filter: {machines: ["ghost"]}, message: /ghost/, code: "audit/not-found"},
    {name: "for an unknown kind", filter: {kinds: ["nice"]}, message: /^kind: any of critical/},
    {name: "for a time that is none", filter: {from: "yesterday"}, message: /^from: an RFC 3339 time/},
    {
      name: "when it ends before it begins",
      filter: {from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z"},
      message: /^from: not after to/,
    },
    {name: "with an empty text", filter: {text: ""}, message: /^text: 1 to 256/},
    {
      name: "with a cursor of the other order",
      filter: {order: "oldest", cursor: Buffer.from("newest 2026-01-01T00:00:00.000Z 1 saw").toString("base64url")},
      message: /^cursor: /,
    },
    {name: "with a cursor that nobody gave", filter: {cursor: "17"}, message: /^cursor: /},
    {name: "with an unknown review state", filter: {review: "seen"}, message: /^review: one of/},
  ])("$name", async ({filter, message, code = "audit/invalid"}) => {
    await expect(audit.search(filter)).rejects.toMatchObject({code, message: expect.stringMatching(message)});
  });
});

test("an item names kind, old and new value, reason, review and no erasure", async () => {
  const [item] = (await audit.search({machines: ["saw"], types: ["parameter-change"], review: "reviewed"})).items;
  expect(item).toMatchObject({
    kind: "critical",
    change: {old: expect.any(Number), new: expect.stringMatching(/^v\d$/), unit: "bar"},
    reason: null,
    review: {state: "reviewed", by: "user:rita", seq: expect.any(Number)},
    erased: null,
  });
});

test("after a restart the same is found, with summaries from the store and reviews from the log", async () => {
  const before = await audit.search({machines: ["saw"], review: "question"});
  expect(before.items.length).toBeGreaterThan(0);
  await audit.stop();
  audit = around.create();
  await audit.start();
  expect(await audit.search({machines: ["saw"], review: "question"})).toEqual(before);
});
