// A whole gateway as a person starts it: `tanglegate start` on a home and ports of its own.

import {type ChildProcess, execFile, spawn} from "node:child_process";
import {existsSync, mkdtempSync, readFileSync} from "node:fs";
import {createServer} from "node:net";
import {tmpdir} from "node:os";
import path from "node:path";

const ROOT = path.join(import.meta.dirname, "..", "..");
const MAIN = path.join(ROOT, "dist", "src", "cli", "main.js");
const PORT_SETTINGS = [
  "REST_PORT",
  "EVENTS_PORT",
  "NODE_RED_PORT",
  "FIELD_PORT",
  "PLANT_MODBUS_PORT",
  "PLANT_OPCUA_PORT",
  "PLANT_REST_PORT",
];

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GatewayProcess {
  readonly home: string;
  readonly url: string;
  readonly nodeRedUrl: string;
  readonly pid: number;
  /** What it has printed so far. */
  printed(): string;
  /** Runs `tanglegate` with these words on the same home. */
  command(...words: string[]): Promise<CommandResult>;
  /** Resolves when `check` gives true; rejects with what was printed when the process ends or time is up. */
  until(what: string, check: () => Promise<boolean> | boolean, timeoutMs: number): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<number>;
}

export interface GatewayPlace {
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A new home in the temporary folder and free ports for everything. */
export async function newPlace(settings: Readonly<Record<string, string>> = {}): Promise<GatewayPlace> {
  const ports = await freePorts(PORT_SETTINGS.length);
  const environment = Object.fromEntries(
    PORT_SETTINGS.map((name, index) => [`TANGLEGATE_${name}`, String(ports[index])]),
  );
  const home = mkdtempSync(path.join(tmpdir(), "tanglegate-e2e-"));
  return {home, environment: {...environment, ...settings, TANGLEGATE_HOME: home, NO_COLOR: "1"}};
}

export function startGateway({home, environment}: GatewayPlace): GatewayProcess {
  if (!existsSync(MAIN)) throw new Error("dist is missing: run `npm run build` first");
  const env = {...process.env, ...environment};
  const child: ChildProcess = spawn(process.execPath, [MAIN, "start"], {env, stdio: ["ignore", "pipe", "pipe"]});
  let text = "";
  let exitCode: number | null = null;
  child.stdout!.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr!.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number>((resolve) => {
    child.once("exit", (code, signal) => {
      exitCode = code ?? (signal === null ? 1 : 128);
      resolve(exitCode);
    });
  });
  return {
    home,
    url: `http://127.0.0.1:${environment.TANGLEGATE_REST_PORT}`,
    nodeRedUrl: `http://127.0.0.1:${environment.TANGLEGATE_NODE_RED_PORT}`,
    pid: child.pid!,
    printed: () => text,
    command: (...words) => runCommand(words, env),
    until: async (what, check, timeoutMs) => {
      const end = performance.now() + timeoutMs;
      while (!(await check())) {
        if (exitCode !== null) throw new Error(`ended with ${exitCode} before ${what}:\n${text}\n${logsOf(home)}`);
        if (performance.now() > end) throw new Error(`${what} not within ${timeoutMs} ms:\n${text}\n${logsOf(home)}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    stop: (signal = "SIGTERM") => {
      if (exitCode === null) child.kill(signal);
      return ended;
    },
  };
}

/** Runs `tanglegate` with these words. */
export function runCommand(words: readonly string[], env: NodeJS.ProcessEnv): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...words], {env, maxBuffer: 64 << 20}, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({code, stdout, stderr});
    });
  });
}

function logsOf(home: string): string {
  return ["gateway", "field", "node-red", "plant"]
    .map((name) => path.join(home, "logs", `${name}.log`))
    .filter((file) => existsSync(file))
    .map((file) => `--- ${file}\n${readFileSync(file, "utf8").split("\n").slice(-15).join("\n")}`)
    .join("\n");
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({length: count}, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as {port: number}).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
