import {describe, expect, test} from "@jest/globals";
import canonicalize from "canonicalize";
import fc from "fast-check";
import {bodyHashOf, checkInput, type Leaf, leafOf, parseLeaf, serializeLeaf} from "../../src/audit/entry.ts";
import {hmacSha256, leafHashOf, nodeHashOf} from "../../src/audit/hashing.ts";
import {decodeSummary, encodeSummary, summaryOf, typeOf} from "../../src/audit/summary.ts";
import {fromHex, fromUtf8, toHex, utf8} from "../../src/bytes.ts";
import {hashLeaf, hashNode} from "../../src/merkle.ts";
import {sha256} from "../../src/sha256.ts";
import {describeVectors} from "../support/vectors.ts";

const text = (max: number) =>
  fc.string({unit: "grapheme", minLength: 1, maxLength: max}).filter((value) => value.length <= max);
const name = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/);
const utc = fc
  .date({min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T00:00:00Z"), noInvalidDate: true})
  .map((date) => date.toISOString());
const leaves: fc.Arbitrary<Leaf> = fc
  .record({
    machine: name,
    seq: fc.maxSafeNat(),
    type: fc.stringMatching(/^[a-z0-9._-]{1,64}$/),
    time: fc
      .record({
        utc,
        source: fc.string({unit: "grapheme"}),
        uncertaintyMs: fc.option(fc.double({min: 0, max: 1e12, noNaN: true})),
        synced: fc.boolean(),
        recorded: fc.option(utc, {nil: undefined}),
      })
      .map(({recorded, ...time}) => (recorded === undefined ? time : {...time, recorded})),
    actorRef: text(128),
    actorRole: fc.option(text(64), {nil: undefined}),
    subject: fc.option(text(256)),
    bodyHash: fc.uint8Array({minLength: 32, maxLength: 32}).map(toHex),
    corrects: fc.option(fc.maxSafeNat(), {nil: undefined}),
    reasonCode: fc.option(fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/), {nil: undefined}),
  })
  .map(({actorRole, corrects, reasonCode, ...leaf}) => ({
    v: 1 as const,
    ...leaf,
    ...(actorRole === undefined ? {} : {actorRole}),
    ...(corrects === undefined ? {} : {corrects}),
    ...(reasonCode === undefined ? {} : {reasonCode}),
  }));

describe("a leaf", () => {
  test("is written as RFC 8785 writes it, and read back the same", () => {
    fc.assert(
      fc.property(leaves, (leaf) => {
        const written = serializeLeaf(leaf);
        expect(written).toBe(canonicalize(leaf));
        expect(parseLeaf(written)).toEqual(leaf);
      }),
      {numRuns: 500},
    );
  });

  test("of any input is canonical and holds what was given", () => {
    const input = checkInput(
      {
        machine: "press-7",
        type: "alarm",
        subject: 'Tür "3"\n',
        body: {z: 1, a: [true]},
        reasonCode: "R-1",
        corrects: 4,
      },
      {where: "", caller: {actor: "user:anna", role: "operator"}},
    );
    const leaf = leafOf(input, {
      seq: 9,
      now: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
      clock: {isSynchronised: true, source: "ntp", uncertaintyMs: 5},
      bodyHash: toHex(new Uint8Array(32)),
    });
    expect(serializeLeaf(leaf)).toBe(
      `{"actorRef":"user:anna","actorRole":"operator","bodyHash":"0x${"00".repeat(32)}","corrects":4,"machine":"press-7","reasonCode":"R-1","seq":9,` +
        `"subject":"Tür \\"3\\"\\n","time":{"source":"ntp","synced":true,"uncertaintyMs":5,"utc":"2026-01-02T03:04:05.006Z"},"type":"alarm","v":1}`,
    );
    expect(input.body).toBe('{"a":[true],"z":1}');
  });

  test.each([
    ["another version", {v: 2}],
    ["an unknown field", {extra: 1}],
    ["a machine that is none", {machine: "../x"}],
    ["a negative number", {seq: -1}],
    ["a fraction as number", {seq: 1.5}],
    ["a type in capitals", {type: "Alarm"}],
    ["a short hash", {bodyHash: "0x00"}],
    ["no actor", {actorRef: ""}],
    ["an empty role", {actorRole: ""}],
    ["a role that is no text", {actorRole: null}],
    ["an empty subject", {subject: ""}],
    ["a time without its clock", {time: {utc: "2026-01-02T03:04:05.006Z"}}],
    [
      "a time with another spelling",
      {time: {source: "", synced: true, uncertaintyMs: null, utc: "2026-01-02T03:04:05Z"}},
    ],
    ["a negative uncertainty", {time: {source: "", synced: true, uncertaintyMs: -1, utc: "2026-01-02T03:04:05.006Z"}}],
    ["a reason with a space", {reasonCode: "a b"}],
  ])("with %s is refused", (_, change) => {
    const [leaf] = fc.sample(leaves, {numRuns: 1, seed: 7});
    expect(() => parseLeaf(canonicalize({...leaf, ...change})!)).toThrow(
      expect.objectContaining({code: "audit/invalid"}),
    );
  });

  test("in any other spelling is refused", () => {
    const [leaf] = fc.sample(leaves, {numRuns: 1, seed: 3});
    const written = serializeLeaf(leaf!);
    for (const spelling of [
      ` ${written}`,
      `${written}\n`,
      JSON.stringify(leaf, null, 1),
      written.replace('"v":1', '"v":1.0'),
      "{",
      "[]",
      "null",
    ])
      expect(() => parseLeaf(spelling)).toThrow(expect.objectContaining({code: "audit/invalid"}));
  });

  test("gives its actor, type and time to a bundle's summary without a parser", () => {
    fc.assert(
      fc.property(fc.array(leaves, {minLength: 1, maxLength: 5}), (several) => {
        const stored = several.map((leaf) => ({leaf: utf8(serializeLeaf(leaf)), salt: null, body: null}));
        const summary = decodeSummary(encodeSummary(summaryOf(stored)));
        expect(stored.map(({leaf}) => typeOf(leaf))).toEqual(several.map(({type}) => type));
        const times = several.map(({time}) => time.utc).sort();
        const written = several.map(({time}) => time.recorded ?? time.utc).sort();
        const countOf = (names: readonly string[]) =>
          new Map(names.map((name) => [name, names.filter((other) => other === name).length]));
        expect(summary.entries).toBe(several.length);
        expect(summary.actors).toEqual(countOf(several.map(({actorRef}) => actorRef)));
        expect(summary.types).toEqual(countOf(several.map(({type}) => type)));
        expect(summary.subjects).toEqual(countOf(several.map(({subject}) => subject ?? "")));
        expect([summary.from, summary.to]).toEqual([times[0], times.at(-1)]);
        expect([summary.writtenFrom, summary.writtenTo]).toEqual([written[0], written.at(-1)]);
      }),
    );
  });
});

describe("an input", () => {
  const good = {machine: "press-7", type: "alarm", body: {}};
  const check = (change: object) =>
    checkInput({...good, ...change}, {where: "entries[3]", caller: {actor: "user:anna"}});

  test.each([
    ["machine", {machine: ""}],
    ["machine", {machine: "x".repeat(65)}],
    ["machine", {machine: "a/b"}],
    ["machine", {machine: ".."}],
    ["machine", {machine: 7}],
    ["type", {type: "Parameter Change"}],
    ["type", {type: undefined}],
    ["subject", {subject: "x".repeat(257)}],
    ["subject", {subject: ""}],
    ["subject", {subject: "lone \ud83d"}],
    ["actor", {actor: "\udc00"}],
    ["actor", {actor: "x".repeat(129)}],
    ["actorRole", {actor: "user:bert", actorRole: ""}],
    ["actorRole", {actor: "user:bert", actorRole: "x".repeat(65)}],
    ["actorRole", {actorRole: "admin"}],
    ["actorRole", {actor: "user:anna", actorRole: "admin"}],
    ["time", {time: "yesterday"}],
    ["time", {time: "2026-13-01T00:00:00Z"}],
    ["time", {time: "2026-01-01"}],
    ["time", {time: 5}],
    ["reasonCode", {reasonCode: "a b"}],
    ["corrects", {corrects: -1}],
    ["corrects", {corrects: 1.5}],
    ["body", {body: null}],
    ["body", {body: [1]}],
    ["body", {body: "text"}],
    ["body", {body: {a: Number.NaN}}],
    ["body", {body: {a: Number.POSITIVE_INFINITY}}],
    ["body", {body: {a: 10n}}],
    ["body", {body: {a: "\ud800"}}],
    ["body", {body: {"\udfff": 1}}],
    ["body", {body: new Date(0)}],
    ["colour", {colour: "red"}],
  ])("with a bad %s names the field and the entry (%#)", (field, change) => {
    expect(() => check(change)).toThrow(
      expect.objectContaining({code: "audit/invalid", message: expect.stringContaining(`entries[3].${field}`)}),
    );
  });

  test.each([[null], [undefined], ["text"], [[]], [4]])("that is %p is refused", (input) => {
    expect(() => checkInput(input, {where: "entries[0]", caller: {actor: "x"}})).toThrow(
      /entries\[0\] must be an object/,
    );
  });

  test.each<{name: string; given: object; caller?: {actor: string; role?: string}; role: string | null}>([
    {
      name: "of the caller, as the gateway knows it",
      given: {},
      caller: {actor: "user:anna", role: "operator"},
      role: "operator",
    },
    {
      name: "of the caller, said once more",
      given: {actorRole: "operator"},
      caller: {actor: "user:anna", role: "operator"},
      role: "operator",
    },
    {name: "of a caller without one", given: {}, role: null},
    {name: "of another actor, as given", given: {actor: "user:bert", actorRole: "shift lead"}, role: "shift lead"},
    {
      name: "of another actor, never the caller's",
      given: {actor: "user:bert"},
      caller: {actor: "user:anna", role: "operator"},
      role: null,
    },
  ])("has the role $name", ({given, caller = {actor: "user:anna"}, role}) => {
    expect(checkInput({...good, ...given}, {where: "", caller}).actorRole).toBe(role);
  });

  test("with a body in a circle is refused", () => {
    const body: Record<string, unknown> = {};
    body.self = body;
    expect(() => check({body})).toThrow(expect.objectContaining({code: "audit/invalid"}));
  });

  test("has a body of at most 65,536 bytes, counted as UTF-8", () => {
    const filled = (letter: string, count: number) => ({body: {a: letter.repeat(count)}});
    expect(() => check(filled("x", 65_528))).not.toThrow();
    expect(() => check(filled("x", 65_529))).toThrow(expect.objectContaining({code: "audit/too-large"}));
    expect(() => check(filled("€", 21_843))).toThrow(expect.objectContaining({code: "audit/too-large"}));
  });
});

describe("hashes of the hot path", () => {
  const bytes = fc.uint8Array({maxLength: 400});
  const hash = fc.uint8Array({minLength: 32, maxLength: 32});

  test("are those of the Merkle tree", () => {
    fc.assert(
      fc.property(bytes, hash, hash, (leaf, left, right) => {
        expect(toHex(leafHashOf(leaf))).toBe(toHex(hashLeaf(sha256, leaf)));
        expect(toHex(nodeHashOf(left, right))).toBe(toHex(hashNode(sha256, left, right)));
      }),
    );
  });

  // RFC 4231 sections 4.2, 4.3 and 4.4.
  test.each([
    ["0b".repeat(20), toHex(utf8("Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
    [
      "4a656665",
      toHex(utf8("what do ya want for nothing?")),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    ["aa".repeat(20), `0x${"dd".repeat(50)}`, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
  ])("HMAC-SHA-256 gives RFC 4231's values (%#)", (key, message, mac) => {
    expect(toHex(hmacSha256(fromHex(`0x${key}`), fromHex(message)))).toBe(`0x${mac}`);
  });

  test("a body's hash depends on every byte of salt and body", () => {
    fc.assert(
      fc.property(hash, fc.uint8Array({minLength: 1, maxLength: 100}), fc.nat(), (salt, body, place) => {
        const before = bodyHashOf(salt, body);
        const target = place % 2 === 0 ? salt : body;
        target[place % target.length]! ^= 1 << (place % 8);
        expect(bodyHashOf(salt, body)).not.toBe(before);
      }),
    );
  });
});

interface JcsVectors {
  readonly documents: readonly {id: string; inputUtf8Hex: string; canonicalUtf8Hex: string}[];
  readonly reject: readonly {id: string; inputUtf8Hex: string}[];
  readonly numbers: readonly {ieee754Hex: string; json?: string; expect?: string}[];
}

describeVectors<JcsVectors>("audit-rfc8785-jcs", ({documents, reject, numbers}) => {
  const bodyOf = (value: unknown) =>
    checkInput({machine: "m", type: "t", body: {value}}, {where: "", caller: {actor: "x"}}).body;

  test.each(documents)("a body with $id is canonical", ({inputUtf8Hex, canonicalUtf8Hex}) => {
    const value = JSON.parse(fromUtf8(fromHex(`0x${inputUtf8Hex}`)));
    expect(bodyOf(value)).toBe(`{"value":${fromUtf8(fromHex(`0x${canonicalUtf8Hex}`))}}`);
  });

  test.each(reject)("a body with $id is refused", ({inputUtf8Hex}) => {
    expect(() => bodyOf(JSON.parse(fromUtf8(fromHex(`0x${inputUtf8Hex}`))))).toThrow();
  });

  test.each(numbers)("the number $ieee754Hex is $json", ({ieee754Hex, json}) => {
    const bytes = fromHex(`0x${ieee754Hex}`);
    const value = new DataView(bytes.buffer).getFloat64(0);
    if (json === undefined) expect(() => bodyOf(value)).toThrow();
    else expect(bodyOf(value)).toBe(`{"value":${json}}`);
  });
});

// RFC 8785 section 3.2.3: sorted by UTF-16 code units.
test("a body's keys are in the order of RFC 8785", () => {
  const body = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7};
  const {body: written} = checkInput({machine: "m", type: "t", body}, {where: "", caller: {actor: "x"}});
  expect(written).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
});
