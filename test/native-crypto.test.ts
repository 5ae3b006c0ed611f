// What a process installs must give what noble gives, bit for bit and verdict for verdict.

import {beforeAll, describe, expect, test} from "@jest/globals";
import * as nobleEd25519 from "@noble/ed25519";
import {blake2b} from "@noble/hashes/blake2.js";
import {sha256 as nobleSha256} from "@noble/hashes/sha2.js";
import fc from "fast-check";
import {blake2b256} from "../src/blake2b.ts";
import {fromHex, toHex, utf8} from "../src/bytes.ts";
import {publicKeyOf, signEd25519, verifyEd25519} from "../src/ed25519.ts";
import {installNativeCrypto} from "../src/native-crypto.ts";
import {sha256} from "../src/sha256.ts";
import {describeVectors} from "./support/vectors.ts";

beforeAll(async () => {
  await installNativeCrypto();
});

const bytes = fc.uint8Array({maxLength: 1_000});
const seeds = fc.uint8Array({minLength: 32, maxLength: 32});
const bare = (text: string) => fromHex(`0x${text}`);

describe("hashes", () => {
  test("are noble's", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(toHex(blake2b256(value))).toBe(toHex(blake2b(value, {dkLen: 32})));
        expect(toHex(sha256(value))).toBe(toHex(nobleSha256(value)));
      }),
    );
  });

  test("of a part of larger memory are of that part", () => {
    const memory = utf8("before the text after");
    const part = memory.subarray(7, 15);
    expect(toHex(blake2b256(part))).toBe(toHex(blake2b256(part.slice())));
    expect(toHex(sha256(part))).toBe(toHex(sha256(part.slice())));
  });

  test("a digest keeps its bytes when the next one is made", () => {
    for (const hash of [blake2b256, sha256]) {
      const first = hash(utf8("first"));
      const text = toHex(first);
      hash(utf8("second"));
      expect(toHex(first)).toBe(text);
      expect(first).toHaveLength(32);
    }
  });
});

describe("Ed25519", () => {
  test("keys and signatures are noble's, and hold", () => {
    fc.assert(
      fc.property(seeds, bytes, (seed, message) => {
        const publicKey = publicKeyOf(seed);
        const signature = signEd25519(seed, message);
        expect(toHex(publicKey)).toBe(toHex(nobleEd25519.getPublicKey(seed)));
        expect(toHex(signature)).toBe(toHex(nobleEd25519.sign(message, seed)));
        expect(verifyEd25519(publicKey, message, signature)).toBe(true);
      }),
      {numRuns: 30},
    );
  });

  test("stays right past the number of keys that are kept", () => {
    const message = utf8("message");
    const seedOf = (i: number) => blake2b256(utf8(`seed ${i}`));
    const signed = Array.from({length: 300}, (_, i) => ({
      publicKey: publicKeyOf(seedOf(i)),
      signature: signEd25519(seedOf(i), message),
    }));
    for (const [i, {publicKey, signature}] of signed.entries()) {
      expect(verifyEd25519(publicKey, message, signature)).toBe(true);
      expect(verifyEd25519(signed[(i + 1) % signed.length]!.publicKey, message, signature)).toBe(false);
    }
  });

  test("keys that OpenSSL cannot read are judged by ZIP-215 and never throw", () => {
    fc.assert(
      fc.property(seeds, fc.uint8Array({minLength: 64, maxLength: 64}), (publicKey, signature) => {
        expect(verifyEd25519(publicKey, utf8("message"), signature)).toBe(false);
      }),
      {numRuns: 30},
    );
  });
});

interface SignatureCase {
  readonly pub_key?: string;
  readonly pk?: string;
  readonly message?: string;
  readonly msg?: string;
  readonly signature?: string;
  readonly sig?: string;
}

// OpenSSL may refuse what ZIP-215 accepts, noble then judges; it must never accept what ZIP-215 refuses.
for (const name of ["stardust-ed25519_zip215", "audit-ed25519-wycheproof"]) {
  describeVectors<readonly SignatureCase[]>(name, (cases) => {
    test(`the verdict on ${cases.length} signatures is noble's`, () => {
      const nobleVerdict = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => {
        try {
          return nobleEd25519.verify(signature, message, publicKey, {zip215: true});
        } catch {
          return false;
        }
      };
      for (const vector of cases) {
        const publicKey = bare((vector.pub_key ?? vector.pk)!);
        const message = bare((vector.message ?? vector.msg)!);
        const signature = bare((vector.signature ?? vector.sig)!);
        expect(verifyEd25519(publicKey, message, signature)).toBe(nobleVerdict(signature, message, publicKey));
      }
    });
  });
}
