// C2SP tlog-tiles: the tree cut into tiles of 256 hashes. Tile N of level L holds the roots of the full subtrees of 256^L leaves number
// 256 N to 256 N + 255; entry bundle N holds the leaves 256 N to 256 N + 255, each after two bytes of length. A tile at the right edge
// is partial and is asked for by its width.

import {concatBytes} from "../bytes.ts";
import {assert, GatewayError} from "../errors.ts";
import {nodeHashOf} from "./hashing.ts";

export const TILE_WIDTH = 256;
export const HASH_LENGTH = 32;
const LEVEL_MAX = 5;

/** A tile: `level` "entries" for a bundle of leaves. `width`: 1..256 hashes or leaves. */
export interface TileName {
  readonly level: number | "entries";
  readonly index: number;
  readonly width: number;
}

/** Path of a tile, such as `tile/0/x001/234` or `tile/entries/005.p/17`. */
export function tilePath({level, index, width}: TileName): string {
  return `tile/${level}/${indexPath(index)}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

/** Groups of three digits; all but the last begin with x. */
export function indexPath(index: number): string {
  assert(Number.isSafeInteger(index) && index >= 0, "a tile's index is a whole number");
  const last = `${index % 1000}`.padStart(3, "0");
  let path = last;
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000))
    path = `x${`${rest % 1000}`.padStart(3, "0")}/${path}`;
  return path;
}

/** Reads a tile's path; null when it is not one in its only spelling. */
export function parseTilePath(path: string): TileName | null {
  const match = /^tile\/(entries|\d)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (match === null) return null;
  const level = match[1] === "entries" ? "entries" : Number(match[1]);
  const index = Number(match[2]!.replaceAll(/[x/]/g, ""));
  const width = match[3] === undefined ? TILE_WIDTH : Number(match[3]);
  if (level !== "entries" && level > LEVEL_MAX) return null;
  if (!Number.isSafeInteger(index) || width < 1 || (match[3] !== undefined && width >= TILE_WIDTH)) return null;
  const tile = {level, index, width} as const;
  return tilePath(tile) === path ? tile : null;
}

/** Number of hashes of a level in the tree of `size` leaves. */
export function hashesAtLevel(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** A bundle of leaves: each after its length, two bytes big-endian. */
export function encodeBundle(leaves: readonly Uint8Array[]): Uint8Array {
  return concatBytes(
    ...leaves.flatMap((leaf) => {
      assert(leaf.length <= 0xffff, "a leaf has at most 65,535 bytes");
      return [Uint8Array.of(leaf.length >>> 8, leaf.length), leaf];
    }),
  );
}

/** The leaves of a bundle. Errors: `tile/malformed`. */
export function decodeBundle(bytes: Uint8Array): Uint8Array[] {
  const leaves: Uint8Array[] = [];
  for (let position = 0; position < bytes.length; ) {
    const length = (bytes[position]! << 8) | (bytes[position + 1] ?? 0);
    const end = position + 2 + length;
    if (position + 2 > bytes.length || end > bytes.length)
      throw new GatewayError("tile/malformed", `The entry bundle ends within an entry at byte ${position}.`, {
        position,
      });
    leaves.push(bytes.subarray(position + 2, end));
    position = end;
  }
  return leaves;
}

/** Bytes of a tile. */
export function encodeTile(hashes: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...hashes);
}

/** The hashes of a tile. Errors: `tile/malformed`. */
export function decodeTile(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length % HASH_LENGTH !== 0 || bytes.length > HASH_LENGTH * TILE_WIDTH)
    throw new GatewayError("tile/malformed", `A tile of ${bytes.length} bytes is not made of hashes.`);
  return Array.from({length: bytes.length / HASH_LENGTH}, (_, i) =>
    bytes.subarray(i * HASH_LENGTH, (i + 1) * HASH_LENGTH),
  );
}

/** Root over a power of two of hashes: 1, 2, 4 .. 256. */
export function rootOfFullSubtree(hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes;
  while (level.length > 1) {
    assert(level.length % 2 === 0, "a full subtree has a power of two of leaves");
    level = Array.from({length: level.length / 2}, (_, i) => nodeHashOf(level[2 * i]!, level[2 * i + 1]!));
  }
  return level[0]!;
}
