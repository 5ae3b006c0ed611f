// Compiles src/ and nodes/ to dist/ when a source is newer than the last build, copies what is not TypeScript beside it, and puts the
// pages of the console together.
import {spawnSync} from "node:child_process";
import {cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync} from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");
const stamp = path.join(root, "dist", ".built");
const assets = /\.(html|json|svg|css|wasm|png)$/;

function* filesUnder(folder) {
  for (const entry of readdirSync(folder, {withFileTypes: true})) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(file);
    else yield file;
  }
}

const sources = ["src", "nodes"].flatMap((folder) => [...filesUnder(path.join(root, folder))]);
const inputs = [
  ...sources,
  path.join(root, "tsconfig.json"),
  path.join(root, "tsconfig.build.json"),
  path.join(root, "package-lock.json"),
];
const builtAt = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
const folders = new Set(sources.map((file) => path.dirname(file)));
const newest = Math.max(...[...inputs, ...folders].map((file) => statSync(file).mtimeMs));
if (newest <= builtAt) process.exit(0);

console.log("Building ...");
rmSync(path.join(root, "dist"), {recursive: true, force: true});
const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
const result = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {cwd: root, stdio: "inherit"});
if (result.status !== 0) process.exit(result.status ?? 1);
const isOfPages = (file) => file.startsWith(path.join(root, "src", "console") + path.sep);
for (const file of sources.filter((name) => assets.test(name) && !isOfPages(name))) {
  const target = path.join(root, "dist", path.relative(root, file));
  mkdirSync(path.dirname(target), {recursive: true});
  cpSync(file, target);
}
const {build} = await import("vite");
await build({configFile: path.join(root, "src", "console", "vite.config.js")});
const {buildVerifyPage} = await import("./verify-page.mjs");
await buildVerifyPage(path.join(root, "dist", "src", "console", "verify.html"));
writeFileSync(stamp, "");
