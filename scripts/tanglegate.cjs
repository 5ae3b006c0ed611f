#!/usr/bin/env node
// The command `tanglegate`: starts the compiled program under the Node 24 of the lockfile when this one is older.
"use strict";
const path = require("node:path");
const fs = require("node:fs");
const {spawn} = require("node:child_process");
const {pathToFileURL} = require("node:url");

const root = path.join(__dirname, "..");
const main = path.join(root, "dist", "src", "cli", "main.js");
if (!fs.existsSync(main)) {
  console.error("tanglegate is not built yet. Run `npm run build` in the checkout first.");
  process.exit(5);
}
const own = path.join(root, "node_modules", ".bin", process.platform === "win32" ? "node.exe" : "node");
if (Number(process.versions.node.split(".")[0]) >= 24 || !fs.existsSync(own)) {
  // In this very process, so that a signal reaches what it is meant for.
  void import(pathToFileURL(main).href);
} else {
  const child = spawn(own, [main, ...process.argv.slice(2)], {stdio: "inherit"});
  // Passed on, and waited for: ended alone, this process would leave the gateway running.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`error: ${own} cannot be started: ${error.message}. Run \`npm ci\`.`);
    process.exitCode = 5;
  });
  child.on("exit", (code) => {
    process.exitCode = code ?? 5;
  });
}
