import {describe, expect, test} from "@jest/globals";
import {toHex} from "../../src/bytes.ts";
import {
  type MilestoneEssence,
  type MilestonePayload,
  milestoneFromJson,
  milestoneIdOf,
} from "../../src/stardust/index.ts";
import {
  applicableKeys,
  type CoordinatorKeys,
  compareMilestones,
  compareRoots,
  type MilestoneVerdict,
  type PreviousMilestone,
  verifyMilestoneChain,
  verifyMilestoneSignatures,
} from "../../src/tangle/index.ts";
import {EMPTY_ROOT, essenceOf, idOf, milestoneOf, signerOf, ZERO_ID} from "../support/blocks.ts";
import {describeVectors} from "../support/vectors.ts";

const keyOf = (name: string) => toHex(signerOf(name).publicKey);
const forEver = (name: string) => ({publicKey: keyOf(name), start: 0, end: 0});
const faultOf = (verdict: MilestoneVerdict) => (verdict.state === "valid" ? null : verdict.fault);

describe("applicable keys", () => {
  const keys = [
    {publicKey: "always", start: 0, end: 0},
    {publicKey: "early", start: 0, end: 9},
    {publicKey: "late", start: 10, end: 0},
    {publicKey: "middle", start: 5, end: 12},
  ];
  test.each([
    [4, ["always", "early"]],
    [5, ["always", "early", "middle"]],
    [9, ["always", "early", "middle"]],
    [10, ["always", "late", "middle"]],
    [13, ["always", "late"]],
  ])("at milestone %i", (index, names) => {
    expect([...applicableKeys(keys, index)].sort()).toEqual(names);
  });
});

describe("signatures", () => {
  const two: CoordinatorKeys = {threshold: 2, keys: ["one", "two", "three"].map(forEver)};
  const signed = milestoneOf({}, ["one", "two"]);

  test.each([
    ["two of three", ["one", "two"]],
    ["all three", ["one", "two", "three"]],
  ])("%s are enough", (_, names) => {
    expect(verifyMilestoneSignatures(milestoneOf({}, names), two)).toEqual({state: "valid"});
  });

  const spoiled = (change: (milestone: MilestonePayload) => MilestonePayload) => change(signed);
  const rejects: readonly (readonly [string, string, MilestonePayload, CoordinatorKeys])[] = [
    ["too few", "too-few-signatures", milestoneOf({}, ["one"]), two],
    ["none, even when none is asked for", "too-few-signatures", {...signed, signatures: []}, {...two, threshold: 0}],
    ["a key of nobody", "unknown-key", milestoneOf({}, ["one", "stranger"]), two],
    ["a stranger beside enough others", "unknown-key", milestoneOf({}, ["one", "two", "stranger"]), two],
    [
      "a key out of its range",
      "unknown-key",
      signed,
      {threshold: 2, keys: [forEver("one"), {...forEver("two"), start: 8}]},
    ],
    [
      "a key past its range",
      "unknown-key",
      signed,
      {threshold: 2, keys: [forEver("one"), {...forEver("two"), end: 6}]},
    ],
    [
      "one key twice",
      "duplicate-key",
      spoiled((milestone) => ({...milestone, signatures: [milestone.signatures[0]!, milestone.signatures[0]!]})),
      two,
    ],
    ["a signature over something else", "bad-signature", {...signed, timestamp: signed.timestamp + 1}, two],
    [
      "one bad signature beside enough good ones",
      "bad-signature",
      spoiled(() => {
        const all = milestoneOf({}, ["one", "two", "three"]);
        const [first, ...rest] = all.signatures;
        return {...all, signatures: [{...first!, signature: new Uint8Array(64)}, ...rest]};
      }),
      two,
    ],
  ];
  test.each(rejects)("%s: %s", (_, fault, milestone, keys) => {
    expect(faultOf(verifyMilestoneSignatures(milestone, keys))).toBe(fault);
  });
});

describe("the chain", () => {
  const previous: PreviousMilestone = {index: 6, timestamp: 1_699_999_999, milestoneId: idOf("milestone 6")};
  const chain = (changes: Partial<MilestoneEssence>, before: PreviousMilestone | null = previous) =>
    faultOf(verifyMilestoneChain(essenceOf(changes), before));

  test("the next milestone, one second later", () => {
    expect(chain({})).toBeNull();
  });

  test("the first milestone follows nothing", () => {
    expect(chain({index: 1, previousMilestoneId: ZERO_ID}, null)).toBeNull();
  });

  const rejects: readonly (readonly [string, string, Partial<MilestoneEssence>, (PreviousMilestone | null)?])[] = [
    ["an index left out", "index", {index: 8}],
    ["the same index", "index", {index: 6}],
    ["a first milestone that is not 1", "index", {index: 2, previousMilestoneId: ZERO_ID}, null],
    ["another previous milestone", "previous-milestone", {previousMilestoneId: idOf("other")}],
    ["a first milestone with a previous one", "previous-milestone", {index: 1}, null],
    ["the same second", "timestamp", {timestamp: previous.timestamp}],
    ["an earlier time", "timestamp", {timestamp: previous.timestamp - 1}],
    [
      "a migration receipt",
      "receipt",
      {
        options: [
          {
            kind: "receipt",
            migratedAt: 1,
            isFinal: true,
            funds: [],
            treasury: {milestoneId: ZERO_ID, amount: 0n},
          },
        ],
      },
    ],
  ];
  test.each(rejects)("%s: %s", (_, fault, changes, before = previous) => {
    expect(chain(changes, before)).toBe(fault);
  });
});

describe("roots", () => {
  const result = {
    state: "ordered",
    blocks: [],
    inclusionMerkleRoot: EMPTY_ROOT,
    appliedMerkleRoot: EMPTY_ROOT,
  } as const;
  test.each([
    ["the same", {}, null],
    ["another inclusion root", {inclusionMerkleRoot: ZERO_ID}, "inclusion-root"],
    ["another applied root", {appliedMerkleRoot: ZERO_ID}, "applied-root"],
  ])("%s", (_, changes, fault) => {
    expect(faultOf(compareRoots(essenceOf(changes), result))).toBe(fault);
  });
});

describe("two milestones of one index", () => {
  test("that are one milestone with other signatures do not fork", () => {
    expect(compareMilestones(milestoneOf({}, ["one"]), milestoneOf({}, ["two"]))).toEqual({state: "valid"});
  });
  test("that differ are a fork", () => {
    expect(faultOf(compareMilestones(essenceOf(), essenceOf({timestamp: 1})))).toBe("fork");
  });
  test("milestones of different indexes are none", () => {
    expect(faultOf(compareMilestones(essenceOf(), essenceOf({index: 8})))).toBeNull();
  });
});

interface MilestoneCase {
  readonly name: string;
  readonly payload: {readonly index: number; readonly signatures: readonly {readonly publicKey: string}[]};
  readonly milestoneId: string;
  readonly signaturesValid: readonly boolean[];
}

describeVectors<readonly MilestoneCase[]>("stardust-milestones", (cases) => {
  test.each(cases)("$name: its signatures under its own keys", ({payload, milestoneId, signaturesValid}) => {
    const milestone = milestoneFromJson(payload);
    const keys = payload.signatures.map(({publicKey}) => ({publicKey, start: 0, end: 0}));
    const fault = faultOf(verifyMilestoneSignatures(milestone, {threshold: keys.length, keys}));
    expect(fault).toBe(signaturesValid.every((isValid) => isValid) ? null : "bad-signature");
    expect(milestoneIdOf(milestone)).toBe(milestoneId);
    const tooMany = {threshold: keys.length + 1, keys};
    expect(faultOf(verifyMilestoneSignatures(milestone, tooMany))).toBe("too-few-signatures");
  });
});
