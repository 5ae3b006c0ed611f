// Blocks and milestones for tests: small builders and fast-check arbitraries.

import fc from "fast-check";
import {blake2b256} from "../../src/blake2b.ts";
import {type Hex, toHex, utf8} from "../../src/bytes.ts";
import {publicKeyOf, signEd25519} from "../../src/ed25519.ts";
import {
  type Block,
  type BlockId,
  type MilestoneEssence,
  type MilestoneOption,
  type MilestonePayload,
  type MilestoneSigner,
  type Payload,
  signMilestone,
  sortParents,
} from "../../src/stardust/index.ts";

export const PARAMETERS = {version: 2} as const;
export const ZERO_ID: Hex = `0x${"00".repeat(32)}`;
/** BLAKE2b-256 of nothing: the Merkle root of no leaves. */
export const EMPTY_ROOT: Hex = "0x0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";

/** An id that a name stands for. */
export function idOf(name: string): BlockId {
  return toHex(blake2b256(utf8(name)));
}

/** A signing key that a name stands for. */
export function signerOf(name: string): MilestoneSigner {
  const seed = blake2b256(utf8(name));
  return {publicKey: publicKeyOf(seed), sign: (message) => signEd25519(seed, message)};
}

export function essenceOf(changes: Partial<MilestoneEssence> = {}): MilestoneEssence {
  return {
    index: 7,
    timestamp: 1_700_000_000,
    protocolVersion: 2,
    previousMilestoneId: idOf("milestone 6"),
    parents: sortParents([idOf("a"), idOf("b")]),
    inclusionMerkleRoot: EMPTY_ROOT,
    appliedMerkleRoot: EMPTY_ROOT,
    metadata: new Uint8Array(0),
    options: [],
    ...changes,
  };
}

export function milestoneOf(
  changes: Partial<MilestoneEssence> = {},
  keys: readonly string[] = ["key"],
): MilestonePayload {
  return signMilestone(essenceOf(changes), keys.map(signerOf));
}

export function blockOf(payload: Payload | null, changes: Partial<Block> = {}): Block {
  return {
    protocolVersion: 2,
    parents: payload?.kind === "milestone" ? payload.parents : sortParents([idOf("a"), idOf("b")]),
    payload,
    nonce: payload?.kind === "milestone" ? 0n : 42n,
    ...changes,
  };
}

export function taggedBlock(tag: string, data: string, changes: Partial<Block> = {}): Block {
  return blockOf({kind: "tagged-data", tag: utf8(tag), data: utf8(data)}, changes);
}

const bytes = (maxLength: number) => fc.uint8Array({maxLength});
const hex = (size: number) => fc.uint8Array({minLength: size, maxLength: size}).map(toHex);
const u32 = fc.nat({max: 0xffff_ffff});
const u64 = fc.bigInt({min: 0n, max: 0xffff_ffff_ffff_ffffn});

const arbitraryParents = fc.uniqueArray(hex(32), {minLength: 1, maxLength: 8}).map((parents) => sortParents(parents));

const arbitraryReceipt: fc.Arbitrary<MilestoneOption> = fc.record({
  kind: fc.constant("receipt" as const),
  migratedAt: u32,
  isFinal: fc.boolean(),
  funds: fc
    .uniqueArray(
      fc.record({
        tailTransactionHash: hex(49),
        pubKeyHash: hex(32),
        deposit: fc.bigInt({min: 1_000_000n, max: 2n ** 60n}),
      }),
      {minLength: 1, maxLength: 5, selector: (fund) => fund.tailTransactionHash},
    )
    .map((funds) => funds.sort((a, b) => (a.tailTransactionHash < b.tailTransactionHash ? -1 : 1))),
  treasury: fc.record({milestoneId: hex(32), amount: u64}),
});

const arbitraryOptions = (index: number): fc.Arbitrary<readonly MilestoneOption[]> =>
  fc
    .tuple(
      fc.option(arbitraryReceipt),
      fc.option(
        fc.record({
          kind: fc.constant("protocol-parameters" as const),
          targetMilestoneIndex: fc.integer({min: index + 1, max: index + 30}),
          protocolVersion: fc.nat({max: 255}),
          params: bytes(100),
        }),
      ),
    )
    .map((options) => options.filter((option) => option !== null));

const arbitraryMilestone: fc.Arbitrary<MilestonePayload> = fc.integer({min: 2, max: 0xffff_0000}).chain((index) =>
  fc.record({
    kind: fc.constant("milestone" as const),
    index: fc.constant(index),
    timestamp: u32,
    protocolVersion: fc.constant(2),
    previousMilestoneId: hex(32),
    parents: arbitraryParents,
    inclusionMerkleRoot: hex(32),
    appliedMerkleRoot: hex(32),
    metadata: bytes(300),
    options: arbitraryOptions(index),
    signatures: fc
      .uniqueArray(fc.record({publicKey: hex(32), signature: fc.uint8Array({minLength: 64, maxLength: 64})}), {
        minLength: 1,
        maxLength: 4,
        selector: ({publicKey}) => publicKey,
      })
      .map((signatures) => signatures.sort((a, b) => (a.publicKey < b.publicKey ? -1 : 1))),
  }),
);

const arbitraryTaggedData: fc.Arbitrary<Payload> = fc.record({
  kind: fc.constant("tagged-data" as const),
  tag: bytes(64),
  data: bytes(2_000),
});

/** Any block that keeps every rule. */
export const arbitraryBlock: fc.Arbitrary<Block> = fc.oneof(
  fc
    .record({parents: arbitraryParents, payload: fc.option(arbitraryTaggedData), nonce: u64})
    .map((block) => ({protocolVersion: 2, ...block})),
  arbitraryMilestone.map((payload) => ({protocolVersion: 2, parents: payload.parents, payload, nonce: 0n})),
);
