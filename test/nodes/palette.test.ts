import {existsSync, readdirSync, readFileSync} from "node:fs";
import path from "node:path";
import {describe, expect, test} from "@jest/globals";
import {iconFiles, LANGUAGES, PALETTE, ROOT, readCatalog, readHelp, readPaletteNodes} from "../support/palette.ts";

const nodes = readPaletteNodes();
const manifest = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));

(manifest["node-red"] === undefined ? test.skip : test)("package.json tells Node-RED of every node", () => {
  expect(manifest["node-red"]).toEqual(PALETTE);
});

test("every node file of the palette is there", () => {
  const files = nodes.map(({place}) => `${place}.html`).sort();
  const found = readdirSync(path.join(ROOT, "nodes"), {recursive: true, encoding: "utf8"})
    .filter((file) => file.endsWith(".html") && !file.includes("locales"))
    .map((file) => file.replaceAll("\\", "/"))
    .sort();
  expect(found).toEqual(files);
});

describe.each(nodes.map((node) => [node.type, node] as const))("%s", (type, {place, html, source, definition}) => {
  const english = readCatalog(place, "en-US");

  test.each(LANGUAGES)("has a catalog in %s with the same keys, all filled", (language) => {
    const catalog = readCatalog(place, language);
    expect([...catalog.keys()].sort()).toEqual([...english.keys()].sort());
    expect([...catalog].filter(([, text]) => text.trim() === "")).toEqual([]);
  });

  test.each(LANGUAGES)("fills the same places in the texts of %s", (language) => {
    const places = (text: string) => (text.match(/__\w+__/g) ?? []).sort();
    for (const [key, text] of readCatalog(place, language))
      expect([key, places(text)]).toEqual([key, places(english.get(key)!)]);
  });

  test("uses only keys that the catalog has, and all of them", () => {
    const inHtml = [...html.matchAll(/data-i18n="(?:\[[\w-]+\])?([\w.]+)"/g)].map((match) => match[1]!);
    const called = [...`${html}${source}`.matchAll(/(?:RED|this|node)\._\(\s*'?"?([\w.]+)['"]/g)].map(
      (match) => match[1]!,
    );
    const chosen = [...html.matchAll(/'((?:label|option)\.\w+)'/g)].map((match) => match[1]!);
    // A key that ends in a dot is the beginning of one that is put together.
    const used = new Set([...inHtml, ...called, ...chosen].filter((key) => !key.endsWith(".")));
    expect([...used].filter((key) => !english.has(key))).toEqual([]);
    // These groups are looked up by a name that is only known when the node runs.
    const byName = /^(point|link|feed|status)\.|^option\.wordOrder$/;
    expect([...english.keys()].filter((key) => !used.has(key) && !byName.test(key))).toEqual([]);
  });

  test.each(LANGUAGES)("has status texts that fit under a node in %s", (language) => {
    const texts = [...readCatalog(place, language)].filter(([key]) => /^(status|link|feed)\./.test(key));
    expect(texts.filter(([, text]) => text.length >= 20)).toEqual([]);
  });

  test.each([
    ["en-US", ["Inputs", "Outputs", "Details", "References"]],
    ["de", ["Eingaben", "Ausgaben", "Details", "Referenzen"]],
  ])("has help in %s with the four usual sections, after a short first paragraph", (language, sections) => {
    const help = readHelp(place, language);
    expect(help).toContain(`data-help-name="${type}"`);
    expect([...help.matchAll(/<h3>(.*?)<\/h3>/g)].map((match) => match[1])).toEqual(sections);
    const first = /<p>([\s\S]*?)<\/p>/.exec(help)![1]!;
    expect(help.indexOf("<p>")).toBeLessThan(help.indexOf("<h3>"));
    expect(first.length).toBeLessThan(200);
  });

  test("names every field that can be filled, for screen readers too", () => {
    const prefix = definition.category === "config" ? "node-config-input-" : "node-input-";
    const typeFields = new Set(
      Object.keys(definition.defaults).filter(
        (name) =>
          `${name.replace(/Type$/, "")}` in definition.defaults && name.endsWith("Type") && name !== "entryType",
      ),
    );
    for (const name of Object.keys(definition.defaults)) {
      if (name === "points" && definition.category === "config") continue;
      expect(html).toContain(`id="${prefix}${name}"`);
      if (typeFields.has(name) || name === "inputs") continue;
      const isLabelled =
        html.includes(`for="${prefix}${name}"`) || new RegExp(`id="${prefix}${name}"[^>]*aria-label`).test(html);
      expect([name, isLabelled]).toEqual([name, true]);
    }
  });

  test("has no fixed colours in its dialog, which must be legible in the dark theme", () => {
    const dialog = html.slice(html.indexOf("data-template-name"));
    expect(dialog).not.toMatch(/#[0-9a-f]{3,6}\b|rgba?\(|(?:background|[^-]color)\s*:/i);
  });

  test("registers the type that its file is for, once, in both forms of export", () => {
    expect(source.match(/RED\.nodes\.registerType/g)).toHaveLength(1);
    expect(source).toContain(`"${type}", create`);
    expect(source).toMatch(/export \{(\w+) as default, \1 as "module\.exports"\};/);
    expect(html).toContain(`data-template-name="${type}"`);
  });
});

// What `node-red-dev validate` checks, as far as it needs no network.
describe("the scorecard", () => {
  test("P01, P03, P05, P07: licence, repository or bugs, keyword and engines are for the packed palette", () => {
    expect(manifest.license).toBe("Apache-2.0");
    expect(manifest.engines.node).toBe(">=20");
  });

  test("P04: the package has a scope", () => {
    expect(manifest.name).toMatch(/^@[\w-]+\//);
  });

  test("D01: nodes and client need at most six packages", () => {
    const sources = ["nodes", "src/client", "src/stardust"].flatMap((folder) =>
      readdirSync(path.join(ROOT, folder), {recursive: true, encoding: "utf8"})
        .filter((file) => file.endsWith(".ts"))
        .map((file) => path.join(ROOT, folder, file)),
    );
    const floor = readdirSync(path.join(ROOT, "src"))
      .filter((file) => /^(bytes|blake2b|errors|clock|random|service|http|units)\.ts$/.test(file))
      .map((file) => path.join(ROOT, "src", file));
    const packages = [...sources, ...floor].flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/^import (?!type)[^;]*? from "([^."][^"]*)"/gm)].map((match) =>
        match[1]!
          .split("/")
          .slice(0, match[1]!.startsWith("@") ? 2 : 1)
          .join("/"),
      ),
    );
    const needed = [...new Set(packages)].filter((name) => !name.startsWith("node:"));
    expect(needed).toContain("mqtt");
    expect(needed.length).toBeLessThanOrEqual(6);
  });

  test("N01: type names are ours alone", () => {
    expect(nodes.every(({type}) => type.startsWith("tanglegate-"))).toBe(true);
    expect(new Set(nodes.map(({type}) => type)).size).toBe(nodes.length);
  });

  test("the parser finds literal type, category, colour, icon, inputs and outputs", () => {
    for (const {type, html, definition} of nodes) {
      expect(html).toContain(`RED.nodes.registerType('${type}', {`);
      expect(html).toMatch(/category: '(tanglegate|config)'/);
      expect(html).toMatch(/color: '#[0-9A-F]{6}'/);
      if (definition.category === "config") continue;
      expect(html).toMatch(/icon: '[\w-]+\.svg'/);
      expect(html).toMatch(/\n {4}inputs: [01],/);
      expect(html).toMatch(/\n {4}outputs: [012],/);
    }
  });

  test("icons are white on transparent, two wide to three high, and of our own names", () => {
    const files = iconFiles();
    const used = nodes.flatMap(({definition}) => definition.icon ?? []);
    expect(new Set(files.map((file) => path.basename(file)))).toEqual(new Set(used));
    for (const file of files) {
      const svg = readFileSync(path.join(ROOT, "nodes", file), "utf8");
      expect(svg).toContain('width="40" height="60"');
      expect([...svg.matchAll(/(?:stroke|fill)="(#\w+)"/g)].map((match) => match[1])).not.toContain("#000");
      expect(new Set([...svg.matchAll(/(?:stroke|fill)="(#\w+)"/g)].map((match) => match[1]))).toEqual(
        new Set(["#fff"]),
      );
    }
  });

  test("an icon stands beside the nodes that use it, where the loader looks", () => {
    for (const {place, definition} of nodes) {
      if (definition.icon === undefined) continue;
      expect(existsSync(path.join(ROOT, "nodes", path.dirname(place), "icons", definition.icon))).toBe(true);
    }
  });
});

test("the device dialog fits a narrow tray: no field has a width of its own in pixels", () => {
  const html = readFileSync(path.join(ROOT, "nodes/device/device.html"), "utf8");
  const form = html.slice(html.indexOf('data-template-name="tanglegate-device"'));
  expect(form).toContain('class="tanglegate-form"');
  expect([...form.matchAll(/style="[^"]*width: *\d+(px|%)[^"]*"/g)].map(([match]) => match)).toEqual([]);
});
