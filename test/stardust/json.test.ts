import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {toHex, utf8} from "../../src/bytes.ts";
import {blockFromJson, blockToJson, milestoneFromJson, milestoneToJson} from "../../src/stardust/index.ts";
import {blockOf, idOf, milestoneOf, taggedBlock} from "../support/blocks.ts";
import {codeOf} from "../support/errors.ts";

const json = blockToJson(taggedBlock("tag", "data"));
const milestone = milestoneToJson(milestoneOf());

test("a tagged-data block", () => {
  expect(json).toEqual({
    protocolVersion: 2,
    parents: [idOf("a"), idOf("b")].sort(),
    payload: {type: 5, tag: toHex(utf8("tag")), data: toHex(utf8("data"))},
    nonce: "42",
  });
});

test("what is empty is left out", () => {
  expect(blockToJson(blockOf(null))).not.toHaveProperty("payload");
  expect(blockToJson(taggedBlock("", "")).payload).toEqual({type: 5});
  expect(milestone).not.toHaveProperty("options");
  expect(milestone).not.toHaveProperty("metadata");
});

test("parents and nonce may be left for the node to fill in", () => {
  const {parents: _, nonce: __, ...draft} = json;
  expect(blockFromJson(draft)).toEqual({...taggedBlock("tag", "data"), parents: [], nonce: 0n});
  expect(blockFromJson({...draft, parents: null, payload: null})).toMatchObject({parents: [], payload: null});
});

test("hex is read in either case and kept in lower case", () => {
  const upper = json.parents.map((parent) => `0x${parent.slice(2).toUpperCase()}`);
  expect(blockFromJson({...json, parents: upper}).parents).toEqual(json.parents);
});

test("unknown fields do no harm", () => {
  expect(blockFromJson({...json, extra: 1})).toEqual(taggedBlock("tag", "data"));
});

describe("JSON is refused:", () => {
  const rejects: readonly (readonly [string, string, unknown, string])[] = [
    ["no object", "block/json", null, "the block"],
    ["a list", "block/json", [], "the block"],
    ["without a version", "block/json", {...json, protocolVersion: undefined}, "protocolVersion"],
    ["a version past a byte", "block/json", {...json, protocolVersion: 256}, "protocolVersion"],
    ["a parent without 0x", "block/json", {...json, parents: [idOf("a").slice(2)]}, "parents.0"],
    ["a parent of 31 bytes", "block/json", {...json, parents: [idOf("a").slice(0, -2)]}, "parents.0"],
    ["parents that are no list", "block/json", {...json, parents: "0x"}, "parents"],
    ["a nonce as a number", "block/json", {...json, nonce: 42}, "nonce"],
    ["a nonce in hex", "block/json", {...json, nonce: "0x2a"}, "nonce"],
    ["a nonce past 64 bits", "block/json", {...json, nonce: "18446744073709551616"}, "nonce"],
    ["a tag that is no hex", "block/json", {...json, payload: {type: 5, tag: "tag"}}, "payload.tag"],
    ["data of half a byte", "block/json", {...json, payload: {type: 5, data: "0x1"}}, "payload.data"],
    ["an index past 32 bits", "block/json", {...json, payload: {...milestone, index: 2 ** 32}}, "payload.index"],
    ["a fraction of a second", "block/json", {...json, payload: {...milestone, timestamp: 0.5}}, "payload.timestamp"],
    [
      "an unknown option",
      "block/json",
      {...json, payload: {...milestone, options: [{type: 2}]}},
      "payload.options.0.type",
    ],
    [
      "a signature of 63 bytes",
      "block/json",
      {
        ...json,
        payload: {...milestone, signatures: [{type: 0, publicKey: idOf("a"), signature: `0x${"00".repeat(63)}`}]},
      },
      "payload.signatures.0.signature",
    ],
  ];
  test.each(rejects)("%s", (_, code, value, field) => {
    expect(codeOf(() => blockFromJson(value))).toBe(code);
    expect(() => blockFromJson(value)).toThrow(`${field}: `);
  });

  test.each([
    ["a transaction", {type: 6}, "block/payload-not-supported"],
    ["an unknown payload", {type: 9}, "block/payload-type"],
    ["a payload without a type", {}, "block/payload-type"],
    ["a payload that is no object", "text", "block/payload-type"],
  ])("%s", (_, payload, code) => {
    expect(codeOf(() => blockFromJson({...json, payload}))).toBe(code);
  });

  test("a milestone that is none", () => {
    expect(codeOf(() => milestoneFromJson({...milestone, type: 5}))).toBe("block/json");
    expect(codeOf(() => milestoneFromJson(undefined))).toBe("block/json");
  });
});

describe("laws", () => {
  // codeOf throws on whatever is no GatewayError.
  test("any JSON is a block or refused with a code", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void codeOf(() => blockFromJson(value))));
  });

  test("a block with any one field of any other value is a block or refused with a code", () => {
    const fields = fc.constantFrom("protocolVersion", "parents", "payload", "nonce");
    const payloadFields = fc.constantFrom(...Object.keys(milestone), "tag", "data", "options", "metadata");
    fc.assert(
      fc.property(fields, payloadFields, fc.jsonValue(), (field, payloadField, value) => {
        codeOf(() => blockFromJson({...json, [field]: value}));
        codeOf(() => blockFromJson({...json, payload: {...milestone, [payloadField]: value}}));
        codeOf(() => blockFromJson({...json, payload: {...json.payload, [payloadField]: value}}));
      }),
    );
  });
});
