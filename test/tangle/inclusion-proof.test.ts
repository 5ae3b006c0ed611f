import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {blake2b256} from "../../src/blake2b.ts";
import {fromHex, toHex} from "../../src/bytes.ts";
import {hashNode} from "../../src/merkle.ts";
import {type BlockId, blockIdOf, serializeBlock} from "../../src/stardust/index.ts";
import {
  createInclusionProof,
  type InclusionProof,
  type InclusionTrust,
  type ProofNode,
  rootOfIds,
  verifyInclusionProof,
} from "../../src/tangle/index.ts";
import {leafHashOfId} from "../../src/tangle/merkle-roots.ts";
import {blockOf, idOf, milestoneOf, signerOf, taggedBlock} from "../support/blocks.ts";
import {codeOf} from "../support/errors.ts";
import {describeVectors} from "../support/vectors.ts";
import {PUBLISHED_BLOCK_ID, PUBLISHED_PROOF} from "./published-proof.ts";

const trustIn = (names: readonly string[], threshold = names.length): InclusionTrust => ({
  protocolVersion: 2,
  coordinator: {threshold, keys: names.map((name) => ({publicKey: toHex(signerOf(name).publicKey), start: 0, end: 0}))},
});
const publishedTrust: InclusionTrust = {
  protocolVersion: 2,
  coordinator: {
    threshold: 2,
    keys: PUBLISHED_PROOF.milestone.signatures.map(({publicKey}) => ({publicKey, start: 0, end: 0})),
  },
};
const copyOf = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));
const faultOf = (proof: unknown, trust: InclusionTrust | null) => {
  const verdict = verifyInclusionProof(proof, trust);
  return verdict.state === "invalid" ? verdict.fault : verdict.state;
};

/** A milestone over `size` blocks, and the proof of the one at `place`. */
function proofOf(size: number, place: number, keys: readonly string[] = ["one"]): InclusionProof {
  const block = taggedBlock("tag", `block ${place}`);
  const referenced = Array.from({length: size}, (_, i) => idOf(`other ${i}`));
  referenced[place] = blockIdOf(serializeBlock(block));
  const milestone = milestoneOf({inclusionMerkleRoot: rootOfIds(referenced)}, keys);
  return createInclusionProof(block, {milestone, referenced, whiteFlagIndex: place});
}

describe("the published proof", () => {
  test("shows that milestone 13 includes the block, under its keys", () => {
    expect(verifyInclusionProof(PUBLISHED_PROOF, publishedTrust)).toMatchObject({
      state: "included",
      blockId: PUBLISHED_BLOCK_ID,
      milestoneId: "0xca2daeeddc6f1be57a75d216bb76db90de39ca59ce38953ba32c2dcf945e3d50",
      milestoneIndex: 13,
      milestoneTimestamp: 1653768570,
      signers: PUBLISHED_PROOF.milestone.signatures.map(({publicKey}) => publicKey),
    });
  });

  test("without trusted keys is consistent, no more", () => {
    expect(faultOf(PUBLISHED_PROOF, null)).toBe("consistent");
  });

  test("under other keys proves nothing", () => {
    expect(faultOf(PUBLISHED_PROOF, trustIn(["one", "two"]))).toBe("unknown-key");
  });

  test("fails with any one bit of its text changed", () => {
    const text = JSON.stringify(PUBLISHED_PROOF);
    const bytes = new TextEncoder().encode(text);
    let checked = 0;
    for (let place = 0; place < bytes.length; place++) {
      const changed = bytes.slice();
      changed[place]! ^= 1 << (place % 7);
      let proof: unknown;
      try {
        proof = JSON.parse(new TextDecoder("utf-8", {fatal: true}).decode(changed));
      } catch {
        continue;
      }
      checked++;
      const verdict = verifyInclusionProof(proof, publishedTrust);
      if (verdict.state !== "invalid")
        throw new Error(`passes with a change at ${place}: ${text.slice(place - 20, place + 20)}`);
    }
    expect(checked).toBeGreaterThan(1_500);
  });
});

describeVectors<readonly {name: string; kind?: string; leaves: readonly string[]; root: string}[]>(
  "stardust-merkle",
  (cases) => {
    test.each(cases.filter(({kind}) => kind !== "proof"))("root of $name", ({leaves, root}) => {
      // "single leaf" and "single node" of the vectors are not of 32 bytes; test/merkle.test.ts has them.
      const ids = leaves.map((leaf): BlockId => `0x${leaf}`);
      if (ids.every((id) => id.length === 66)) expect(rootOfIds(ids)).toBe(`0x${root}`);
      else expect(codeOf(() => rootOfIds(ids))).toBe("bytes/length");
    });
    test("the published proof is the one of the vectors", () => {
      const vector = cases.find(({kind}) => kind === "proof") as unknown as typeof PUBLISHED_PROOF;
      expect({milestone: vector.milestone, block: vector.block, proof: vector.proof}).toEqual(PUBLISHED_PROOF);
    });
  },
);

describe("making a proof", () => {
  test("of a block alone: the path is the block", () => {
    const proof = proofOf(1, 0);
    expect(proof.proof).toEqual({value: blockIdOf(serializeBlock(taggedBlock("tag", "block 0")))});
    expect(faultOf(proof, trustIn(["one"]))).toBe("included");
  });

  test("has the published shape", () => {
    const {proof} = proofOf(3, 1);
    expect(proof).toEqual({
      l: {
        l: {h: toHex(leafHashOfId(idOf("other 0")))},
        r: {value: expect.stringMatching(/^0x[0-9a-f]{64}$/)},
      },
      r: {h: toHex(leafHashOfId(idOf("other 2")))},
    });
  });

  test.each([1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33])("every block of %i verifies, also through text", (size) => {
    for (let place = 0; place < size; place++) {
      expect(faultOf(copyOf(proofOf(size, place)), trustIn(["one"]))).toBe("included");
    }
  });

  test("of a block that is not at its place is refused", () => {
    const block = taggedBlock("tag", "data");
    const request = {milestone: milestoneOf(), referenced: [idOf("other")], whiteFlagIndex: 0};
    expect(codeOf(() => createInclusionProof(block, request))).toBe("inclusion-proof/not-referenced");
    expect(codeOf(() => createInclusionProof(block, {...request, whiteFlagIndex: 1}))).toBe(
      "inclusion-proof/not-referenced",
    );
  });
});

describe("a proof is invalid:", () => {
  const good = proofOf(4, 1, ["one", "two"]);
  const trust = trustIn(["one", "two"]);
  const change = (edit: (proof: Record<string, never>) => void): unknown => {
    const proof = copyOf(good) as unknown as Record<string, never>;
    edit(proof);
    return proof;
  };
  const {l: left, r: right} = good.proof as {l: {l: ProofNode; r: ProofNode}; r: ProofNode};
  const otherBlock = proofOf(4, 1).block;

  const rejects: readonly (readonly [string, string, unknown])[] = [
    ["nothing", "form", null],
    ["a text", "form", "proof"],
    ["a list", "form", [good]],
    ["a field left out", "form", {milestone: good.milestone, block: good.block}],
    ["a field more", "form", {...good, extra: 1}],
    ["a milestone with a field more", "form", {...good, milestone: {...good.milestone, extra: 1}}],
    ["a block with a field more", "form", {...good, block: {...good.block, extra: 1}}],
    [
      "hex in upper case",
      "form",
      {...good, block: {...good.block, parents: good.block.parents.map((id) => `0x${id.slice(2).toUpperCase()}`)}},
    ],
    ["a nonce with a zero before it", "form", {...good, block: {...good.block, nonce: `0${good.block.nonce}`}}],
    ["empty metadata written out", "form", {...good, milestone: {...good.milestone, metadata: "0x"}}],
    ["a milestone that is none", "form", {...good, milestone: {...good.milestone, type: 5}}],
    [
      "a milestone that signs in the wrong order",
      "form",
      {...good, milestone: {...good.milestone, signatures: good.milestone.signatures.toReversed()}},
    ],
    ["a block with another payload type", "form", {...good, block: {...good.block, payload: {type: 6}}}],
    ["a block without parents", "block", {...good, block: {...good.block, parents: []}}],
    [
      "a block with parents out of order",
      "block",
      {...good, block: {...good.block, parents: good.block.parents.toReversed()}},
    ],
    ["a block of another protocol version", "protocol-version", {...good, block: {...good.block, protocolVersion: 1}}],
    [
      "a milestone of another protocol version",
      "protocol-version",
      {...good, milestone: {...good.milestone, protocolVersion: 1}},
    ],
    ["another block", "path", {...good, block: {...otherBlock, nonce: "7"}}],
    ["a path that is nothing", "path", {...good, proof: null}],
    ["a path without a leaf", "path", {...good, proof: {h: (right as {h: string}).h}}],
    ["a path with two leaves", "path", {...good, proof: {l: left, r: left}}],
    ["a path whose leaf is another block", "path", {...good, proof: {l: {l: left.l, r: {value: idOf("x")}}, r: right}}],
    ["a path with a side left out", "path", {...good, proof: {l: left}}],
    ["a path with a side more", "path", {...good, proof: {l: left, r: right, h: (right as {h: string}).h}}],
    ["a path with a short hash", "path", {...good, proof: {l: left, r: {h: "0x00"}}}],
    [
      "a path with a hash in upper case",
      "path",
      {...good, proof: {l: left, r: {h: `0x${(right as {h: string}).h.slice(2).toUpperCase()}`}}},
    ],
    ["a path whose sibling is drawn out", "path", {...good, proof: {l: left, r: {l: right, r: right}}}],
    ["a path with its sides swapped", "root", {...good, proof: {l: right, r: left}}],
    ["a path cut above the leaf", "root", {...good, proof: left}],
    ["a path of a longer tree", "root", {...good, proof: {l: good.proof, r: right}}],
    ["the path of another place", "root", {...good, proof: {l: {l: left.r, r: left.l}, r: right}}],
    ["another inclusion root", "root", {...good, milestone: {...good.milestone, inclusionMerkleRoot: idOf("x")}}],
    ["another milestone time", "bad-signature", {...good, milestone: {...good.milestone, timestamp: 5}}],
    ["another applied root", "bad-signature", {...good, milestone: {...good.milestone, appliedMerkleRoot: idOf("x")}}],
    [
      "a signature left out",
      "too-few-signatures",
      {...good, milestone: {...good.milestone, signatures: good.milestone.signatures.slice(1)}},
    ],
    ["signed again by a stranger", "unknown-key", proofOf(4, 1, ["one", "stranger"])],
    [
      "a changed signature",
      "bad-signature",
      change((proof) => {
        const {signatures} = proof.milestone as unknown as {signatures: {signature: string}[]};
        signatures[0]!.signature = `0x${"00".repeat(64)}`;
      }),
    ],
  ];
  test.each(rejects)("%s: %s", (_, fault, proof) => {
    expect(faultOf(proof, trust)).toBe(fault);
  });

  test("but the untouched one is not", () => {
    expect(faultOf(good, trust)).toBe("included");
    expect(faultOf(good, null)).toBe("consistent");
  });

  test("whatever stands in place of any part, the answer is a verdict", () => {
    const parts = fc.constantFrom("milestone", "block", "proof");
    fc.assert(
      fc.property(parts, fc.jsonValue(), (part, value) => {
        expect(verifyInclusionProof({...good, [part]: value}, trust).state).toBe("invalid");
        expect(verifyInclusionProof(value, null).state).toBe("invalid");
      }),
    );
  });

  test("a path deeper than any milestone, and one that never ends in a leaf, cost their depth alone", () => {
    let deep: ProofNode = {value: idOf("x")};
    for (let i = 0; i < 5_000; i++) deep = {l: deep, r: {h: idOf("y")}};
    expect(faultOf({...good, proof: deep}, trust)).toBe("path");
    const draw = (depth: number) => {
      let path: ProofNode = {value: blockIdOf(serializeBlock(taggedBlock("tag", "block 1")))};
      for (let i = 0; i < depth; i++) path = {l: path, r: {h: idOf("y")}};
      return faultOf({...good, proof: path}, trust);
    };
    expect([draw(64), draw(65)]).toEqual(["root", "path"]);
  });

  test("an inner node cannot pass for a block: leaves and nodes are hashed apart", () => {
    // The preimage of the left node, given as if it were the leaf's id, is 64 bytes and refused; its hash as id gives another root.
    const node = hashNode(
      blake2b256,
      fromHex((left.l as {h: string}).h),
      leafHashOfId((left.r as {value: BlockId}).value),
    );
    expect(faultOf({...good, proof: {l: {value: toHex(node)}, r: right}}, trust)).toBe("path");
  });

  test("keys count at the milestone's index alone", () => {
    const keys = trust.coordinator.keys.map((key) => ({...key, end: 6}));
    expect(faultOf(good, {...trust, coordinator: {threshold: 2, keys}})).toBe("unknown-key");
  });

  test("a broken signature is found without trusted keys too", () => {
    const milestone = {...good.milestone, timestamp: 5};
    expect(faultOf({...good, milestone}, null)).toBe("bad-signature");
  });

  test("a milestone's own block can be proved as well", () => {
    const block = blockOf(milestoneOf({index: 6}));
    const referenced = [blockIdOf(serializeBlock(block))];
    const milestone = milestoneOf({inclusionMerkleRoot: rootOfIds(referenced)}, ["one", "two"]);
    expect(faultOf(createInclusionProof(block, {milestone, referenced, whiteFlagIndex: 0}), trust)).toBe("included");
  });
});
