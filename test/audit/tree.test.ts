import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {
  inclusionFromTiles,
  rootFromTiles,
  type TileReader,
  tilesOfInclusion,
  tilesOfRoot,
} from "../../src/audit/proof.ts";
import {
  decodeBundle,
  decodeTile,
  encodeBundle,
  hashesAtLevel,
  indexPath,
  parseTilePath,
  rootOfFullSubtree,
  TILE_WIDTH,
  type TileName,
  tilePath,
} from "../../src/audit/tiles.ts";
import {createTree} from "../../src/audit/tree.ts";
import {equalBytes, toHex, utf8} from "../../src/bytes.ts";
import {hashLeaf, inclusionProof, rootOfLeafHashes, verifyInclusion} from "../../src/merkle.ts";
import {sha256} from "../../src/sha256.ts";

const SIZE = 1_300;
const leafHashes = Array.from({length: SIZE}, (_, i) => hashLeaf(sha256, utf8(`leaf ${i}`)));

/** Tiles of the first `size` leaves, made from the definition. */
function tilesOf(size: number): (tile: TileName) => Uint8Array[] {
  const level1 = Array.from({length: hashesAtLevel(1, size)}, (_, i) =>
    rootOfFullSubtree(leafHashes.slice(i * TILE_WIDTH, (i + 1) * TILE_WIDTH)),
  );
  const levels = [leafHashes.slice(0, size), level1];
  return ({level, index, width}) => {
    const hashes = (levels[level as number] ?? []).slice(index * TILE_WIDTH, index * TILE_WIDTH + width);
    expect(hashes).toHaveLength(width);
    return hashes;
  };
}

/** Only what was asked for may be read. */
function readerOf(tiles: readonly TileName[], size: number): TileReader {
  const known = new Map(tiles.map((tile) => [tilePath(tile), tilesOf(size)(tile)]));
  return (tile) => {
    const hashes = known.get(tilePath(tile));
    if (hashes === undefined) throw new Error(`${tilePath(tile)} was not asked for.`);
    return hashes;
  };
}

const place = fc
  .integer({min: 1, max: SIZE})
  .chain((size) => fc.tuple(fc.constant(size), fc.integer({min: 0, max: size - 1})));

describe("from tiles", () => {
  test("an inclusion path is that of the whole tree, of any leaf at any size", () => {
    fc.assert(
      fc.property(place, ([size, index]) => {
        const path = inclusionFromTiles(index, size, readerOf(tilesOfInclusion(index, size), size));
        const expected = inclusionProof(sha256, leafHashes.slice(0, size), index);
        expect(path.map(toHex)).toEqual(expected.map(toHex));
        const root = rootOfLeafHashes(sha256, leafHashes.slice(0, size));
        expect(verifyInclusion(sha256, {leafHash: leafHashes[index]!, index, size, root, path})).toBe(true);
      }),
      {numRuns: 60},
    );
  });

  test.each([1, 2, 255, 256, 257, 511, 512, 513, 1_024, 1_300])(
    "the root at size %i is that of the whole tree",
    (size) => {
      const root = rootFromTiles(size, readerOf(tilesOfRoot(size), size));
      expect(toHex(root)).toBe(toHex(rootOfLeafHashes(sha256, leafHashes.slice(0, size))));
    },
  );
});

describe("a growing tree", () => {
  test("has the root of all leaves at every size, and foretells it", () => {
    const tree = createTree();
    for (let size = 0; size < 600; size++) {
      const root = toHex(rootOfLeafHashes(sha256, leafHashes.slice(0, size)));
      expect(toHex(tree.root())).toBe(root);
      if (size % 50 === 0) {
        const ahead = leafHashes.slice(size, size + 13);
        expect(toHex(tree.rootAfter(ahead))).toBe(toHex(rootOfLeafHashes(sha256, leafHashes.slice(0, size + 13))));
        expect(toHex(tree.root())).toBe(root);
      }
      tree.push(leafHashes[size]!);
    }
  });

  test("hands out each full tile once, with its root", () => {
    const tree = createTree();
    const full = leafHashes.slice(0, 600).flatMap((hash) => tree.push(hash));
    expect(full.map(({level, index}) => [level, index])).toEqual([
      [0, 0],
      [0, 1],
    ]);
    for (const {index, hashes, root} of full) {
      expect(hashes.map(toHex)).toEqual(leafHashes.slice(index * 256, index * 256 + 256).map(toHex));
      expect(toHex(root)).toBe(toHex(rootOfFullSubtree(hashes)));
    }
    expect(tree.edge(0).map(toHex)).toEqual(leafHashes.slice(512, 600).map(toHex));
    expect(tree.edge(1)).toHaveLength(2);
  });

  test("fills tiles of upper levels", () => {
    const tree = createTree({size: 65_535, levels: [leafHashes.slice(0, 255), leafHashes.slice(0, 255)]});
    const full = tree.push(leafHashes[300]!);
    expect(full.map(({level, index}) => [level, index])).toEqual([
      [0, 255],
      [1, 0],
    ]);
    expect(tree.size).toBe(65_536);
    expect(equalBytes(tree.root(), full[1]!.root)).toBe(true);
  });

  test("goes on from its state as if it had never stopped", () => {
    fc.assert(
      fc.property(fc.integer({min: 0, max: 700}), fc.integer({min: 0, max: 300}), (before, after) => {
        const tree = createTree();
        for (const hash of leafHashes.slice(0, before)) tree.push(hash);
        const again = createTree(tree.state());
        for (const hash of leafHashes.slice(before, before + after)) again.push(hash);
        expect(again.size).toBe(before + after);
        expect(toHex(again.root())).toBe(toHex(rootOfLeafHashes(sha256, leafHashes.slice(0, before + after))));
      }),
      {numRuns: 20},
    );
  });
});

describe("a tile's path", () => {
  // C2SP tlog-tiles.md gives x001/x234/067 for tile 1,234,067.
  test.each([
    [0, "000"],
    [67, "067"],
    [999, "999"],
    [1_000, "x001/000"],
    [1_234_067, "x001/x234/067"],
  ])("%i is written %s", (index, path) => {
    expect(indexPath(index)).toBe(path);
    expect(parseTilePath(`tile/3/${path}`)).toEqual({level: 3, index, width: 256});
    expect(parseTilePath(`tile/entries/${path}.p/8`)).toEqual({level: "entries", index, width: 8});
  });

  test.each([
    "tile/0/0",
    "tile/0/0000",
    "tile/0/x000/001",
    "tile/0/x001",
    "tile/6/000",
    "tile/-1/000",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/0/../000",
    "tile/data/000",
    "tile/0/000/",
    "tile/0/x999/x999/x999/x999/x999/x999/999",
  ])("%s is none", (path) => {
    expect(parseTilePath(path)).toBeNull();
  });
});

describe("an entry bundle", () => {
  test("is read back as it was written", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({maxLength: 300}), {maxLength: 20}), (leaves) => {
        expect(decodeBundle(encodeBundle(leaves)).map(toHex)).toEqual(leaves.map(toHex));
      }),
    );
  });

  test("that ends within an entry is malformed", () => {
    const bundle = encodeBundle([utf8("one"), utf8("two")]);
    for (const length of [1, 4, 6, 9]) expect(() => decodeBundle(bundle.subarray(0, length))).toThrow(/ends within/);
    expect(() => decodeTile(new Uint8Array(33))).toThrow(/not made of hashes/);
    expect(() => decodeTile(new Uint8Array(32 * 257))).toThrow(/not made of hashes/);
  });
});
