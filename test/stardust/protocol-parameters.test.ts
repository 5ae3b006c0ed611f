import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {concatBytes, toHex} from "../../src/bytes.ts";
import {GatewayError} from "../../src/errors.ts";
import {
  networkIdOf,
  type ProtocolParameters,
  parseProtocolParameters,
  serializeProtocolParameters,
} from "../../src/stardust/index.ts";
import {codeOf} from "../support/errors.ts";

// hornet's private tangle, as its configuration has it.
const privateTangle: ProtocolParameters = {
  version: 2,
  networkName: "private_tangle1",
  bech32Hrp: "tst",
  minPowScore: 0,
  belowMaxDepth: 15,
  rentStructure: {vByteCost: 500, vByteFactorData: 1, vByteFactorKey: 10},
  tokenSupply: 2_779_530_283_277_761n,
};

test("bytes of the private tangle's parameters, field by field (TIP-35)", () => {
  const fields = [
    "02", // version
    "0f", // length of the name
    "707269766174655f74616e676c6531", // "private_tangle1"
    "03", // length of the HRP
    "747374", // "tst"
    "00000000", // min PoW score
    "0f", // below max depth
    "f4010000", // virtual byte cost
    "01", // factor of data
    "0a", // factor of keys
    "c15d2dd3f7df0900", // token supply
  ];
  expect(toHex(serializeProtocolParameters(privateTangle))).toBe(`0x${fields.join("")}`);
});

test("what is written reads as what it was", () => {
  const u32 = fc.nat({max: 0xffff_ffff});
  const u8 = fc.nat({max: 0xff});
  const name = fc
    .string({maxLength: 60, unit: "grapheme"})
    .filter((text) => new TextEncoder().encode(text).length < 256);
  const parameters = fc.record({
    version: u8,
    networkName: name,
    bech32Hrp: name,
    minPowScore: u32,
    belowMaxDepth: u8,
    rentStructure: fc.record({vByteCost: u32, vByteFactorData: u8, vByteFactorKey: u8}),
    tokenSupply: fc.bigInt({min: 0n, max: 2n ** 64n - 1n}),
  });
  fc.assert(
    fc.property(parameters, (value) => {
      expect(parseProtocolParameters(serializeProtocolParameters(value))).toEqual(value);
    }),
  );
});

test("any bytes are parameters or refused with a code", () => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 64}), (bytes) => {
      try {
        expect(toHex(serializeProtocolParameters(parseProtocolParameters(bytes)))).toBe(toHex(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(GatewayError);
      }
    }),
  );
});

describe("parameters are refused:", () => {
  const bytes = serializeProtocolParameters(privateTangle);
  const badName = bytes.slice();
  badName[2] = 0xff;
  test.each([
    ["cut short", "parameters/truncated", () => parseProtocolParameters(bytes.slice(0, -1))],
    [
      "a byte too many",
      "parameters/trailing-bytes",
      () => parseProtocolParameters(concatBytes(bytes, Uint8Array.of(0))),
    ],
    ["a name that is not UTF-8", "parameters/not-text", () => parseProtocolParameters(badName)],
    [
      "a name of 256 bytes",
      "parameters/length",
      () => serializeProtocolParameters({...privateTangle, networkName: "n".repeat(256)}),
    ],
    ["a depth of 256", "parameters/range", () => serializeProtocolParameters({...privateTangle, belowMaxDepth: 256})],
  ])("%s", (_, code, call) => {
    expect(codeOf(call)).toBe(code);
  });
});

test("the network id is that of the name alone", () => {
  expect(networkIdOf("tanglegate-demo")).toBe(networkIdOf("tanglegate-demo"));
  expect(networkIdOf("tanglegate-demo")).not.toBe(networkIdOf("tanglegate-Demo"));
});
