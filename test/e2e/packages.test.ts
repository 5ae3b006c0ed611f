// Both packages as their users get them: installed from the files into empty folders by whatever Node and npm this machine has.

import {type ChildProcess, execFileSync, spawn} from "node:child_process";
import {cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import path from "node:path";
import {afterAll, afterEach, beforeAll, describe, expect, test} from "@jest/globals";
import {PALETTE, ROOT} from "../support/palette.ts";

const MINUTE_MS = 60_000;
// The checkout's own Node and programs are not there for a user.
const SEARCH = process.env.PATH!.split(path.delimiter).filter((folder) => !folder.includes("node_modules"));
const ENVIRONMENT: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|TANGLEGATE_|NODE_OPTIONS)/.test(name))),
  PATH: SEARCH.join(path.delimiter),
  NO_COLOR: "1",
};

let folder: string;
let child: ChildProcess | null = null;
const files: Record<string, string> = {};

const run = (program: string, words: readonly string[], cwd: string) =>
  execFileSync(program, words, {cwd, env: ENVIRONMENT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"]});

function install(name: string, packages: readonly string[]): string {
  const place = path.join(folder, name);
  mkdirSync(place);
  writeFileSync(path.join(place, "package.json"), '{"private": true}');
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error", ...packages], place);
  return place;
}

async function until(what: string, check: () => Promise<boolean> | boolean, printed: () => string): Promise<void> {
  const end = performance.now() + 2 * MINUTE_MS;
  while (!(await check())) {
    if (child?.exitCode !== null || performance.now() > end) throw new Error(`${what}: not yet\n${printed()}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

function launch(program: string, words: readonly string[], options: {cwd: string; env: NodeJS.ProcessEnv}) {
  child = spawn(program, words, {...options, stdio: ["ignore", "pipe", "pipe"]});
  let text = "";
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number>((resolve) => child!.once("exit", (code) => resolve(code ?? 128)));
  return {printed: () => text, ended};
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tanglegate-packages-"));
  execFileSync(process.execPath, [path.join(ROOT, "scripts", "pack.mjs")], {
    cwd: ROOT,
    env: ENVIRONMENT,
    stdio: "ignore",
  });
  for (const name of readdirSync(path.join(ROOT, "packages"))) {
    files[name.replace(/-\d.*$/, "")] = path.join(folder, name);
    cpSync(path.join(ROOT, "packages", name), path.join(folder, name));
  }
}, MINUTE_MS);
afterEach(() => {
  if (child?.exitCode === null) child.kill("SIGKILL");
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

test("two files are made, without sources, tests and maps", () => {
  expect(Object.keys(files).sort()).toEqual(["tanglegate-gateway", "tanglegate-node-red-gateway"]);
  for (const file of Object.values(files)) {
    const names = run("tar", ["tzf", file], folder).split("\n");
    expect(names.filter((name) => /\.(ts|map)$|\/test\//.test(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(["package/LICENSE", "package/README.md", "package/package.json"]));
  }
});

describe("@tanglegate/gateway", () => {
  test(
    "installed into an empty folder comes to a verified entry and stops cleanly, its home in that folder",
    async () => {
      const place = install("gateway", [files["tanglegate-gateway"]!]);
      const ports = ["REST", "EVENTS", "NODE_RED", "FIELD", "PLANT_MODBUS", "PLANT_OPCUA", "PLANT_REST"];
      const first = 41_000 + (process.pid % 1000) * 10;
      const chosen = Object.fromEntries(ports.map((name, index) => [`TANGLEGATE_${name}_PORT`, String(first + index)]));
      const env = {...ENVIRONMENT, ...chosen};
      // What npx runs; npx itself does not pass a signal on.
      const program = path.join(place, "node_modules", ".bin", "tanglegate");
      const {printed, ended} = launch(program, ["start"], {cwd: place, env});
      await until("the first proof", () => printed().includes("the audit trail is verified"), printed);
      expect(printed()).toContain(path.join(place, "data", "credentials.txt"));

      const list = execFileSync("npx", ["tanglegate", "audit", "list", "--json"], {cwd: place, env, encoding: "utf8"});
      const verdicts = JSON.parse(list) as {state: string; anchoredEntries: number}[];
      expect(verdicts.some(({state, anchoredEntries}) => state === "verified" && anchoredEntries > 0)).toBe(true);
      const log = readFileSync(path.join(place, "data", "logs", "node-red.log"), "utf8");
      expect(log).not.toMatch(/already registered|"level":"error"/);

      child!.kill("SIGTERM");
      expect(await ended).toBe(0);
      expect(printed()).toContain("everything acknowledged is on disk");
    },
    6 * MINUTE_MS,
  );
});

describe("@tanglegate/node-red-gateway", () => {
  test(
    "gives a plain Node-RED our nodes and their examples",
    async () => {
      const {version} = JSON.parse(readFileSync(path.join(ROOT, "node_modules", "node-red", "package.json"), "utf8"));
      const place = install("node-red", [`node-red@${version}`, files["tanglegate-node-red-gateway"]!]);
      const port = 40_000 + (process.pid % 1000);
      const settings = path.join(place, "settings.cjs");
      writeFileSync(
        settings,
        `module.exports = {uiHost: "127.0.0.1", uiPort: ${port}, telemetry: {enabled: false}};\n`,
      );
      const words = [path.join(place, "node_modules", "node-red", "red.js"), "-s", settings, "-u", place];
      const {printed} = launch(process.execPath, words, {cwd: place, env: ENVIRONMENT});
      const url = `http://127.0.0.1:${port}`;
      await until("Node-RED answers", () => printed().includes("Started flows"), printed);

      const response = await fetch(`${url}/nodes`, {headers: {accept: "application/json"}});
      const sets = (await response.json()) as {module: string; name: string; enabled: boolean; err?: unknown}[];
      const ours = sets.filter(({module}) => module === "@tanglegate/node-red-gateway");
      expect(ours.map(({name}) => name).sort()).toEqual(Object.keys(PALETTE.nodes).sort());
      expect(ours.filter(({enabled, err}) => !enabled || err !== undefined)).toEqual([]);
      const examples = await fetch(`${url}/library/examples/flows/@tanglegate/node-red-gateway/`);
      expect(await examples.text()).toContain("01 - Read a meter");
    },
    6 * MINUTE_MS,
  );
});
