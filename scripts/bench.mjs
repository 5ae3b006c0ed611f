// Runs one benchmark: `npm run bench -- NAME`. Progress on standard error, one JSON object a line on standard output.
import {spawnSync} from "node:child_process";
import {existsSync, readdirSync} from "node:fs";
import path from "node:path";

const folder = path.join(import.meta.dirname, "..", "test", "bench");
const [name, ...rest] = process.argv.slice(2);
const file = path.join(folder, `${name}.ts`);
if (name === undefined || !existsSync(file)) {
  const names = readdirSync(folder).flatMap((entry) => (entry.endsWith(".ts") ? [entry.slice(0, -3)] : []));
  console.error(`Which benchmark? npm run bench -- ${names.join("|")}`);
  process.exit(2);
}
const result = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", file, ...rest], {
  stdio: "inherit",
});
process.exit(result.status ?? 1);
