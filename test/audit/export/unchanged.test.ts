import {expect, test} from "@jest/globals";
import {unchanged} from "../../../src/audit/export/unchanged.ts";
import {writeZip} from "../../../src/audit/export/zip.ts";
import {networkFileOf} from "../support.ts";
import {bytesOf, factsOf, itemOf, iterate} from "./support.ts";

const allOf = async (items: AsyncIterable<number>) => {
  const all: number[] = [];
  for await (const item of items) all.push(item);
  return all;
};

test("as many items as were counted pass", async () => {
  expect(await allOf(unchanged(iterate([1, 2, 3]), 3))).toEqual([1, 2, 3]);
  expect(await allOf(unchanged(iterate([]), 0))).toEqual([]);
});

test.each([
  ["more", [1, 2, 3]],
  ["fewer", [1]],
])("%s items than were counted end an export with an error", async (_, items) => {
  await expect(allOf(unchanged(iterate(items), 2))).rejects.toMatchObject({code: "audit/conflict"});
});

const zipOf = (changes: object) =>
  writeZip({
    facts: factsOf({count: 1, machines: []}),
    entries: () => iterate([itemOf()]),
    proofs: () => iterate([]),
    network: networkFileOf(),
    verifyPage: new Uint8Array(1),
    ...changes,
  });

test("a zip whose proofs are not of as many entries as were counted ends with an error", async () => {
  await expect(bytesOf(zipOf({}))).rejects.toMatchObject({code: "audit/conflict"});
});

test("a zip with a part that fails ends with its error", async () => {
  const broken = async function* () {
    yield itemOf();
    throw new Error("the disk is gone");
  };
  await expect(bytesOf(zipOf({entries: broken}))).rejects.toThrow("the disk is gone");
});
