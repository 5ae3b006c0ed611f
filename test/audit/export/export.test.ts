import {afterAll, beforeAll, describe, expect, jest, test} from "@jest/globals";
import fc from "fast-check";
import {type Audit, type Exporter, verifyProofFile} from "../../../src/audit/index.ts";
import type {
  AuditExportDocument,
  AuditExportQuery,
  AuditFilter,
  AuditProofFile,
  AuditSearchItem,
} from "../../../src/client/index.ts";
import {listZip} from "../../../src/console/verify/unzip.ts";
import {installNativeCrypto} from "../../../src/native-crypto.ts";
import {createSurroundings, networkFileOf, type Surroundings} from "../support.ts";
import {bytesOf, parseCsv, textOf} from "./support.ts";

jest.setTimeout(120_000);

let around: Surroundings;
let audit: Audit;
let exporter: Exporter;

const going = () => new AbortController().signal;
const begin = (query: AuditExportQuery, signal = going()) => exporter.begin(query, {actor: "user:anna", signal});
/** What the search gives a reader page by page. */
const searched = async (filter: AuditFilter): Promise<readonly AuditSearchItem[]> => {
  const items: AuditSearchItem[] = [];
  let cursor: string | undefined;
  do {
    const page = await audit.search({...filter, pageSize: 100, ...(cursor === undefined ? {} : {cursor})});
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
};
const shown = async (filter: AuditFilter): Promise<readonly AuditSearchItem[]> => {
  const items: AuditSearchItem[] = [];
  for await (const item of audit.freeze().entries(filter)) items.push(item);
  return items;
};
const nameOf = ({machine, seq}: {machine: string; seq: number}) => `${machine}/${seq}`;

beforeAll(async () => {
  await installNativeCrypto();
  around = await createSurroundings();
  audit = around.create();
  exporter = around.exporter(audit);
  await audit.start();
  const append = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      await audit.append(
        [
          {
            machine: ["press-7", "saw", "oven"][i % 3]!,
            type: i % 4 === 0 ? "alarm" : "parameter-change",
            subject: i % 5 === 0 ? "temperature" : "pressure",
            body: i % 7 === 0 ? {text: "=1+1, €"} : {old: i, new: -i, unit: "bar"},
          },
        ],
        {actor: i % 2 === 0 ? "user:anna" : "token:line-7"},
      );
      await around.clock.advance(1_000);
    }
  };
  await append(0, 40);
  await around.anchor(audit);
  await append(40, 60);
  await audit.review("saw", {kind: "reviewed", entries: [[0, 8]]}, {actor: "user:rita"});
  await audit.review("oven", {kind: "question", entries: [[3, 5]], comment: "Why?"}, {actor: "user:rita"});
  await audit.erase("saw", 2, {reason: "asked", legalBasis: "GDPR Art. 17"}, {actor: "user:dora"});
  // A log longer than a bundle.
  await audit.append(
    Array.from({length: 600}, (_, i) => ({
      machine: "mill",
      type: i % 3 === 0 ? "alarm" : "batch-end",
      body: {part: i},
    })),
    {actor: "user:ben"},
  );
});
afterAll(async () => {
  await audit.stop();
  await around.remove();
});

const filters: fc.Arbitrary<AuditFilter> = fc
  .record(
    {
      machines: fc.uniqueArray(fc.constantFrom("press-7", "saw", "oven", "mill"), {minLength: 1}),
      types: fc.uniqueArray(fc.constantFrom("alarm", "parameter-change", "batch-end"), {minLength: 1}),
      actor: fc.constantFrom("anna", "line", "BEN", "nobody"),
      subject: fc.constantFrom("press", "temp"),
      value: fc.constantFrom("1", "-2", "€"),
      text: fc.constantFrom("bar", "alarm", "7"),
      from: fc.constant("2026-06-01T00:00:20.000Z"),
      to: fc.constant("2026-06-01T00:00:50.000Z"),
      state: fc.constantFrom("verified", "waiting"),
      review: fc.constantFrom("open", "reviewed", "question"),
    },
    {requiredKeys: []},
  )
  .map((filter) => filter as AuditFilter);

describe("an export shows exactly the entries of the search, in order:", () => {
  test("JSON", async () => {
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const expected = await searched(filter);
        const {bytes, facts} = await begin({...filter, format: "json"});
        const document = JSON.parse(await textOf(bytes)) as AuditExportDocument;
        expect(document.entries).toEqual(expected);
        expect(document.count).toBe(expected.length);
        expect(document.filter).toEqual(filter);
        expect(facts.count).toBe(expected.length);
      }),
      {numRuns: 40},
    );
  });

  test("CSV", async () => {
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const expected = await searched(filter);
        const {bytes} = await begin({...filter, format: "csv"});
        const records = parseCsv(await textOf(bytes)).filter(([first]) => !/^\ufeff?#/.test(first!));
        expect(records.slice(1).map(([machine, seq]) => `${machine}/${seq}`)).toEqual(expected.map(nameOf));
      }),
      {numRuns: 40},
    );
  });

  test("and the proofs of the zip are of these and no others, each verified as far as it is anchored", async () => {
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const expected = await shown(filter);
        const {bytes} = await begin({...filter, format: "zip"});
        const files = await listZip(new Blob([new Uint8Array(await bytesOf(bytes))]));
        const proven: string[] = [];
        for (const file of files.filter(({name}) => name.startsWith("proofs/"))) {
          const proof = JSON.parse(await file.text()) as AuditProofFile;
          const verdict = verifyProofFile(proof, networkFileOf());
          if (verdict.state !== "verified" && verdict.state !== "waiting") throw new Error(JSON.stringify(verdict));
          const known = new Map(expected.map((item) => [nameOf(item), item.state]));
          for (const entry of verdict.entries) {
            proven.push(nameOf(entry));
            expect(known.get(nameOf(entry))).toBe(verdict.state);
          }
          expect(proof.entries.map(({seq}) => seq)).toEqual(verdict.entries.map(({seq}) => seq));
          expect(file.name).toBe(
            `proofs/${proof.machine}-${proof.entries[0]!.seq}-${proof.entries.at(-1)!.seq}.audit.json`,
          );
        }
        expect(proven.toSorted()).toEqual(expected.map(nameOf).toSorted());
      }),
      {numRuns: 25},
    );
  });
});

test("a zip holds a README, the three formats, the page that checks, the network and proofs", async () => {
  const {bytes, fileName, mediaType} = await begin({format: "zip", machines: ["mill"], language: "de"});
  const files = await listZip(new Blob([new Uint8Array(await bytesOf(bytes))]));
  expect(files.map(({name}) => name)).toEqual([
    "README.txt",
    "verify.html",
    "network.json",
    "entries.csv",
    "entries.json",
    "report.pdf",
    "proofs/mill-0-599.audit.json",
  ]);
  expect(await files[1]!.text()).toContain("the page that checks");
  expect(JSON.parse(await files[2]!.text())).toEqual(networkFileOf());
  expect(fileName).toMatch(/^audit-gateway\.example-2026-06-01T\d\d-\d\d-\d\dZ\.zip$/);
  expect(mediaType).toBe("application/zip");
});

test("bodies of entries that were not chosen are in no part of a zip", async () => {
  await audit.append(
    [
      {machine: "safe", type: "shown", body: {word: "open"}},
      {machine: "safe", type: "hidden", body: {word: "SECRET-BODY"}},
      {machine: "safe", type: "shown", body: {word: "open"}},
    ],
    {actor: "user:anna"},
  );
  const {bytes} = await begin({format: "zip", machines: ["safe"], types: ["shown"]});
  const files = await listZip(new Blob([new Uint8Array(await bytesOf(bytes))]));
  const texts = await Promise.all(files.filter(({name}) => !name.endsWith(".pdf")).map((file) => file.text()));
  expect(texts.some((text) => text.includes("SECRET-BODY"))).toBe(false);
  const proof = JSON.parse(texts.at(-1)!) as AuditProofFile;
  expect(proof.format).toBe("tanglegate-audit-proof/v2");
  expect(verifyProofFile(proof, networkFileOf())).toMatchObject({state: "waiting", gaps: [{from: 1, to: 1}]});
});

test("an export is an entry of the gateway's own log before its first byte, with filter, format and count", async () => {
  const {bytes, facts} = await begin({format: "csv", machines: ["saw"], actor: "anna"});
  const count = (await shown({machines: ["saw"], actor: "anna"})).length;
  expect(await audit.entry(facts.recordedAs.machine, facts.recordedAs.seq)).toMatchObject({
    machine: "gateway",
    type: "export",
    actor: "user:anna",
    body: {format: "csv", language: "en", filter: {machines: ["saw"], actor: "anna"}, count},
  });
  expect(await textOf(bytes)).toContain(`# Recorded as: entry ${facts.recordedAs.seq} of the log gateway`);
});

test("a machine that is named twice is exported once", async () => {
  const {facts, bytes} = await begin({format: "zip", machines: ["saw", "saw"]});
  await bytesOf(bytes);
  expect(facts.count).toBe((await shown({machines: ["saw"]})).length);
  expect(facts.machines).toHaveLength(1);
});

test("as many machines as a gateway may have are exported when none is named", async () => {
  await audit.append(
    Array.from({length: 300}, (_, i) => ({machine: `cell-${i}`, type: "cell-made", body: {}})),
    {actor: "user:anna"},
  );
  const {facts, bytes} = await begin({format: "json", types: ["cell-made"]});
  expect(facts.count).toBe(300);
  expect((JSON.parse(await textOf(bytes)) as AuditExportDocument).entries).toHaveLength(300);
});

test("what is anchored and what waits is one proof file each, however a clock that was set back mixes them", async () => {
  const append = async () => {
    for (let i = 0; i < 10; i++) {
      await audit.append([{machine: "lag", type: "batch-end", body: {i}}], {actor: "user:anna"});
      around.clock.jump(1_000);
    }
  };
  await append();
  await around.anchor(audit);
  const atMs = around.clock.now();
  around.clock.jump(Date.parse((await audit.entry("lag", 0))!.time.utc) + 500 - atMs);
  await append();
  around.clock.jump(atMs + 60_000 - around.clock.now());
  const {bytes, facts} = await begin({format: "zip", machines: ["lag"]});
  const files = await listZip(new Blob([new Uint8Array(await bytesOf(bytes))]));
  expect(facts.count).toBe(20);
  expect((await searched({machines: ["lag"]})).slice(0, 4).map(({seq}) => seq)).toEqual([19, 9, 18, 8]);
  const proofs = files.map(({name}) => name).filter((name) => name.startsWith("proofs/"));
  expect(proofs.toSorted()).toEqual(["proofs/lag-0-9.audit.json", "proofs/lag-10-19.audit.json"]);
});

test("an export ends with an error when a review changes what it shows meanwhile", async () => {
  const {bytes} = await begin({format: "json", machines: ["mill"], review: "open"});
  await bytes.next();
  await audit.review("mill", {kind: "reviewed", entries: [[0, 9]]}, {actor: "user:rita"});
  await expect(textOf(bytes)).rejects.toMatchObject({code: "audit/conflict"});
  const again = await begin({format: "json", machines: ["mill"], review: "open"});
  expect(again.facts.count).toBe(591);
  await textOf(again.bytes);
});

test("an export that is refused leaves no entry", async () => {
  const before = audit.machine("gateway")?.entries ?? 0;
  await expect(begin({format: "csv", machines: ["nothing"]})).rejects.toMatchObject({code: "audit/not-found"});
  expect(audit.machine("gateway")?.entries ?? 0).toBe(before);
});

test("entries and anchors that come later do not show, however often it is read", async () => {
  await audit.append([{machine: "drill", type: "batch-end", body: {}}], {actor: "user:anna"});
  const trail = audit.freeze();
  await audit.append([{machine: "drill", type: "batch-end", body: {}}], {actor: "user:anna"});
  await audit.append([{machine: "lathe", type: "batch-end", body: {}}], {actor: "user:anna"});
  await around.anchor(audit);
  const found: AuditSearchItem[] = [];
  for await (const item of trail.entries({})) found.push(item);
  expect(found.filter(({machine}) => machine === "lathe")).toEqual([]);
  expect(found.filter(({machine}) => machine === "drill")).toMatchObject([{seq: 0, state: "waiting"}]);
  expect(trail.verdicts({machines: ["drill"]})).toMatchObject([{entries: 1, state: "waiting"}]);
  expect((await shown({machines: ["drill"]})).map(({state}) => state)).toEqual(["verified", "verified"]);
});

describe("no more than two exports run at once", () => {
  test("and one that is read to its end makes room", async () => {
    const [first, second] = [await begin({format: "csv"}), await begin({format: "json"})];
    await expect(begin({format: "csv"})).rejects.toMatchObject({code: "audit/too-many"});
    await textOf(first.bytes);
    const third = await begin({format: "csv"});
    await textOf(second.bytes);
    await textOf(third.bytes);
  });

  test("and one whose reader left makes room, even before it was read", async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    await begin({format: "csv"}, first.signal);
    const {bytes} = await begin({format: "zip"}, second.signal);
    await bytes.next();
    await bytes.return();
    first.abort();
    await textOf((await begin({format: "csv"})).bytes);
    await textOf((await begin({format: "csv"})).bytes);
  });

  test("and one that was refused does not count", async () => {
    for (let i = 0; i < 3; i++)
      await expect(begin({format: "csv", machines: ["nothing"]})).rejects.toMatchObject({code: "audit/not-found"});
    await textOf((await begin({format: "csv"})).bytes);
  });
});

test("a reader who leaves ends the count before anything is recorded", async () => {
  const before = audit.machine("gateway")!.entries;
  const left = new AbortController();
  left.abort(new Error("left"));
  await expect(begin({format: "csv"}, left.signal)).rejects.toThrow("left");
  expect(audit.machine("gateway")!.entries).toBe(before);
});
