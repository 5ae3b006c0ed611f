// Tables of the root README that are made from the code stand between two comments: <!-- name --> and <!-- /name -->.

import {readFileSync, writeFileSync} from "node:fs";
import path from "node:path";

const README = path.join(import.meta.dirname, "../../README.md");

/** What stands between the comments. With WRITE_README=1 in the environment, `expected` is put there first. */
export function partOfReadme(name: string, expected: string): string {
  const text = readFileSync(README, "utf8");
  const [before, rest = ""] = text.split(`<!-- ${name} -->\n\n`);
  const [part = "", after] = rest.split(`\n\n<!-- /${name} -->`);
  if (process.env.WRITE_README !== "1" || after === undefined) return part;
  writeFileSync(README, `${before}<!-- ${name} -->\n\n${expected}\n\n<!-- /${name} -->${after}`);
  return expected;
}
