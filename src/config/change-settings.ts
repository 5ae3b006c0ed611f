import {existsSync, readFileSync} from "node:fs";
import path from "node:path";
import {type Document, isMap, isScalar, parseDocument, YAMLMap} from "yaml";
import {GatewayError} from "../errors.ts";
import {writeWhole} from "../files.ts";
import {loadConfigText} from "./load.ts";

/** The gateway.yaml of a home. Errors: `config/no-file` for the demo. */
export function settingsFileOf(home: string): string {
  const file = path.join(home, "gateway.yaml");
  if (existsSync(file)) return file;
  throw new GatewayError(
    "config/no-file",
    `There is no gateway.yaml in ${home}: this is the demo. Make it a site of your own first, with \`tanglegate setup\`.`,
    {home},
  );
}

/**
 * Changes settings in a home's gateway.yaml; comments and everything else stay. A value of null takes a setting out, so that its default
 * holds. Nothing is written when the result would not be valid. Errors: `config/invalid`, `config/no-file` for the demo.
 */
export function changeSettings(
  home: string,
  changes: Readonly<Record<string, string | number | boolean | null>>,
): void {
  const file = settingsFileOf(home);
  const document = parseDocument(readFileSync(file, "utf8"));
  // What cannot be read is said by the same sentence as at a start.
  loadConfigText(String(document), file);
  for (const name of sectionsOf(changes)) fillEmptySection(document, name);
  for (const [name, value] of Object.entries(changes)) {
    const place = name.split(".");
    if (value !== null) document.setIn(place, value);
    else if (document.hasIn(place)) document.deleteIn(place);
  }
  for (const name of sectionsOf(changes)) {
    const left = document.get(name);
    if (isMap(left) && left.items.length === 0 && !left.comment) document.delete(name);
  }
  const text = document.toString({lineWidth: 0, flowCollectionPadding: false});
  loadConfigText(text, file);
  writeWhole(file, text);
}

function sectionsOf(changes: object): readonly string[] {
  return [...new Set(Object.keys(changes).map((name) => name.split(".")[0]!))];
}

// A section whose settings are all commented out is null in YAML, and its comments hang on that.
function fillEmptySection(document: Document, name: string): void {
  const empty = document.get(name, true);
  if (!isScalar(empty) || empty.value !== null) return;
  const section = new YAMLMap(document.schema);
  if (empty.comment) section.comment = empty.comment;
  document.set(name, section);
}
