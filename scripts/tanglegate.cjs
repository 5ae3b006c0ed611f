#!/usr/bin/env node
// The command `tanglegate`: starts the compiled program under the Node 24 of the lockfile when this one is older.
"use strict";
const path = require("node:path");
const fs = require("node:fs");
const {spawnSync} = require("node:child_process");

const root = path.join(__dirname, "..");
const main = path.join(root, "dist", "src", "cli", "main.js");
if (!fs.existsSync(main)) {
  console.error("tanglegate is not built yet. Run `npm run build` in the checkout first.");
  process.exit(5);
}
const own = path.join(root, "node_modules", ".bin", process.platform === "win32" ? "node.exe" : "node");
const node = Number(process.versions.node.split(".")[0]) >= 24 || !fs.existsSync(own) ? process.execPath : own;
const result = spawnSync(node, [main, ...process.argv.slice(2)], {stdio: "inherit"});
process.exit(result.status ?? 5);
