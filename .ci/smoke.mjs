// The README's start command on a fresh home, until an audit entry is verified; then a clean stop. Exit code 0 when all of it holds.
import {execFileSync, spawn} from "node:child_process";
import {mkdtempSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";

const PROOF_MS = 180_000;
const STOP_MS = 30_000;

const root = path.join(import.meta.dirname, "..");
const home = mkdtempSync(path.join(tmpdir(), "tanglegate-smoke-"));
const env = {...process.env, TANGLEGATE_HOME: home, NO_COLOR: "1"};
const startedAt = performance.now();
const child = spawn("npm", ["start"], {cwd: root, env, stdio: ["ignore", "inherit", "inherit"]});
const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? `signal ${signal}`)));
let exitCode = null;
void ended.then((code) => (exitCode = code));

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;

function verifiedMachine() {
  try {
    const words = [path.join(root, "scripts", "tanglegate.cjs"), "audit", "list", "--json"];
    const text = execFileSync(process.execPath, words, {cwd: root, env, stdio: ["ignore", "pipe", "ignore"]});
    return JSON.parse(text).find(({state, anchoredEntries}) => state === "verified" && anchoredEntries > 0) ?? null;
  } catch {
    return null; // Not up yet.
  }
}

async function run() {
  let machine = null;
  while (machine === null) {
    if (exitCode !== null) throw new Error(`npm start ended with ${exitCode} before anything was verified`);
    if (performance.now() - startedAt > PROOF_MS) throw new Error(`nothing verified within ${PROOF_MS / 1000} s`);
    await wait(500);
    machine = verifiedMachine();
  }
  console.log(`smoke: ${machine.machine} verified after ${seconds()}, milestone ${machine.lastAnchor.milestoneIndex}`);
  child.kill("SIGTERM");
  const code = await Promise.race([ended, wait(STOP_MS).then(() => "no end")]);
  if (code !== 0) throw new Error(`npm start did not stop cleanly: ${code}`);
  console.log("smoke: stopped cleanly");
}

try {
  await run();
} catch (error) {
  console.error(`smoke: ${error.message}`);
  child.kill("SIGKILL");
  process.exitCode = 1;
} finally {
  rmSync(home, {recursive: true, force: true});
}
