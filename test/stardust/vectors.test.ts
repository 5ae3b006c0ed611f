// Published vectors: serialization and milestones of the network's own libraries, network ids of TIP-20.

import {describe, expect, test} from "@jest/globals";
import {fromHex, type Hex, toHex} from "../../src/bytes.ts";
import {verifyEd25519} from "../../src/ed25519.ts";
import {Reader, Writer} from "../../src/stardust/codec.ts";
import {
  blockFromJson,
  blockIdOf,
  blockToJson,
  milestoneFromJson,
  milestoneIdOf,
  milestoneToJson,
  networkIdOf,
  parseBlock,
  parseMilestonePayload,
  serializeBlock,
  serializeMilestoneEssence,
  serializeMilestonePayload,
} from "../../src/stardust/index.ts";
import {readOption, writeOption} from "../../src/stardust/milestone-option.ts";
import {readTaggedData, writeTaggedData} from "../../src/stardust/tagged-data.ts";
import {codeOf} from "../support/errors.ts";
import {describeVectors} from "../support/vectors.ts";

interface SerializationCase {
  readonly kind: string;
  readonly name: string;
  readonly hex: string;
  readonly json: {
    readonly type?: number;
    readonly protocolVersion?: number;
    readonly payload?: {readonly type: number};
  };
  readonly blockId?: Hex;
}

// The vectors write empty bytes and lists out; nodes leave them away.
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value)
    .filter(([, field]) => field !== "0x" && field !== "" && !(Array.isArray(field) && field.length === 0))
    .map(([name, field]) => [name, withoutEmpty(field)]);
  return Object.fromEntries(fields);
}

describeVectors<readonly SerializationCase[]>("stardust-serialization", (cases) => {
  test.each(cases.filter(({kind}) => kind === "milestonePayload"))("$name", ({hex, json}) => {
    const bytes = fromHex(`0x${hex}`);
    const milestone = parseMilestonePayload(bytes);
    expect(milestoneToJson(milestone)).toEqual(withoutEmpty(json));
    expect(milestoneFromJson(json)).toEqual(milestone);
    expect(serializeMilestonePayload(milestone)).toEqual(bytes);
  });

  test.each(cases.filter(({kind}) => kind === "milestoneOption"))("$name", ({hex}) => {
    const bytes = fromHex(`0x${hex}`);
    const reader = new Reader(bytes, "block");
    const option = readOption(reader);
    reader.end();
    const writer = new Writer("block");
    writeOption(writer, option);
    expect(writer.finish()).toEqual(bytes);
  });

  test.each(cases.filter(({kind}) => kind === "taggedData"))("$name", ({hex}) => {
    const bytes = fromHex(`0x${hex}`);
    const reader = new Reader(bytes, "block");
    expect(reader.u32("payload type")).toBe(5);
    const payload = readTaggedData(reader);
    expect(payload).toEqual({kind: "tagged-data", tag: fromHex("0x666f6f"), data: fromHex("0x626172")});
    const writer = new Writer("block");
    writeTaggedData(writer, payload);
    expect(writer.finish()).toEqual(bytes);
  });

  const blocks = cases.filter(({kind}) => kind === "block");
  test.each(blocks.filter(({json}) => json.payload?.type !== 6))("$name", ({hex, json, blockId}) => {
    const bytes = fromHex(`0x${hex}`);
    const block = parseBlock(bytes, {version: json.protocolVersion!});
    expect(blockToJson(block)).toEqual(withoutEmpty(json));
    expect(blockFromJson(json)).toEqual(block);
    expect(serializeBlock(block)).toEqual(bytes);
    expect(blockIdOf(bytes)).toBe(blockId);
  });

  test.each(blocks.filter(({json}) => json.payload?.type === 6))("$name: refused today", ({hex, json}) => {
    const parameters = {version: json.protocolVersion!};
    expect(codeOf(() => parseBlock(fromHex(`0x${hex}`), parameters))).toBe("block/payload-not-supported");
    expect(codeOf(() => blockFromJson(json))).toBe("block/payload-not-supported");
  });

  test("the kinds that are built are all there", () => {
    const kinds = cases.map(({kind}) => kind).filter((kind) => kind !== "outputs" && kind !== "essence");
    expect(kinds.sort()).toEqual([
      ...Array(4).fill("block"),
      ...Array(2).fill("milestoneOption"),
      ...Array(4).fill("milestonePayload"),
      "taggedData",
    ]);
  });
});

interface MilestoneCase {
  readonly name: string;
  readonly payload: unknown;
  readonly milestoneId: Hex;
  readonly blockId: Hex;
  readonly essenceHex: string;
  readonly blockHex: string;
  readonly signaturesValid: readonly boolean[];
}

describeVectors<readonly MilestoneCase[]>("stardust-milestones", (cases) => {
  test.each(cases)("$name", (vector) => {
    const milestone = milestoneFromJson(vector.payload);
    const blockBytes = fromHex(`0x${vector.blockHex}`);
    expect(toHex(serializeMilestoneEssence(milestone))).toBe(`0x${vector.essenceHex}`);
    expect(milestoneIdOf(milestone)).toBe(vector.milestoneId);
    const block = parseBlock(blockBytes, {version: 2});
    expect(block.payload).toEqual(milestone);
    expect(blockIdOf(serializeBlock(block))).toBe(vector.blockId);
    const message = fromHex(milestoneIdOf(milestone));
    const verdicts = milestone.signatures.map(({publicKey, signature}) =>
      verifyEd25519(fromHex(publicKey), message, signature),
    );
    expect(verdicts).toEqual(vector.signaturesValid);
  });
});

describeVectors<readonly {networkName: string; networkId: string}[]>("stardust-network_ids", (cases) => {
  test.each(cases)("$networkName", ({networkName, networkId}) => {
    expect(networkIdOf(networkName)).toBe(BigInt(networkId));
  });
});

describe("key figures of the vectors", () => {
  // TIP-20; hornet's private tangle.
  test.each([
    ["iota-mainnet", 9374574019616453254n],
    ["shimmer", 14364762045254553490n],
    ["private_tangle1", 8453507715857476362n],
  ])("network id of %s", (name, id) => {
    expect(networkIdOf(name)).toBe(id);
  });

  // TIP-24's example.
  const example =
    "0x0202210fc7bb818639ac48a4c6afa2f1581a8b9525e20fda68927f2b2ff836f73578db0fa54c29f7fd928d92ca43f193dee47f591549f597a811c8fa67ab031e" +
    "bd9c180000000500000004494f54410b00000068656c6c6f20776f726c64ce6d000000000000";
  test("TIP-24's example reads as the text says and is written back", () => {
    const block = parseBlock(fromHex(example), {version: 2});
    expect(blockToJson(block)).toEqual({
      protocolVersion: 2,
      parents: [
        "0x210fc7bb818639ac48a4c6afa2f1581a8b9525e20fda68927f2b2ff836f73578",
        "0xdb0fa54c29f7fd928d92ca43f193dee47f591549f597a811c8fa67ab031ebd9c",
      ],
      payload: {type: 5, tag: "0x494f5441", data: "0x68656c6c6f20776f726c64"},
      nonce: "28110",
    });
    expect(toHex(serializeBlock(block))).toBe(example);
  });

  // inx-poi's published proof: milestone 13 of a private tangle.
  const published = {
    type: 7,
    index: 13,
    timestamp: 1653768570,
    protocolVersion: 2,
    previousMilestoneId: "0x17c0a6a711857ea46158ca46ed20daa09cf7b3fa9e7dbab67b4ba3b90ebba77a",
    parents: [
      "0x417aab094d8e73b439f8cc68f8e7d83be2239bb34d20332f52e9cd7d6534ae6c",
      "0x4a0dc52628bd688cfd83028d13ad4ab3b8ef9f28a44a3064fa22309660e7dc43",
      "0x5b7b045b8b09980bcc8229eb3eb304a960b035c4737e33ea1a24d65b065df83c",
      "0x9b7d35e3e17f00e8bf221890a55ae14bbd0a52a4624defa6a88d5235e00c7d80",
      "0xc8e8ca9c3c9a5111520b41c37086f7e0249ed1a8d619976f011be8abeb8771a8",
      "0xf5d25ae03293dc54115b78b100c41ac540df00925c9d0ae95431f09e3f7be1d1",
    ],
    inclusionMerkleRoot: "0xee3c9836ae52b79163cd9f645099edf7e9305d669123a396d73e30e2c3bafdd1",
    appliedMerkleRoot: "0x0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
    signatures: [
      {
        type: 0,
        publicKey: "0xed3c3f1a319ff4e909cf2771d79fece0ac9bd9fd2ee49ea6c0885c9cb3b1248c",
        signature:
          "0x84373ad012aefc4966cd53331d40e94183ecfc81aeaf20c71ed1b98ce8a07b1cf4370ea00d97e165b7ee9e8656f351f6010dfa584ebdb66d8233c6c51e840600",
      },
    ],
  };
  test("the id of a published milestone, which its published signature signs", () => {
    const milestone = milestoneFromJson(published);
    expect(milestoneIdOf(milestone)).toBe("0xca2daeeddc6f1be57a75d216bb76db90de39ca59ce38953ba32c2dcf945e3d50");
    const {publicKey, signature} = milestone.signatures[0]!;
    expect(verifyEd25519(fromHex(publicKey), fromHex(milestoneIdOf(milestone)), signature)).toBe(true);
    expect(milestoneToJson(milestone)).toEqual(published);
  });
});
