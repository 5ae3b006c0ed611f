// Makes both packages from the build, into packages/: `npm run pack`. Each holds what runs, and no sources and no tests.
//
//   @tanglegate/gateway           everything; `npm install` of the file, then `npx tanglegate start`
//   @tanglegate/node-red-gateway  the nodes for a Node-RED that runs elsewhere
//
// What a package depends on is read from its files, so that neither list can be wrong without somebody hearing of it here.
import {spawnSync} from "node:child_process";
import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {isBuiltin} from "node:module";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");
const target = path.join(root, "packages");
const stages = path.join(target, ".stages");
const about = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const shared = Object.fromEntries(["version", "license", "type"].map((key) => [key, about[key]]));

/** Where the pages begin, whose script is put together from our files and those of packages. */
const PAGES = ["src/console/main.tsx", "src/console/verify/main.tsx"];
const PALETTE_DEPENDENCIES_MAX = 6;

function* filesUnder(folder) {
  for (const entry of readdirSync(folder, {withFileTypes: true})) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(file);
    else yield file;
  }
}

// Maps point at sources that are not there.
function copyBuilt(from, to) {
  mkdirSync(path.dirname(to), {recursive: true});
  if (/\.(js|css)$/.test(from)) {
    const text = readFileSync(from, "utf8").replace(
      /\n?(\/\/# sourceMappingURL=\S+|\/\*# sourceMappingURL=\S+ \*\/)\s*$/,
      "\n",
    );
    writeFileSync(to, text);
  } else cpSync(from, to);
}

/** Every module that a file names, as it is written: static and dynamic imports, re-exports. */
function importsOf(file) {
  const text = readFileSync(file, "utf8");
  const pattern = /(?:^|\n)\s*(?:import|export)\s+(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2]);
}

/** The files that these reach by import, and the packages that all of them name. */
function closureOf(entries) {
  const files = new Set();
  const packages = new Set();
  const visit = (file) => {
    if (files.has(file)) return;
    files.add(file);
    for (const name of importsOf(file)) {
      if (name.startsWith(".")) visit(path.resolve(path.dirname(file), name));
      else if (!isBuiltin(name))
        packages.add(
          name
            .split("/")
            .slice(0, name.startsWith("@") ? 2 : 1)
            .join("/"),
        );
    }
  };
  for (const entry of entries) visit(entry);
  return {files, packages};
}

function versionsOf(names) {
  return Object.fromEntries(
    [...names].sort().map((name) => {
      const version = about.dependencies[name];
      if (version === undefined)
        throw new Error(`${name} is imported, and package.json does not list it under dependencies`);
      return [name, version];
    }),
  );
}

function stage(name, files) {
  const folder = path.join(stages, name);
  mkdirSync(folder, {recursive: true});
  for (const [file, contents] of Object.entries(files)) writeFileSync(path.join(folder, file), contents);
  cpSync(path.join(root, "LICENSE"), path.join(folder, "LICENSE"));
  return folder;
}

function stageGateway() {
  const folder = stage("gateway", {NOTICE: noticeOf(bundledPackages())});
  for (const name of [
    "README.md",
    "CHANGELOG.md",
    "ecosystem.config.cjs",
    "flows",
    "hardware",
    "scripts/tanglegate.cjs",
  ]) {
    cpSync(path.join(root, name), path.join(folder, name), {recursive: true});
  }
  for (const file of filesUnder(path.join(root, "dist"))) {
    if (!/\.map$|\.built$/.test(file)) copyBuilt(file, path.join(folder, path.relative(root, file)));
  }
  const {packages} = closureOf(
    [...filesUnder(path.join(folder, "dist"))].filter(
      (file) => file.endsWith(".js") && !file.includes(`${path.sep}console${path.sep}`),
    ),
  );
  // Started as a program of its own, never imported.
  packages.add("pm2");
  const {name, description, keywords, engines, bin, optionalDependencies} = about;
  const contents = {
    name,
    ...shared,
    description,
    keywords,
    engines,
    bin,
    dependencies: versionsOf(packages),
    optionalDependencies,
    "node-red": about["node-red"],
  };
  writeJson(path.join(folder, "package.json"), contents);
  return folder;
}

function stagePalette() {
  const folder = stage("node-red-gateway", {
    "README.md": readFileSync(path.join(root, "nodes", "package-readme.md"), "utf8"),
  });
  const nodes = about["node-red"].nodes;
  const {files, packages} = closureOf(Object.values(nodes).map((file) => path.join(root, file)));
  const assets = [...filesUnder(path.join(root, "dist", "nodes"))].filter((file) => !/\.(js|map)$/.test(file));
  for (const file of [...files, ...assets]) copyBuilt(file, path.join(folder, path.relative(root, file)));
  for (const name of readdirSync(path.join(root, "flows"))) {
    // The two without a number are the gateway's own first flows.
    if (/^\d/.test(name)) cpSync(path.join(root, "flows", name), path.join(folder, "examples", name));
  }
  const dependencies = versionsOf(packages);
  const count = Object.keys(dependencies).length;
  if (count > PALETTE_DEPENDENCIES_MAX) {
    throw new Error(
      `the palette has ${count} dependencies, ${PALETTE_DEPENDENCIES_MAX} at most: ${Object.keys(dependencies)}`,
    );
  }
  writeJson(path.join(folder, "package.json"), {
    name: "@tanglegate/node-red-gateway",
    ...shared,
    description:
      "Node-RED nodes for a Tanglegate gateway: read and write machines over Modbus and OPC UA, record and verify a tamper-evident audit trail.",
    keywords: ["node-red", ...about.keywords],
    // The least that loads ES modules in Node-RED 4.1 and 5.
    engines: {node: ">=22.13"},
    dependencies,
    "node-red": about["node-red"],
  });
  return folder;
}

/** Packages whose code ends up inside the pages, and what those bring along. */
function bundledPackages() {
  const all = new Set();
  const add = (name) => {
    if (all.has(name)) return;
    all.add(name);
    const {dependencies = {}} = JSON.parse(readFileSync(path.join(root, "node_modules", name, "package.json"), "utf8"));
    for (const other of Object.keys(dependencies)) add(other);
  };
  for (const name of closureOf(PAGES.map((file) => path.join(root, file))).packages) add(name);
  return [...all].sort();
}

function noticeOf(names) {
  const parts = names.map((name) => {
    const folder = path.join(root, "node_modules", name);
    const {version, license} = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence file`);
    return `## ${name} ${version} (${license})\n\n${readFileSync(path.join(folder, file), "utf8").trim()}\n`;
  });
  return `Tanglegate\n\nThis product is licensed under the Apache License 2.0 (see LICENSE). The pages of its console contain code of these packages:\n\n${parts.join("\n")}`;
}

function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

function run(words, cwd) {
  // npm's own path where npm runs this: on the script PATH another Node stands first.
  const npm = process.env.npm_execpath;
  const [program, given] = npm ? [process.execPath, [npm, ...words]] : ["npm", words];
  const result = spawnSync(program, given, {cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"]});
  if (result.status !== 0) process.exit(result.status ?? 1);
  return result.stdout;
}

if (!existsSync(path.join(root, "dist", ".built"))) {
  console.error("There is no build. `npm run pack` makes it first.");
  process.exit(1);
}
rmSync(target, {recursive: true, force: true});
for (const folder of [stageGateway(), stagePalette()]) {
  const words = ["pack", "--json", "--loglevel=error", "--ignore-scripts", "--pack-destination", target];
  const [packed] = JSON.parse(run(words, folder));
  const {dependencies} = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const kilobytes = (bytes) => `${Math.round(bytes / 1000)} kB`;
  console.log(
    `packages/${packed.filename}  ${kilobytes(packed.size)}, ${kilobytes(packed.unpackedSize)} unpacked, ${packed.entryCount} files, ${Object.keys(dependencies).length} dependencies`,
  );
}
rmSync(stages, {recursive: true, force: true});
