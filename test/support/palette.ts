// What Node-RED's loader and editor find of our nodes: the palette block of package.json, dialogs, catalogs and help, read as they do.

import {readdirSync, readFileSync} from "node:fs";
import path from "node:path";
import vm from "node:vm";

export const ROOT = path.join(import.meta.dirname, "../..");

/** What package.json says to Node-RED: name of each node and its compiled file. */
export const PALETTE = {
  version: ">=4.1.0",
  nodes: {
    "tanglegate-gateway": "dist/nodes/gateway/gateway.js",
    "tanglegate-device": "dist/nodes/device/device.js",
    "tanglegate-device-read": "dist/nodes/device/device-read.js",
    "tanglegate-device-write": "dist/nodes/device/device-write.js",
    "tanglegate-device-watch": "dist/nodes/device/device-watch.js",
    "tanglegate-audit-append": "dist/nodes/audit/audit-append.js",
    "tanglegate-audit-verify": "dist/nodes/audit/audit-verify.js",
    "tanglegate-block-submit": "dist/nodes/block/block-submit.js",
    "tanglegate-block-watch": "dist/nodes/block/block-watch.js",
  },
} as const;

export const LANGUAGES = ["en-US", "de"] as const;

export interface PropertyDefinition {
  readonly value: unknown;
  readonly type?: string;
  readonly required?: boolean;
  readonly validate?: (this: object, value: unknown, options?: object) => boolean | string;
}

/** What a node's script gives to RED.nodes.registerType. */
export interface EditorDefinition {
  readonly category: string;
  readonly color: string;
  readonly icon?: string;
  readonly inputs?: number;
  readonly outputs?: number;
  readonly paletteLabel: string;
  readonly defaults: Readonly<Record<string, PropertyDefinition>>;
  readonly credentials?: Readonly<Record<string, unknown>>;
  readonly label: (this: object) => string;
  readonly _: (key: string, values?: Readonly<Record<string, string>>) => string;
}

export interface PaletteNode {
  readonly type: string;
  /** "device/device-read" under nodes/. */
  readonly place: string;
  readonly html: string;
  readonly source: string;
  readonly definition: EditorDefinition;
}

export function readPaletteNodes(configNodes: readonly object[] = []): readonly PaletteNode[] {
  return Object.entries(PALETTE.nodes).map(([type, compiled]) => {
    const place = compiled.replace("dist/nodes/", "").replace(/\.js$/, "");
    const html = readFileSync(path.join(ROOT, "nodes", `${place}.html`), "utf8");
    const source = readFileSync(path.join(ROOT, "nodes", `${place}.ts`), "utf8");
    return {type, place, html, source, definition: evaluate(type, html, configNodes)};
  });
}

/** What the editor saves for a new node whose dialog nobody has touched. */
export function savedForm(type: string): Readonly<Record<string, unknown>> {
  const {definition} = readPaletteNodes().find((node) => node.type === type)!;
  return Object.fromEntries(Object.entries(definition.defaults).map(([name, {value}]) => [name, value]));
}

/** Catalog of a node, flat: "label.name" to its text. */
export function readCatalog(place: string, language: string): ReadonlyMap<string, string> {
  const file = localeFile(place, language, "json");
  const flat = new Map<string, string>();
  const walk = (value: unknown, prefix: string): void => {
    if (typeof value === "string") flat.set(prefix, value);
    else for (const [key, child] of Object.entries(value as object)) walk(child, prefix ? `${prefix}.${key}` : key);
  };
  walk(JSON.parse(readFileSync(file, "utf8")), "");
  return flat;
}

export function readHelp(place: string, language: string): string {
  return readFileSync(localeFile(place, language, "html"), "utf8");
}

export function iconFiles(): readonly string[] {
  return readdirSync(path.join(ROOT, "nodes"), {recursive: true, encoding: "utf8"}).filter((file) =>
    file.includes(`icons${path.sep}`),
  );
}

// The loader looks for locales beside the node's own file, under its own name.
function localeFile(place: string, language: string, ending: string): string {
  return path.join(ROOT, "nodes", path.dirname(place), "locales", language, `${path.basename(place)}.${ending}`);
}

// Runs a node's script against what it uses of the editor outside of an open dialog.
function evaluate(type: string, html: string, configNodes: readonly object[]): EditorDefinition {
  const script = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? "";
  let found: EditorDefinition | null = null;
  const typedInput = (options: string | {typeField: string; allowBlank?: boolean}) =>
    function (this: Record<string, unknown>, value: unknown): boolean {
      const {typeField, allowBlank = false} = typeof options === "string" ? {typeField: options} : options;
      if (!(typeField in this)) throw new Error(`${type}: the validator looks at ${typeField}, which is no default`);
      return value !== "" || allowBlank;
    };
  const RED = {
    nodes: {
      registerType: (name: string, definition: EditorDefinition) => {
        if (name === type) found = definition;
      },
      eachConfig: (visit: (node: object) => void) => configNodes.forEach(visit),
      node: () => null,
    },
    validators: {typedInput},
  };
  vm.runInNewContext(script, {RED, TextEncoder});
  if (found === null) throw new Error(`${type}: its script does not register it`);
  const translate = (key: string) => key;
  return Object.assign(found as EditorDefinition, {_: translate});
}
