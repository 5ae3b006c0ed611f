import {existsSync, readFileSync} from "node:fs";
import path from "node:path";
import {parseDocument} from "yaml";
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
  for (const [name, value] of Object.entries(changes)) {
    const place = name.split(".");
    if (value === null) document.deleteIn(place);
    else document.setIn(place, value);
  }
  for (const section of new Set(Object.keys(changes).map((name) => name.split(".")[0]!))) {
    const left = document.get(section) as {items?: readonly unknown[]} | undefined;
    if (left?.items?.length === 0) document.delete(section);
  }
  const text = document.toString({lineWidth: 0, flowCollectionPadding: false});
  loadConfigText(text, file);
  writeWhole(file, text);
}
