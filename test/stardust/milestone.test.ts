import {describe, expect, test} from "@jest/globals";
import {concatBytes, fromHex, toHex} from "../../src/bytes.ts";
import {verifyEd25519} from "../../src/ed25519.ts";
import {
  type MilestoneEssence,
  type MilestonePayload,
  milestoneIdOf,
  type ProtocolParametersOption,
  parseBlock,
  parseMilestonePayload,
  type ReceiptOption,
  serializeBlock,
  serializeMilestoneEssence,
  serializeMilestonePayload,
} from "../../src/stardust/index.ts";
import {blockOf, essenceOf, idOf, milestoneOf, PARAMETERS, ZERO_ID} from "../support/blocks.ts";
import {codeOf} from "../support/errors.ts";

const fund = (first: string) => ({
  tailTransactionHash: `0x${first}${"00".repeat(48)}` as const,
  pubKeyHash: idOf("address"),
  deposit: 1_000_000n,
});
const receipt: ReceiptOption = {
  kind: "receipt",
  migratedAt: 9,
  isFinal: true,
  funds: [fund("01"), fund("02")],
  treasury: {milestoneId: idOf("milestone 5"), amount: 10n},
};
const parameters: ProtocolParametersOption = {
  kind: "protocol-parameters",
  targetMilestoneIndex: 8,
  protocolVersion: 2,
  params: Uint8Array.of(1, 2, 3),
};
const signature = (publicKey: string) => ({publicKey: idOf(publicKey), signature: new Uint8Array(64)});
const sorted = ["x", "y"].map(signature).sort((a, b) => (a.publicKey < b.publicKey ? -1 : 1));

describe("a milestone is not written:", () => {
  const rejects: readonly (readonly [string, string, Partial<MilestonePayload>])[] = [
    ["with index 0", "block/milestone-index", {index: 0}],
    ["with index 1 and a previous milestone", "block/milestone-previous", {index: 1}],
    ["with an index past 32 bits", "block/range", {index: 2 ** 32}],
    ["with a timestamp that is no integer", "block/range", {timestamp: 1.5}],
    ["with metadata over 8,192 bytes", "block/length", {metadata: new Uint8Array(8_193)}],
    ["with an id of another size", "block/not-hex", {previousMilestoneId: "0x00"}],
    ["without signatures", "block/signatures-count", {signatures: []}],
    ["with signatures out of order", "block/signatures-order", {signatures: sorted.toReversed()}],
    ["with a key twice", "block/signatures-duplicate", {signatures: [sorted[0]!, sorted[0]!]}],
    ["with a signature of 63 bytes", "block/length", {signatures: [{...sorted[0]!, signature: new Uint8Array(63)}]}],
    ["with options out of order", "block/option-order", {options: [parameters, receipt]}],
    ["with an option twice", "block/option-order", {options: [parameters, parameters]}],
    [
      "with parameters for itself",
      "block/milestone-target-index",
      {options: [{...parameters, targetMilestoneIndex: 7}]},
    ],
    [
      "with parameters for 31 milestones later",
      "block/milestone-target-index",
      {options: [{...parameters, targetMilestoneIndex: 38}]},
    ],
    ["with parameters over 8,192 bytes", "block/length", {options: [{...parameters, params: new Uint8Array(8_193)}]}],
    ["with a receipt of no funds", "block/receipt-funds-count", {options: [{...receipt, funds: []}]}],
    [
      "with a receipt of 128 funds",
      "block/receipt-funds-count",
      {options: [{...receipt, funds: Array.from({length: 128}, (_, i) => fund(i.toString(16).padStart(2, "0")))}]},
    ],
    [
      "with funds out of order",
      "block/receipt-funds-order",
      {options: [{...receipt, funds: [fund("02"), fund("01")]}]},
    ],
    ["with a fund twice", "block/receipt-funds-order", {options: [{...receipt, funds: [fund("01"), fund("01")]}]}],
    [
      "with a fund below 1,000,000",
      "block/receipt-amount",
      {options: [{...receipt, funds: [{...fund("01"), deposit: 999_999n}]}]},
    ],
  ];
  test.each(rejects)("%s", (_, code, changes) => {
    expect(codeOf(() => serializeBlock(blockOf({...milestoneOf(), ...changes})))).toBe(code);
  });
});

describe("a milestone is not read:", () => {
  const essence = essenceOf({parents: [idOf("a")]});
  const essenceBytes = serializeMilestoneEssence(essence);
  // Metadata and options of this essence are empty: u16 0, u8 0 at its end.
  const head = concatBytes(Uint8Array.of(7, 0, 0, 0), essenceBytes);
  const signed = concatBytes(Uint8Array.of(1, 0), new Uint8Array(96));
  const withOptions = (...parts: readonly Uint8Array[]) => concatBytes(head.slice(0, -1), ...parts, signed);
  const option = (bytes: readonly number[]) => Uint8Array.from(bytes);
  const receiptBytes = serializeMilestonePayload({...milestoneOf({parents: [idOf("a")], options: [receipt]})});
  const receiptAt = head.length;
  const damaged = (at: number, value: number) => {
    const bytes = receiptBytes.slice();
    bytes[receiptAt + at] = value;
    return bytes;
  };
  // Receipt: type 0, migratedAt 1..4, final 5, count 6..7, two funds of 49 + 33 + 8, then the treasury transaction.
  const treasuryAt = 8 + 2 * 90;

  const rejects: readonly (readonly [string, string, Uint8Array])[] = [
    ["a payload of another type", "block/payload-type", Uint8Array.of(5, 0, 0, 0)],
    ["an unknown option", "block/option-type", withOptions(option([1, 2]))],
    [
      "two options of one type",
      "block/option-order",
      withOptions(option([2, 1, 8, 0, 0, 0, 2, 0, 0, 1, 8, 0, 0, 0, 2, 0, 0])),
    ],
    ["no signature", "block/signatures-count", concatBytes(head, Uint8Array.of(0))],
    ["an unknown signature type", "block/signature-type", concatBytes(head, Uint8Array.of(1, 1), new Uint8Array(96))],
    ["a signature cut short", "block/truncated", concatBytes(head, Uint8Array.of(1, 0), new Uint8Array(95))],
    [
      "signatures out of order",
      "block/signatures-order",
      concatBytes(head, Uint8Array.of(2, 0, 9), new Uint8Array(95), new Uint8Array(97)),
    ],
    ["a key twice", "block/signatures-duplicate", concatBytes(head, Uint8Array.of(2), new Uint8Array(2 * 97))],
    ["a byte too many", "block/trailing-bytes", concatBytes(head, signed, Uint8Array.of(0))],
    ["a receipt that is final by 2", "block/receipt-final", damaged(5, 2)],
    ["a receipt without funds", "block/receipt-funds-count", damaged(6, 0)],
    ["a receipt for another address type", "block/receipt-treasury", damaged(8 + 49, 8)],
    ["a receipt with a longer treasury transaction", "block/receipt-treasury", damaged(treasuryAt, 47)],
    ["a receipt with another transaction", "block/receipt-treasury", damaged(treasuryAt + 4, 6)],
    ["a receipt with another input", "block/receipt-treasury", damaged(treasuryAt + 8, 0)],
    ["a receipt with another output", "block/receipt-treasury", damaged(treasuryAt + 41, 3)],
  ];
  test.each(rejects)("%s", (_, code, bytes) => {
    expect(codeOf(() => parseMilestonePayload(bytes))).toBe(code);
  });

  test("but the undamaged receipt is", () => {
    expect(parseMilestonePayload(receiptBytes).options).toEqual([receipt]);
  });
});

describe("a milestone in a block:", () => {
  const rules: readonly (readonly [string, string, Partial<MilestoneEssence>])[] = [
    ["index 0", "block/milestone-index", {index: 0}],
    ["a previous milestone before the first", "block/milestone-previous", {index: 1}],
    ["parameters for the past", "block/milestone-target-index", {options: [{...parameters, targetMilestoneIndex: 6}]}],
    ["another protocol version", "block/milestone-protocol-version", {protocolVersion: 1}],
  ];
  test.each(rules)("%s is refused on reading too", (_, code, changes) => {
    // The layout is written part by part, since the serializer refuses the whole.
    const payload = serializeMilestonePayload(milestoneOf(changes));
    const shell = serializeBlock(blockOf(null, {nonce: 0n}));
    const length = Uint8Array.of(payload.length & 0xff, payload.length >> 8, 0, 0);
    const bytes = concatBytes(shell.slice(0, 66), length, payload, new Uint8Array(8));
    expect(codeOf(() => parseBlock(bytes, PARAMETERS))).toBe(code);
  });

  test("a nonce or other parents are refused on reading", () => {
    const bytes = serializeBlock(blockOf(milestoneOf()));
    const withNonce = bytes.slice();
    withNonce[bytes.length - 8] = 1;
    expect(codeOf(() => parseBlock(withNonce, PARAMETERS))).toBe("block/milestone-nonce");
    const withOtherParent = bytes.slice();
    withOtherParent[33]! ^= 1;
    expect(codeOf(() => parseBlock(withOtherParent, PARAMETERS))).toBe("block/milestone-parents");
  });

  test("the first milestone has a previous id of zero", () => {
    const block = blockOf(milestoneOf({index: 1, previousMilestoneId: ZERO_ID}));
    expect(parseBlock(serializeBlock(block), PARAMETERS)).toEqual(block);
  });
});

describe("signing", () => {
  test("signatures are over the id, sorted by key, and do not change the id", () => {
    const milestone = milestoneOf({}, ["one", "two", "three"]);
    expect(milestoneIdOf(milestone)).toBe(milestoneIdOf(essenceOf()));
    const keys = milestone.signatures.map(({publicKey}) => publicKey);
    expect(keys).toEqual([...keys].sort());
    for (const {publicKey, signature: bytes} of milestone.signatures) {
      expect(verifyEd25519(fromHex(publicKey), fromHex(milestoneIdOf(milestone)), bytes)).toBe(true);
    }
  });

  test("every field of the essence is part of the id", () => {
    const essence = essenceOf();
    const changes: readonly Partial<MilestoneEssence>[] = [
      {index: 8},
      {timestamp: 1},
      {protocolVersion: 1},
      {previousMilestoneId: ZERO_ID},
      {parents: [idOf("c")]},
      {inclusionMerkleRoot: ZERO_ID},
      {appliedMerkleRoot: ZERO_ID},
      {metadata: Uint8Array.of(0)},
      {options: [parameters]},
    ];
    const ids = changes.map((change) => milestoneIdOf({...essence, ...change}));
    expect(new Set([...ids, milestoneIdOf(essence)]).size).toBe(Object.keys(essence).length + 1);
  });

  test("the payload is its type, its essence and its signatures", () => {
    const milestone = milestoneOf();
    const text = toHex(serializeMilestonePayload(milestone));
    expect(text.startsWith(`0x07000000${toHex(serializeMilestoneEssence(milestone)).slice(2)}0100`)).toBe(true);
  });
});
