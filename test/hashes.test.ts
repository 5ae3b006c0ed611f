import {describe, expect, test} from "@jest/globals";
import {blake2b256} from "../src/blake2b.ts";
import {fromHex, toHex, utf8} from "../src/bytes.ts";
import {sha256} from "../src/sha256.ts";
import {describeVectors} from "./support/vectors.ts";

describe("BLAKE2b-256", () => {
  // Of nothing: the root of an empty milestone in every published one. Of "abc": as b2sum -l 256 gives it. TIP-12: its example's digest.
  test.each([
    ["", "0x0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"],
    ["abc", "0xbddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"],
    ["Hello, World!", "0x511bc81dde11180838c562c82bb35f3223f46061ebde4a955c27b3f489cf1e03"],
  ])("of %j", (text, digest) => {
    expect(toHex(blake2b256(utf8(text)))).toBe(digest);
  });
});

describe("SHA-256", () => {
  // FIPS 180-4's examples.
  test.each([
    ["", "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "0x248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
  ])("of %j", (text, digest) => {
    expect(toHex(sha256(utf8(text)))).toBe(digest);
  });
});

describeVectors<readonly {message: string; blake2b256: string}[]>("stardust-ed25519_sign_blake2b", (cases) => {
  test(`BLAKE2b-256 of ${cases.length} messages`, () => {
    const digests = cases.map(({message}) => toHex(blake2b256(fromHex(`0x${message}`))).slice(2));
    expect(digests).toEqual(cases.map((vector) => vector.blake2b256));
  });
});
