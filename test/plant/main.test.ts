import {type ChildProcess, fork} from "node:child_process";
import {mkdtemp, rm} from "node:fs/promises";
import {createServer, type Server} from "node:net";
import os from "node:os";
import path from "node:path";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";

// A process on a busy machine takes its time.
const TIMEOUT_MS = 30_000;
const MAIN = path.join(import.meta.dirname, "../../src/plant/main.ts");

let home: string;
let child: ChildProcess | null = null;
let blocker: Server | null = null;

beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), "plant-main-"));
});
afterEach(async () => {
  if (child !== null && child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child!.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }
  child = null;
  await new Promise<void>((resolve) => (blocker === null ? resolve() : blocker.close(() => resolve())));
  blocker = null;
  await rm(home, {recursive: true});
});

function launch(environment: Readonly<Record<string, string>>) {
  const lines: string[] = [];
  const {PATH = ""} = process.env;
  child = fork(MAIN, {
    env: {
      PATH,
      TANGLEGATE_HOME: home,
      TANGLEGATE_PLANT_MODBUS_PORT: "0",
      TANGLEGATE_PLANT_OPCUA_PORT: "0",
      TANGLEGATE_PLANT_REST_PORT: "0",
      ...environment,
    },
    execArgv: [],
    silent: true,
  });
  child.stdout!.on("data", (chunk) => lines.push(...String(chunk).trim().split("\n")));
  const ready = new Promise<unknown>((resolve) => child!.once("message", resolve));
  /** The first line of the log that says `text`, which may come after the message. */
  const line = async (text: string): Promise<string> => {
    for (;;) {
      const found = lines.find((candidate) => candidate.includes(text));
      if (found !== undefined) return found;
      await new Promise((resolve) => child!.stdout!.once("data", resolve));
    }
  };
  const exit = new Promise<number | null>((resolve) => child!.once("close", (code) => resolve(code)));
  return {lines, line, ready, exit, process: child};
}

describe("the plant process", () => {
  test(
    "says ready, serves, and stops cleanly on SIGTERM",
    async () => {
      const {lines, line, ready, exit, process} = launch({TANGLEGATE_PLANT_TOKEN: "secret-of-this-test"});
      expect(await ready).toBe("ready");
      const started = JSON.parse(await line("the simulated site runs"));
      const response = await fetch(`http://127.0.0.1:${started.rest}/state`, {
        headers: {authorization: "Bearer secret-of-this-test"},
      });
      expect(response.status).toBe(200);
      await response.arrayBuffer();
      process.kill("SIGTERM");
      expect(await exit).toBe(0);
      expect(lines.join("\n")).not.toContain("secret-of-this-test");
    },
    TIMEOUT_MS,
  );

  test(
    "without its token it ends with one line that says so",
    async () => {
      const {lines, exit} = launch({});
      expect(await exit).toBe(1);
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0]!)).toMatchObject({level: "error", code: "plant/no-token"});
    },
    TIMEOUT_MS,
  );

  test(
    "on a taken port it ends with one line that names it",
    async () => {
      const server = createServer();
      blocker = server;
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const {port} = server.address() as {port: number};
      const {lines, exit} = launch({TANGLEGATE_PLANT_TOKEN: "t", TANGLEGATE_PLANT_OPCUA_PORT: String(port)});
      expect(await exit).toBe(1);
      expect(lines).toHaveLength(1);
      const failure = JSON.parse(lines[0]!);
      expect(failure).toMatchObject({level: "error", code: "fieldbus/port-taken"});
      expect(failure.error).toContain(`Port ${port} `);
    },
    TIMEOUT_MS,
  );
});
