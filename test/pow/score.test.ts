import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {blake2b256} from "../../src/blake2b.ts";
import {fromHex, toHex} from "../../src/bytes.ts";
import {decodeB1t6, encodeB1t6} from "../../src/pow/b1t6.ts";
import {curlHash, trailingZerosOfHash} from "../../src/pow/curl.ts";
import {createWordEngine, powScore, trailingZeros, verifyScore, zerosNeeded} from "../../src/pow/index.ts";
import {powInput} from "../../src/pow/score.ts";
import {codeOf} from "../support/errors.ts";
import {describeVectors} from "../support/vectors.ts";
import {tritsOf, trytesOf} from "./trytes.ts";

describe("b1t6", () => {
  // TIP-5.
  test.each([
    ["0x00", "99"],
    ["0x7f", "SE"],
    ["0x80", "GV"],
    ["0xff", "Z9"],
    ["0x0001027e7f8081fdfeff", "99A9B9RESEGVHVX9Y9Z9"],
  ])("%s is %s", (hex, trytes) => {
    expect(trytesOf(encodeB1t6(fromHex(hex)))).toBe(trytes);
    expect(toHex(decodeB1t6(tritsOf(trytes)))).toBe(hex);
  });

  test.each([
    ["b1t6/not-canonical", tritsOf("LI")],
    ["b1t6/not-canonical", tritsOf("TE")],
    ["b1t6/not-canonical", tritsOf("FV")],
    ["b1t6/length", tritsOf("9")],
    ["b1t6/not-trits", Int8Array.of(2, 0, 0, 0, 0, 0)],
    ["b1t6/not-trits", Int8Array.of(0, 0, 0, 0, 0, -2)],
  ])("%s: %s", (code, trits) => {
    expect(codeOf(() => decodeB1t6(trits))).toBe(code);
  });

  test("what is encoded decodes to what it was, six balanced trits a byte", () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 64}), (bytes) => {
        const trits = encodeB1t6(bytes);
        expect(trits).toHaveLength(6 * bytes.length);
        expect(trits.every((trit) => trit >= -1 && trit <= 1)).toBe(true);
        expect(decodeB1t6(trits)).toEqual(bytes);
      }),
    );
  });
});

describeVectors<readonly {name: string; bytes?: string; trytes: string; error?: string}[]>("stardust-b1t6", (cases) => {
  test.each(cases)("$name", ({bytes, trytes, error}) => {
    if (error !== undefined || bytes === undefined) {
      expect(codeOf(() => decodeB1t6(tritsOf(trytes)))).toBe("b1t6/not-canonical");
      return;
    }
    expect(trytesOf(encodeB1t6(fromHex(`0x${bytes}`)))).toBe(trytes);
    expect(toHex(decodeB1t6(tritsOf(trytes)))).toBe(`0x${bytes}`);
  });
});

/** Curl-P-81 as its definition has it: one trit after the other, by the truth table. */
function curlByDefinition(input: Int8Array): Int8Array {
  const table = [1, 0, -1, 2, 1, -1, 0, 2, -1, 1, 0];
  let state = new Int8Array(729);
  state.set(input);
  for (let round = 0; round < 81; round++) {
    state = state.map((_, i) => table[state[(364 * i) % 729]! + 4 * state[(364 * (i + 1)) % 729]! + 5]!);
  }
  return state.slice(0, 243);
}

describe("Curl-P-81", () => {
  // The first of the published vectors.
  test("a known hash", () => {
    const input = "QZELVPOZTGSBCMEIZWZBGFSRPQNSMBREV9QD9JINWPNHHVCIFFGMHUH99OLWPXUZ9AWKJVYEC9JDTKRZO";
    const hash = "9MMGDFTUNMXVFRWTMVYWHKIUMJRWZPYVYDYHNATZWSLWPUSULDZVSJJXQPKXENXJFLTSEEMBJIWZLLXBX";
    expect(trytesOf(curlHash(tritsOf(input)))).toBe(hash);
  });

  test("is the definition, for any input, and keeps nothing between two calls", () => {
    const trits = fc.array(fc.integer({min: -1, max: 1}), {minLength: 243, maxLength: 243});
    fc.assert(
      fc.property(trits, (values) => {
        const input = Int8Array.from(values);
        const expected = curlByDefinition(input);
        expect(curlHash(input)).toEqual(expected);
        const zeros = 242 - expected.findLastIndex((trit) => trit !== 0);
        expect(trailingZerosOfHash(input)).toBe(zeros);
      }),
      {numRuns: 30},
    );
  });
});

describeVectors<readonly {in: string; hash: string}[]>("stardust-curl_p81", (cases) => {
  test(`${cases.length} published hashes`, () => {
    expect(cases.map(({in: input}) => trytesOf(curlHash(tritsOf(input))))).toEqual(cases.map(({hash}) => hash));
  });
});

describe("the score", () => {
  // TIP-12's example, and three of the reference implementation's tests.
  test.each([
    ["0x48656c6c6f2c20576f726c64215ee6aaaaaaaaaaaa", 9, 937.2857142857143],
    ["0x0000000000000000", 1, 0.375],
    ["0xcb7c020000000000", 10, 7381.125],
    ["0x41eb775555555555", 14, 597871.125],
  ])("of %s: %i zeros, %f", (hex, zeros, score) => {
    expect(trailingZeros(fromHex(hex))).toBe(zeros);
    expect(powScore(fromHex(hex))).toBe(score);
  });

  test("TIP-12's example, step by step", () => {
    const message = fromHex("0x48656c6c6f2c20576f726c64215ee6aaaaaaaaaaaa");
    const digest = blake2b256(message.slice(0, -8));
    expect(toHex(digest)).toBe("0x511bc81dde11180838c562c82bb35f3223f46061ebde4a955c27b3f489cf1e03");
    const input = powInput(digest, message.slice(-8));
    expect(trytesOf(input)).toBe("9C9AYYBATZQAXAH9BBVYQDYYPBDXNDWBHAO9ODPDFZTZTCAWKCLADXO9PWEYCAC9MCAZVXVXVXVXVXVX9");
    expect(trytesOf(curlHash(input))).toBe(
      "DJCAGKILZPLXNXWFTNXFLCHRFVUHHMTPFIOFKQXMGIKITSEVWECMQOKCFXDIIHK9YVHGQICAIVEVDJ999",
    );
  });

  test.each([
    // 3^z >= size x score, exactly at powers of three and one past them.
    [1, 0, 0],
    [32_768, 0, 0],
    [1, 1, 0],
    [1, 3, 1],
    [1, 4, 2],
    [243, 1, 5],
    [244, 1, 6],
    [9, 27, 5],
    [97, 1_500, 11],
    [358, 1_500, 13],
    [300, 4_000, 13],
    [32_768, 4_000, 18],
    [32_768, 4_294_967_295, 30],
  ])("%i bytes at score %i need %i zeros", (size, score, zeros) => {
    expect(zerosNeeded(size, score)).toBe(zeros);
  });

  test("is compared exactly: 937.28 is 937 and not 938", () => {
    const message = fromHex("0x48656c6c6f2c20576f726c64215ee6aaaaaaaaaaaa");
    expect(verifyScore(message, 937)).toBe(true);
    expect(verifyScore(message, 938)).toBe(false);
  });

  test("needs a nonce, and nothing else for 0", () => {
    expect(verifyScore(new Uint8Array(7), 0)).toBe(false);
    expect(verifyScore(new Uint8Array(8), 0)).toBe(true);
  });

  test("zeros needed are the least that reach the score", () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 32_768}), fc.nat({max: 0xffff_ffff}), (size, score) => {
        const zeros = zerosNeeded(size, score);
        const wanted = BigInt(size) * BigInt(score);
        expect(3n ** BigInt(zeros) >= wanted).toBe(true);
        if (zeros > 0) expect(3n ** BigInt(zeros - 1) < wanted).toBe(true);
      }),
    );
  });
});

describe("the engine", () => {
  const digest = new Uint8Array(32).fill(1);
  const engine = createWordEngine();

  // iota.js: performPow over the digest 0x0101...
  test.each([
    [0n, 3, 86n],
    [4_900n, 8, 4_936n],
  ])("from %s with %i zeros finds %s first", (firstNonce, targetZeros, nonce) => {
    expect(engine.search({digest, firstNonce, count: 1_000, targetZeros})).toBe(nonce);
  });

  test("looks at its range alone", () => {
    const search = (firstNonce: bigint, count: number) => engine.search({digest, firstNonce, count, targetZeros: 3});
    expect(search(0n, 86)).toBeNull();
    expect(search(0n, 87)).toBe(86n);
    expect(search(86n, 1)).toBe(86n);
    expect(search(87n, 0)).toBeNull();
    expect(search(87n, 1_000)).toBeGreaterThan(86n);
  });

  test("goes round at 2^64", () => {
    const last = 2n ** 64n - 5n;
    const found = engine.search({digest, firstNonce: last, count: 1_000, targetZeros: 3})!;
    expect(found >= last || found <= 86n).toBe(true);
    expect(engine.search({digest, firstNonce: 2n ** 64n - 1n, count: 1, targetZeros: 0})).toBe(2n ** 64n - 1n);
  });

  test("finds the first nonce that one-by-one counting finds, for any digest and beginning", () => {
    const digests = fc.uint8Array({minLength: 32, maxLength: 32});
    const nonces = fc.bigInt({min: 0n, max: 2n ** 64n - 1n});
    fc.assert(
      fc.property(digests, nonces, fc.integer({min: 1, max: 3}), (someDigest, firstNonce, targetZeros) => {
        const nonceBytes = new Uint8Array(8);
        const hasZeros = (nonce: bigint) => {
          new DataView(nonceBytes.buffer).setBigUint64(0, nonce, true);
          return trailingZerosOfHash(powInput(someDigest, nonceBytes)) >= targetZeros;
        };
        const range = Array.from({length: 100}, (_, i) => (firstNonce + BigInt(i)) % 2n ** 64n);
        const found = engine.search({digest: someDigest, firstNonce, count: range.length, targetZeros});
        expect(found).toBe(range.find(hasZeros) ?? null);
      }),
      {numRuns: 40},
    );
  });
});

interface PowCase {
  readonly name: string;
  readonly message?: string;
  readonly powDigest?: string;
  readonly curlInput?: string;
  readonly powHash?: string;
  readonly trailingZeros?: number;
  readonly score?: number;
  readonly targetZeros?: number;
  readonly startNonce?: string;
  readonly foundNonce?: string;
}

describeVectors<readonly PowCase[]>("stardust-pow", (cases) => {
  test.each(cases.filter(({message}) => message !== undefined))("$name", (vector) => {
    const message = fromHex(`0x${vector.message}`);
    expect(trailingZeros(message)).toBe(vector.trailingZeros);
    expect(powScore(message)).toBeCloseTo(vector.score!, 10);
    const digest = blake2b256(message.slice(0, -8));
    const input = powInput(digest, message.slice(-8));
    if (vector.powDigest !== undefined) expect(toHex(digest)).toBe(`0x${vector.powDigest}`);
    if (vector.curlInput !== undefined) expect(trytesOf(input)).toBe(vector.curlInput);
    if (vector.powHash !== undefined) expect(trytesOf(curlHash(input))).toBe(vector.powHash);
  });

  test.each(cases.filter(({foundNonce}) => foundNonce !== undefined))("$name", (vector) => {
    const found = createWordEngine().search({
      digest: fromHex(`0x${vector.powDigest}`),
      firstNonce: BigInt(vector.startNonce!),
      count: 10_000,
      targetZeros: vector.targetZeros!,
    });
    expect(found).toBe(BigInt(vector.foundNonce!));
  });
});
