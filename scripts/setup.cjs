// Installs the packages of the lockfile when they are not there yet or are older than it.
// Runs under whatever Node started npm (20 or newer); everything after it runs under the Node 24 of the lockfile.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const {spawnSync} = require("node:child_process");

const root = path.join(__dirname, "..");
const lock = path.join(root, "package-lock.json");
const stamp = path.join(root, "node_modules", ".package-lock.json");

const isInstalled = fs.existsSync(stamp) && fs.statSync(stamp).mtimeMs >= fs.statSync(lock).mtimeMs;
if (!isInstalled) {
  console.log("Installing packages from the lockfile (about a minute the first time) ...");
  const env = {...process.env};
  for (const name of Object.keys(env)) if (/^npm_(package|lifecycle|command)/i.test(name)) delete env[name];
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  // The same npm by path and the Node that started it: `npm ci` removes node_modules, and with it the Node on the script PATH.
  const npmCli = process.env.npm_execpath;
  const result = npmCli
    ? spawnSync(process.env.npm_node_execpath || process.execPath, [npmCli, ...args], {
        cwd: root,
        stdio: "inherit",
        env,
      })
    : spawnSync("npm", args, {cwd: root, stdio: "inherit", env, shell: true});
  if (result.status !== 0) process.exit(result.status || 1);
  fs.utimesSync(stamp, new Date(), new Date());
}
