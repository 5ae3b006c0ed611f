import {expect, test} from "@jest/globals";
import fc from "fast-check";
import {fromUtf8, toHex, utf8} from "../../src/bytes.ts";
import {domainSeparated} from "../../src/identity/pure.ts";

test("signed bytes name the purpose and the network before the message", () => {
  const bytes = domainSeparated("audit-log", 0x0102030405060708n, utf8("hello"));
  expect(fromUtf8(bytes.subarray(0, 24))).toBe("tanglegate/audit-log/v1\0");
  expect(toHex(bytes.subarray(24, 32))).toBe("0x0807060504030201");
  expect(fromUtf8(bytes.subarray(32))).toBe("hello");
});

test("no two purposes, networks or messages give the same bytes", () => {
  const purpose = fc.constantFrom("coordinator", "audit-log", "meter", "token", "wallet", "peer" as const);
  const input = fc.tuple(purpose, fc.bigInt({min: 0n, max: 2n ** 64n - 1n}), fc.uint8Array({maxLength: 40}));
  fc.assert(
    fc.property(input, input, (a, b) => {
      const isSame = a[0] === b[0] && a[1] === b[1] && toHex(a[2]) === toHex(b[2]);
      expect(toHex(domainSeparated(...a)) === toHex(domainSeparated(...b))).toBe(isSame);
    }),
  );
});
