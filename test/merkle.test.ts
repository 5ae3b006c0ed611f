// RFC 6962 trees: published vectors of Certificate Transparency (SHA-256) and of TIP-4 (BLAKE2b-256), and laws over any size.

import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {blake2b256} from "../src/blake2b.ts";
import {fromBase64, fromHex, toHex} from "../src/bytes.ts";
import {
  consistencyProof,
  type Hash,
  hashLeaf,
  hashNode,
  inclusionProof,
  merkleRoot,
  rootOfInclusion,
  rootOfLeafHashes,
  verifyConsistency,
  verifyInclusion,
} from "../src/merkle.ts";
import {sha256} from "../src/sha256.ts";
import {createIdTree} from "../src/tangle/merkle-roots.ts";
import {idOf} from "./support/blocks.ts";
import {describeVectors} from "./support/vectors.ts";

const leafHashes = (size: number, hash: Hash = sha256) =>
  Array.from({length: size}, (_, i) => hashLeaf(hash, Uint8Array.of(i & 0xff, i >> 8)));

/** MTH as RFC 6962 section 2.1 defines it. */
function rootByDefinition(hash: Hash, leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return hash(new Uint8Array(0));
  if (leaves.length === 1) return hashLeaf(hash, leaves[0]!);
  let split = 1;
  while (2 * split < leaves.length) split *= 2;
  return hashNode(hash, rootByDefinition(hash, leaves.slice(0, split)), rootByDefinition(hash, leaves.slice(split)));
}

describe("published roots", () => {
  // RFC 6962's reference implementation, first three sizes over "", 00, 10.
  test.each([
    [0, "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    [1, "0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"],
    [2, "0xfac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    [3, "0xaeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"],
  ])("SHA-256, %i leaves", (size, root) => {
    const leaves = [new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(0x10)].slice(0, size);
    expect(toHex(merkleRoot(sha256, leaves))).toBe(root);
  });

  // TIP-4's seven leaves.
  test("BLAKE2b-256, seven block ids", () => {
    const ids = [
      "52fdfc072182654f163f5f0f9a621d729566c74d10037c4d7bbb0407d1e2c649",
      "81855ad8681d0d86d1e91e00167939cb6694d2c422acd208a0072939487f6999",
      "eb9d18a44784045d87f3c67cf22746e995af5a25367951baa2ff6cd471c483f1",
      "5fb90badb37c5821b6d95526a41a9504680b4e7c8b763a1b1d49d4955c848621",
      "6325253fec738dd7a9e28bf921119c160f0702448615bbda08313f6a8eb668d2",
      "0bf5059875921e668a5bdf2c7fc4844592d2572bcd0668d2d6c52f5054e2d083",
      "6bf84c7174cb7476364cc3dbd968b0f7172ed85794bb358b0c3b525da1786f9f",
    ];
    const root = merkleRoot(
      blake2b256,
      ids.map((id) => fromHex(`0x${id}`)),
    );
    expect(toHex(root)).toBe("0xbf67ce7ba23e8c0951b5abaec4f5524360d2c26d971ff226d3359fa70cdb0beb");
  });
});

describe("laws", () => {
  test("the root is the recursive definition's, for every size", () => {
    for (let size = 0; size <= 70; size++) {
      const leaves = Array.from({length: size}, (_, i) => Uint8Array.of(i));
      expect(toHex(merkleRoot(sha256, leaves))).toBe(toHex(rootByDefinition(sha256, leaves)));
    }
  });

  test("a tree that grows leaf by leaf has the same root at every size", () => {
    const tree = createIdTree();
    const leaves: Uint8Array[] = [];
    for (let size = 0; size <= 70; size++) {
      expect(tree.root()).toBe(toHex(merkleRoot(blake2b256, leaves)));
      tree.append(idOf(`leaf ${size}`));
      leaves.push(fromHex(idOf(`leaf ${size}`)));
    }
  });

  test("every leaf of every tree is proved, at its own place alone", () => {
    for (let size = 1; size <= 20; size++) {
      const hashes = leafHashes(size);
      const root = rootOfLeafHashes(sha256, hashes);
      for (let index = 0; index < size; index++) {
        const path = inclusionProof(sha256, hashes, index);
        for (let claimed = 0; claimed < size; claimed++) {
          const claim = {leafHash: hashes[index]!, index: claimed, size, root, path};
          expect(verifyInclusion(sha256, claim)).toBe(claimed === index);
        }
      }
    }
  });

  test("every earlier tree is proved to be the beginning of every later one", () => {
    const hashes = leafHashes(24);
    for (let size2 = 1; size2 <= 24; size2++) {
      const root2 = rootOfLeafHashes(sha256, hashes.slice(0, size2));
      for (let size1 = 1; size1 <= size2; size1++) {
        const root1 = rootOfLeafHashes(sha256, hashes.slice(0, size1));
        const path = consistencyProof(sha256, hashes.slice(0, size2), size1);
        expect(verifyConsistency(sha256, {size1, root1, size2, root2, path})).toBe(true);
        const otherRoot = rootOfLeafHashes(sha256, [hashes[23]!, ...hashes.slice(1, size1)]);
        const otherPasses = verifyConsistency(sha256, {size1, root1: otherRoot, size2, root2, path});
        expect(otherPasses).toBe(toHex(otherRoot) === toHex(root1));
      }
    }
  });

  const tree = fc
    .integer({min: 1, max: 300})
    .chain((size) => fc.record({size: fc.constant(size), index: fc.nat({max: size - 1}), bit: fc.nat()}));
  test("a proof with one bit changed, cut or made longer fails", () => {
    fc.assert(
      fc.property(tree, ({size, index, bit}) => {
        const hashes = leafHashes(size);
        const root = rootOfLeafHashes(sha256, hashes);
        const path = inclusionProof(sha256, hashes, index);
        const claim = {leafHash: hashes[index]!, index, size, root, path};
        expect(verifyInclusion(sha256, claim)).toBe(true);
        expect(verifyInclusion(sha256, {...claim, path: [...path, root]})).toBe(false);
        expect(verifyInclusion(sha256, {...claim, leafHash: root.map((byte) => byte ^ 1)})).toBe(false);
        expect(verifyInclusion(sha256, {...claim, root: root.map((byte) => byte ^ 1)})).toBe(false);
        if (path.length === 0) return;
        expect(verifyInclusion(sha256, {...claim, path: path.slice(1)})).toBe(false);
        const damaged = path.map((hash) => hash.slice());
        const place = bit % (path.length * 256);
        damaged[place >> 8]![(place & 0xff) >> 3]! ^= 1 << (place & 7);
        expect(verifyInclusion(sha256, {...claim, path: damaged})).toBe(false);
      }),
    );
  });
});

describe("sizes and places that make no sense are refused:", () => {
  const [leafHash] = leafHashes(1);
  const claim = {leafHash: leafHash!, path: []};
  test.each([
    [0, 0],
    [1, 1],
    [-1, 1],
    [0.5, 1],
    [0, Number.NaN],
    [0, 2 ** 60],
  ])("place %d of %d", (index, size) => {
    expect(rootOfInclusion(sha256, {...claim, index, size})).toBeNull();
  });

  test.each([
    ["a leaf of no bytes", {leafHash: new Uint8Array(0), index: 0, size: 1, path: []}],
    ["a leaf of 33 bytes", {leafHash: new Uint8Array(33), index: 0, size: 1, path: []}],
    ["a sibling of 31 bytes", {...claim, index: 0, size: 2, path: [new Uint8Array(31)]}],
  ])("%s is no digest", (_, inclusion) => {
    expect(rootOfInclusion(sha256, inclusion)).toBeNull();
    expect(verifyInclusion(sha256, {...inclusion, root: inclusion.leafHash})).toBe(false);
  });

  test("places past 32 bits are followed exactly", () => {
    // The last leaf of 2^40 + 1: it stands alone at the right, below the root.
    const left = sha256(Uint8Array.of(1));
    const root = hashNode(sha256, left, leafHash!);
    expect(verifyInclusion(sha256, {leafHash: leafHash!, index: 2 ** 40, size: 2 ** 40 + 1, root, path: [left]})).toBe(
      true,
    );
    expect(verifyInclusion(sha256, {leafHash: leafHash!, index: 2 ** 39, size: 2 ** 40 + 1, root, path: [left]})).toBe(
      false,
    );
  });

  const root = leafHash!;
  const empty = sha256(new Uint8Array(0));
  test.each([
    ["a tree that shrinks", {size1: 2, root1: root, size2: 1, root2: root, path: []}, false],
    ["a size below zero", {size1: -1, root1: root, size2: 1, root2: root, path: []}, false],
    ["from nothing to something", {size1: 0, root1: empty, size2: 1, root2: root, path: []}, false],
    ["from nothing to nothing", {size1: 0, root1: empty, size2: 0, root2: empty, path: []}, true],
    ["nothing with another root", {size1: 0, root1: root, size2: 0, root2: root, path: []}, false],
    ["the same tree", {size1: 5, root1: root, size2: 5, root2: root, path: []}, true],
    ["the same tree with a path", {size1: 5, root1: root, size2: 5, root2: root, path: [root]}, false],
    ["a path of no bytes", {size1: 1, root1: root, size2: 2, root2: root, path: [new Uint8Array(0)]}, false],
    ["the same size with another root", {size1: 5, root1: root, size2: 5, root2: empty, path: []}, false],
  ])("%s", (_, consistency, verdict) => {
    expect(verifyConsistency(sha256, consistency)).toBe(verdict);
  });

  test("a path with a hash too many or too few leads nowhere", () => {
    const hashes = leafHashes(5);
    const path = inclusionProof(sha256, hashes, 2);
    const place = {leafHash: hashes[2]!, index: 2, size: 5};
    expect(rootOfInclusion(sha256, {...place, path})).not.toBeNull();
    expect(rootOfInclusion(sha256, {...place, path: [...path, root]})).toBeNull();
    expect(rootOfInclusion(sha256, {...place, path: path.slice(0, -1)})).toBeNull();
  });

  test("a consistency proof does not hold for a larger tree of the same root", () => {
    const hashes = leafHashes(3);
    const root1 = rootOfLeafHashes(sha256, hashes.slice(0, 2));
    const claim2 = {
      size1: 2,
      root1,
      root2: rootOfLeafHashes(sha256, hashes),
      path: consistencyProof(sha256, hashes, 2),
    };
    expect(verifyConsistency(sha256, {...claim2, size2: 3})).toBe(true);
    for (const size2 of [5, 9, 1_000]) expect(verifyConsistency(sha256, {...claim2, size2})).toBe(false);
  });

  test("proofs are made for leaves and sizes that exist", () => {
    expect(() => inclusionProof(sha256, leafHashes(2), 2)).toThrow();
    expect(() => consistencyProof(sha256, leafHashes(2), 0)).toThrow();
    expect(() => consistencyProof(sha256, leafHashes(2), 3)).toThrow();
  });
});

interface InclusionCase {
  readonly id: string;
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

interface ConsistencyCase {
  readonly id: string;
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

interface Rfc6962Cases {
  readonly inclusion: readonly InclusionCase[];
  readonly consistency: readonly ConsistencyCase[];
}

interface Rfc6962Tree {
  readonly leafInputsHex: readonly string[];
  readonly rootHashesHexBySize: readonly string[];
}

describeVectors<Rfc6962Cases>("audit-rfc6962-merkle", ({inclusion, consistency}, vectors) => {
  const {leafInputsHex, rootHashesHexBySize} = (vectors as unknown as {tree: Rfc6962Tree}).tree;
  const pathOf = (proof: readonly string[] | null) => (proof ?? []).map(fromBase64);

  test("the reference tree at every size", () => {
    const leaves = leafInputsHex.map((leaf) => fromHex(`0x${leaf}`));
    const roots = rootHashesHexBySize.map((_, size) => toHex(merkleRoot(sha256, leaves.slice(0, size))).slice(2));
    expect(roots).toEqual(rootHashesHexBySize);
  });

  test.each(inclusion)("$id", ({leafIdx, treeSize, root, leafHash, proof, wantErr}) => {
    const claim = {
      leafHash: fromBase64(leafHash),
      index: leafIdx,
      size: treeSize,
      root: fromBase64(root),
      path: pathOf(proof),
    };
    expect(verifyInclusion(sha256, claim)).toBe(!wantErr);
  });

  test.each(consistency)("$id", ({size1, size2, root1, root2, proof, wantErr}) => {
    const claim = {size1, root1: fromBase64(root1), size2, root2: fromBase64(root2), path: pathOf(proof)};
    expect(verifyConsistency(sha256, claim)).toBe(!wantErr);
  });
});

interface Tip4Case {
  readonly id: string;
  readonly blockIds: readonly string[];
  readonly leafHashes?: readonly string[];
  readonly nodeHashes?: readonly string[];
  readonly root: string;
}

describeVectors<readonly Tip4Case[]>("audit-tip4-milestone-merkle", (cases) => {
  test.each(cases)("$id", ({blockIds, leafHashes: leaves = [], nodeHashes = [], root}) => {
    const hashes = blockIds.map((id) => hashLeaf(blake2b256, fromHex(`0x${id}`)));
    const text = (hash: Uint8Array) => toHex(hash).slice(2);
    expect(hashes.map(text)).toEqual(leaves);
    expect(text(rootOfLeafHashes(blake2b256, hashes))).toBe(root);
    // Inner nodes of seven leaves: every pair, every four, in whatever order the vector lists them.
    const inner = [
      [0, 2],
      [2, 4],
      [4, 6],
      [0, 4],
      [4, 7],
    ].map(([from, to]) => text(rootOfLeafHashes(blake2b256, hashes.slice(from, to))));
    expect(nodeHashes.every((node) => inner.includes(node))).toBe(true);
  });
});

describeVectors<readonly {name: string; kind?: string; leaves: readonly string[]; root: string}[]>(
  "stardust-merkle",
  (cases) => {
    test.each(cases.filter(({kind}) => kind !== "proof"))("$name", ({leaves, root}) => {
      expect(
        toHex(
          merkleRoot(
            blake2b256,
            leaves.map((leaf) => fromHex(`0x${leaf}`)),
          ),
        ),
      ).toBe(`0x${root}`);
    });
  },
);
