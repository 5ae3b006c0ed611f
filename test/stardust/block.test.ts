import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {concatBytes, toHex} from "../../src/bytes.ts";
import {GatewayError} from "../../src/errors.ts";
import {
  BLOCK_SIZE_MAX,
  BLOCK_SIZE_MIN,
  type Block,
  blockFromJson,
  blockIdOf,
  blockToJson,
  parseBlock,
  serializeBlock,
  sortParents,
  type TaggedData,
} from "../../src/stardust/index.ts";
import {arbitraryBlock, blockOf, idOf, milestoneOf, PARAMETERS, taggedBlock} from "../support/blocks.ts";
import {codeOf} from "../support/errors.ts";

const parents = (count: number) => sortParents(Array.from({length: count}, (_, i) => idOf(`parent ${i}`)));
const tagged = (tagSize: number, dataSize: number): TaggedData => ({
  kind: "tagged-data",
  tag: new Uint8Array(tagSize),
  data: new Uint8Array(dataSize),
});

// Places in a block with one parent: version 0, count 1, parent 2..33, payload length 34..37, payload from 38.
const PAYLOAD_LENGTH_AT = 34;
const PAYLOAD_AT = 38;
const TAG_LENGTH_AT = 42;

function changed(block: Block, at: number, ...values: number[]): Uint8Array {
  const bytes = serializeBlock(block);
  bytes.set(values, at < 0 ? bytes.length + at : at);
  return bytes;
}

const one = blockOf(tagged(3, 5), {parents: [idOf("a")]});
const [first, second] = parents(2);

describe("a block is refused:", () => {
  const rejects: readonly (readonly [string, string, Uint8Array])[] = [
    ["no bytes", "block/truncated", new Uint8Array(0)],
    ["cut in its parents", "block/truncated", serializeBlock(one).slice(0, 20)],
    ["cut in its nonce", "block/truncated", serializeBlock(one).slice(0, -1)],
    ["a byte too many", "block/trailing-bytes", concatBytes(serializeBlock(one), Uint8Array.of(0))],
    ["longer than 32,768 bytes", "block/too-long", new Uint8Array(BLOCK_SIZE_MAX + 1)],
    ["another protocol version", "block/protocol-version", changed(one, 0, 3)],
    ["no parent", "block/parents-count", changed(one, 1, 0)],
    ["nine parents", "block/parents-count", changed(one, 1, 9)],
    [
      "parents in the wrong order",
      "block/parents-order",
      concatBytes(
        Uint8Array.of(2, 2),
        serializeBlock({...one, parents: [second!]}).slice(2, 34),
        serializeBlock({...one, parents: [first!]}).slice(2),
      ),
    ],
    [
      "a parent twice",
      "block/parents-duplicate",
      concatBytes(Uint8Array.of(2, 2), serializeBlock(one).slice(2, 34), serializeBlock(one).slice(2)),
    ],
    ["a payload longer than the block", "block/payload-length", changed(one, PAYLOAD_LENGTH_AT, 255, 255, 255, 255)],
    [
      "a payload of three bytes",
      "block/truncated",
      concatBytes(
        serializeBlock(one).slice(0, PAYLOAD_LENGTH_AT),
        Uint8Array.of(3, 0, 0, 0, 5, 0, 0),
        new Uint8Array(8),
      ),
    ],
    ["an unknown payload", "block/payload-type", changed(one, PAYLOAD_AT, 8)],
    ["a payload type that differs in its high bytes", "block/payload-type", changed(one, PAYLOAD_AT, 5, 0, 0, 1)],
    ["a transaction", "block/payload-not-supported", changed(one, PAYLOAD_AT, 6)],
    [
      "a tag over 64 bytes",
      "block/length",
      changed(blockOf(tagged(64, 100), {parents: [idOf("a")]}), TAG_LENGTH_AT, 65),
    ],
    ["tagged data that claims more data than it has", "block/truncated", changed(one, TAG_LENGTH_AT + 4, 6)],
    ["tagged data that leaves bytes over", "block/payload-trailing-bytes", changed(one, TAG_LENGTH_AT + 4, 4)],
  ];
  test.each(rejects)("%s", (_, code, bytes) => {
    expect(codeOf(() => parseBlock(bytes, PARAMETERS))).toBe(code);
  });

  test("an error names the field and what is left", () => {
    expect(() => parseBlock(serializeBlock(one).slice(0, 20), PARAMETERS)).toThrow(
      "The bytes end inside the parent: it takes 32, 18 are left.",
    );
  });
});

describe("a block is not written:", () => {
  const rejects: readonly (readonly [string, string, Block])[] = [
    ["without parents", "block/parents-count", blockOf(null, {parents: []})],
    ["with nine parents", "block/parents-count", blockOf(null, {parents: parents(9)})],
    ["with parents in the wrong order", "block/parents-order", blockOf(null, {parents: parents(2).reverse()})],
    ["with a parent twice", "block/parents-duplicate", blockOf(null, {parents: [idOf("a"), idOf("a")]})],
    ["with a parent of 31 bytes", "block/not-hex", blockOf(null, {parents: [`0x${"11".repeat(31)}`]})],
    ["with a parent that is no hex", "block/not-hex", blockOf(null, {parents: ["0xzz"]})],
    ["with a tag of 65 bytes", "block/length", blockOf(tagged(65, 0))],
    ["longer than 32,768 bytes", "block/too-long", blockOf(tagged(0, BLOCK_SIZE_MAX - 46 - 9 - 32 + 1))],
    ["with a nonce past 64 bits", "block/range", blockOf(null, {nonce: 2n ** 64n})],
    ["with a negative nonce", "block/range", blockOf(null, {nonce: -1n})],
    ["with a version past one byte", "block/range", blockOf(null, {protocolVersion: 256})],
    ["with a milestone and a nonce", "block/milestone-nonce", blockOf(milestoneOf(), {nonce: 1n})],
    ["with a milestone of other parents", "block/milestone-parents", blockOf(milestoneOf(), {parents: [idOf("c")]})],
    [
      "with a milestone of another version",
      "block/milestone-protocol-version",
      blockOf(milestoneOf({protocolVersion: 3})),
    ],
  ];
  test.each(rejects)("%s", (_, code, block) => {
    expect(codeOf(() => serializeBlock(block))).toBe(code);
  });
});

describe("limits are reached exactly:", () => {
  test("the smallest block has 46 bytes", () => {
    const bytes = serializeBlock(blockOf(null, {parents: [idOf("a")]}));
    expect(bytes).toHaveLength(BLOCK_SIZE_MIN);
    expect(parseBlock(bytes, PARAMETERS).payload).toBeNull();
  });
  test("the largest block has 32,768 bytes, and one byte of data less than too many", () => {
    const bytes = serializeBlock(blockOf(tagged(0, BLOCK_SIZE_MAX - 46 - 9 - 32)));
    expect(bytes).toHaveLength(BLOCK_SIZE_MAX);
    expect(toHex(serializeBlock(parseBlock(bytes, PARAMETERS)))).toBe(toHex(bytes));
  });
  test.each([1, 8])("%i parents", (count) => {
    const block = blockOf(null, {parents: parents(count)});
    expect(parseBlock(serializeBlock(block), PARAMETERS)).toEqual(block);
  });
  test.each([0n, 2n ** 64n - 1n])("nonce %s", (nonce) => {
    const block = taggedBlock("tag", "data", {nonce});
    expect(parseBlock(serializeBlock(block), PARAMETERS)).toEqual(block);
  });
  test("a tag of 64 bytes and one of none", () => {
    for (const size of [64, 0]) {
      const block = blockOf(tagged(size, 1));
      expect(parseBlock(serializeBlock(block), PARAMETERS)).toEqual(block);
    }
  });
});

describe("laws", () => {
  test("what is written reads as what it was", () => {
    fc.assert(
      fc.property(arbitraryBlock, (block) => {
        expect(parseBlock(serializeBlock(block), PARAMETERS)).toEqual(block);
      }),
    );
  });

  test("its JSON reads as what it was, also as text", () => {
    fc.assert(
      fc.property(arbitraryBlock, (block) => {
        expect(blockFromJson(JSON.parse(JSON.stringify(blockToJson(block))))).toEqual(block);
      }),
    );
  });

  const readsOrRefuses = (bytes: Uint8Array) => {
    let block: Block;
    try {
      block = parseBlock(bytes, PARAMETERS);
    } catch (error) {
      expect(error).toBeInstanceOf(GatewayError);
      expect((error as GatewayError).code).toMatch(/^block\//);
      return;
    }
    // There is one spelling of every block: what reads is written back byte for byte.
    expect(toHex(serializeBlock(block))).toBe(toHex(bytes));
  };

  test("any bytes are a block or refused with a code", () => {
    fc.assert(fc.property(fc.uint8Array({maxLength: 200}), readsOrRefuses), {numRuns: 500});
  });

  test("any bytes after a true beginning are a block or refused with a code", () => {
    const beginning = serializeBlock(one).slice(0, PAYLOAD_LENGTH_AT);
    const types = fc.constantFrom(5, 6, 7);
    const rest = fc.uint8Array({maxLength: 400});
    fc.assert(
      fc.property(types, rest, rest, (type, payload, after) => {
        const length = payload.length + 4;
        const head = Uint8Array.of(length & 0xff, length >> 8, 0, 0, type, 0, 0, 0);
        readsOrRefuses(concatBytes(beginning, head, payload, after));
      }),
      {numRuns: 500},
    );
  });

  test("a changed bit gives another block or none", () => {
    fc.assert(
      fc.property(arbitraryBlock, fc.nat(), (block, place) => {
        const bytes = serializeBlock(block);
        const id = blockIdOf(bytes);
        const bit = place % (bytes.length * 8);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        expect(blockIdOf(bytes)).not.toBe(id);
        readsOrRefuses(bytes);
      }),
      {numRuns: 300},
    );
  });

  test("every beginning of a block is refused", () => {
    const bytes = serializeBlock(blockOf(milestoneOf()));
    for (let size = 0; size < bytes.length; size++) {
      expect(codeOf(() => parseBlock(bytes.slice(0, size), PARAMETERS))).toMatch(/^block\//);
    }
  });
});
