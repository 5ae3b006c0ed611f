import {spawnSync} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterAll, beforeAll, describe, expect, test} from "@jest/globals";
import {ZipFile} from "yazl";
import {sortFiles} from "../../src/console/verify/given.ts";
import {headlineOf} from "../../src/console/verify/headline.ts";
import {listZip} from "../../src/console/verify/unzip.ts";
import {WORDS} from "../../src/console/verify/words.ts";

const ROOT = path.join(import.meta.dirname, "../..");

describe("verify.html as it is built", () => {
  let folder: string;
  let html: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "verify-page-"));
    const file = path.join(folder, "verify.html");
    const built = spawnSync(process.execPath, [path.join(ROOT, "scripts/verify-page.mjs"), file]);
    if (built.status !== 0) throw new Error(String(built.stderr));
    html = readFileSync(file, "utf8");
  }, 60_000);
  afterAll(() => rmSync(folder, {recursive: true}));

  test("is one file: a classic script and a style inside, and nothing from elsewhere", () => {
    expect(html.match(/<script\b[^>]*>/g)).toEqual(["<script>"]);
    expect(html.match(/<style\b[^>]*>/g)).toEqual(["<style>"]);
    expect(html.match(/<link\b[^>]*>/g)).toEqual(['<link rel="icon" href="data:,">']);
    const [head, rest] = html.split("<script>");
    const script = rest!.slice(0, rest!.indexOf("</script>"));
    expect(head).not.toMatch(/\ssrc=|url\((?!data:)|@import/);
    expect(script).not.toMatch(
      /\bimport\s*\(|\bfetch\s*\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts/,
    );
    // The names of vocabularies are no addresses that are asked for.
    const addresses = (html.match(/https?:\/\/[\w.-]+/g) ?? []).filter((url) => !/w3\.org|json-schema\.org/.test(url));
    expect(addresses).toEqual([]);
  });

  test("forbids itself every connection", () => {
    expect(html).toContain("content=\"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'");
  });

  test("is small enough to be in every export", () => {
    expect(html.length).toBeLessThan(300_000);
  });
});

const zipOf = async (files: Readonly<Record<string, string>>, compress = true) => {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name, {compress});
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream as unknown as AsyncIterable<Buffer>) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
};

describe("a zip", () => {
  const files = {"README.txt": "ü", "proofs/a-0-1.audit.json": '{"x":1}'.repeat(1_000)};

  test.each([true, false])("is read back, packed: %s", async (compress) => {
    const listed = await listZip(new Blob([await zipOf(files, compress)]));
    const read = await Promise.all(listed.map(async (file) => [file.name, await file.text()]));
    expect(Object.fromEntries(read)).toEqual(files);
  });

  test("that is cut is refused with a sentence", async () => {
    const bytes = await zipOf(files);
    for (const length of [0, 10, bytes.length - 30, bytes.length - 1])
      await expect(listZip(new Blob([bytes.slice(0, length)]))).rejects.toThrow(/not a whole zip/);
    await expect(listZip(new Blob([bytes.slice(20)]))).rejects.toThrow(/cut|damaged/);
  });

  test("with a damaged file is refused when that is read", async () => {
    const bytes = await zipOf(files);
    bytes.fill(0xff, 60, 120);
    const listed = await listZip(new Blob([bytes]));
    await expect(Promise.all(listed.map((file) => file.text()))).rejects.toThrow(/damaged/);
  });

  test("whose file unpacks to more than it says is not unpacked further", async () => {
    const bytes = await zipOf({"proofs/a.json": "x".repeat(1_000_000)});
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length - 4; at++)
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 10, true);
    const [file] = await listZip(new Blob([bytes]));
    await expect(file!.text()).rejects.toThrow(/damaged/);
  });
});

test("files are sorted by what they are; a network file in a zip is told from one beside it", async () => {
  const zip = new File(
    [
      await zipOf({
        "proofs/b-10-11.audit.json": "{}",
        "proofs/b-2-3.audit.json": "{}",
        "entries.json": "{}",
        "network.json": "{}",
      }),
    ],
    "export.zip",
  );
  const own = new File(["{}"], "network.json");
  const broken = new File(["nothing"], "broken.zip");
  const {proofs, networks, unreadable} = await sortFiles([zip, own, broken, new File(["a"], "entries.csv")]);
  expect(proofs.map(({name}) => name)).toEqual(["proofs/b-2-3.audit.json", "proofs/b-10-11.audit.json"]);
  expect(networks.map(({isZipped}) => isZipped)).toEqual([true, false]);
  expect(unreadable).toMatchObject([{name: "broken.zip"}]);
});

describe("the headline", () => {
  const anchor = (milestoneIndex: number) => ({
    blockId: "0x",
    milestoneIndex,
    time: `2026-06-0${milestoneIndex}T00:00:00.000Z`,
  });
  const file = (state: string, more: object = {}) =>
    ({name: state, steps: [], bodies: [], verdict: {state, entries: [1, 2], anchor: anchor(1), ...more}}) as never;
  const headline = (...files: never[]) => headlineOf({files, unreadable: []}, "en");

  test("is that of the worst file", () => {
    expect(headline(file("verified"), file("invalid"))).toMatchObject({
      mood: "bad",
      sentence: "1 of 2 files do not hold.",
    });
    expect(headline(file("verified"), file("consistent")).mood).toBe("wait");
    expect(headline(file("verified"), file("waiting")).sentence).toContain("some still wait");
  });

  test("of verified files names the newest anchor", () => {
    const {mood, beside} = headline(file("verified"), file("verified", {anchor: anchor(2)}));
    expect(mood).toBe("good");
    expect(beside).toContain("2026-06-02 00:00:00.000 UTC: milestone 2");
  });

  test("counts files that cannot be read among those that do not hold", () => {
    const {sentence} = headlineOf({files: [], unreadable: [{name: "a", because: null}]}, "de");
    expect(sentence).toBe(WORDS.de.headlines.invalid("1", "1"));
  });

  test("of nothing says so", () => {
    expect(headline()).toMatchObject({mood: "none"});
  });
});
