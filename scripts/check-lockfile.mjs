// Two faults that npm does not report until somebody else installs: an optional platform package that npm left out of the
// lockfile (`npm ci` then refuses), and a download address of one registry written into it.
import {readFileSync} from "node:fs";

const {packages} = JSON.parse(readFileSync("package-lock.json", "utf8"));
const names = new Set(Object.keys(packages).map((key) => key.replace(/^.*node_modules\//, "")));
const faults = [];
for (const [key, entry] of Object.entries(packages)) {
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    if (!names.has(name)) faults.push(`${key || "."} needs ${name}, which the lockfile does not list`);
  }
  if (entry.resolved !== undefined && !key.startsWith("file:"))
    faults.push(`${key} names a download address: ${entry.resolved}`);
}
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exit(1);
}
console.log(`The lockfile is complete: ${names.size} packages.`);
