// Ed25519 by ZIP-215 (TIP-14) as noble computes it. native-crypto.test.ts puts OpenSSL before it and wants the same verdicts.

import {describe, expect, test} from "@jest/globals";
import {blake2b256} from "../src/blake2b.ts";
import {fromHex, toHex, utf8} from "../src/bytes.ts";
import {publicKeyOf, signEd25519, verifyEd25519} from "../src/ed25519.ts";
import {describeVectors} from "./support/vectors.ts";

const bare = (text: string) => fromHex(`0x${text}`);

describe("key figures", () => {
  // RFC 8032 section 7.1, test 2.
  const seed = fromHex("0x4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const publicKey = "0x3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
  const signature =
    "0x92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

  test("RFC 8032's key and signature", () => {
    expect(toHex(publicKeyOf(seed))).toBe(publicKey);
    expect(toHex(signEd25519(seed, Uint8Array.of(0x72)))).toBe(signature);
    expect(verifyEd25519(fromHex(publicKey), Uint8Array.of(0x72), fromHex(signature))).toBe(true);
  });

  test("a changed bit of message, key or signature does not hold", () => {
    const verify = (key: Uint8Array, message: Uint8Array, bytes: Uint8Array) => verifyEd25519(key, message, bytes);
    const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
    const message = Uint8Array.of(0x72);
    expect(verify(fromHex(publicKey), flip(message, 0), fromHex(signature))).toBe(false);
    expect(verify(flip(fromHex(publicKey), 5), message, fromHex(signature))).toBe(false);
    for (const at of [0, 31, 32, 63]) {
      expect(verify(fromHex(publicKey), message, flip(fromHex(signature), at))).toBe(false);
    }
  });

  test("wrong lengths do not hold and do not throw", () => {
    expect(verifyEd25519(new Uint8Array(31), utf8("m"), new Uint8Array(64))).toBe(false);
    expect(verifyEd25519(new Uint8Array(32), utf8("m"), new Uint8Array(63))).toBe(false);
    expect(verifyEd25519(new Uint8Array(0), utf8("m"), new Uint8Array(0))).toBe(false);
  });

  // ZIP-215: key and R the identity, S = 0. Strict verifiers refuse it, the network's nodes do not.
  test("a small-order key and R with S = 0 hold", () => {
    const identity = fromHex(`0x01${"00".repeat(31)}`);
    expect(verifyEd25519(identity, utf8("Zcash"), fromHex(`0x01${"00".repeat(63)}`))).toBe(true);
  });

  // S + L instead of S: the equation holds, but S must be below the group order (RFC 8032, TIP-14).
  test("a signature with S past the group order does not hold", () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const bytes = fromHex(signature);
    const s = BigInt(toHex(bytes.slice(32).reverse())) + order;
    bytes.set(fromHex(`0x${s.toString(16).padStart(64, "0")}`).reverse(), 32);
    expect(verifyEd25519(fromHex(publicKey), Uint8Array.of(0x72), bytes)).toBe(false);
  });
});

interface Zip215Case {
  readonly name: string;
  readonly address?: string;
  readonly message: string;
  readonly pub_key: string;
  readonly signature: string;
  readonly valid: boolean;
}

describeVectors<readonly Zip215Case[]>("stardust-ed25519_zip215", (cases) => {
  test.each(cases)("$name", ({address, message, pub_key, signature, valid}) => {
    // The rows of TIP-14 are about unlocking an address: type 0 and the hash of the key.
    const isOfAddress = address === undefined || address === `00${toHex(blake2b256(bare(pub_key))).slice(2)}`;
    expect(isOfAddress && verifyEd25519(bare(pub_key), bare(message), bare(signature))).toBe(valid);
  });
});

interface SignCase {
  readonly seed: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
}

describeVectors<readonly SignCase[]>("stardust-ed25519_sign_blake2b", (cases) => {
  test(`${cases.length} keys and signatures`, () => {
    for (const {seed, publicKey, message, signature} of cases) {
      expect(toHex(publicKeyOf(bare(seed)))).toBe(`0x${publicKey}`);
      expect(toHex(signEd25519(bare(seed), bare(message)))).toBe(`0x${signature}`);
      expect(verifyEd25519(bare(publicKey), bare(message), bare(signature))).toBe(true);
    }
  });
});

interface WycheproofCase {
  readonly tcId: number;
  readonly pk: string;
  readonly msg: string;
  readonly sig: string;
  readonly result: "valid" | "invalid";
  readonly flags: readonly string[];
}

// The one case of Wycheproof that ZIP-215 decides otherwise: R is the identity with the sign bit of a zero x set. RFC 8032 section 5.1.3
// refuses to decode that point; ZIP-215 takes non-canonical encodings of R as the points they mean.
const VALID_BY_ZIP215 = new Set([151]);

describeVectors<readonly WycheproofCase[]>("audit-ed25519-wycheproof", (cases) => {
  test.each(cases)("case $tcId, $flags: $result", ({tcId, pk, msg, sig, result}) => {
    const isValid = result === "valid" || VALID_BY_ZIP215.has(tcId);
    expect(verifyEd25519(bare(pk), bare(msg), bare(sig))).toBe(isValid);
  });
});
