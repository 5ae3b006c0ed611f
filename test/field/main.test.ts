import {type ChildProcess, spawn} from "node:child_process";
import {mkdtemp, rm, writeFile} from "node:fs/promises";
import {createServer} from "node:net";
import os from "node:os";
import path from "node:path";
import {afterEach, beforeEach, describe, expect, test} from "@jest/globals";

const MAIN = path.join(import.meta.dirname, "../../src/field/main.ts");
let home: string;
let child: ChildProcess | null = null;

beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), "tanglegate-main-"));
  await writeFile(path.join(home, "gateway.yaml"), "field: {port: 0}\nevents: {port: 1}\n");
});
afterEach(async () => {
  child?.kill("SIGKILL");
  await rm(home, {recursive: true, force: true});
});

function start(environment: Record<string, string>) {
  const lines: {level: string; msg: string; error?: string}[] = [];
  const started = spawn(process.execPath, [MAIN], {
    env: {PATH: process.env.PATH, TANGLEGATE_HOME: home, ...environment},
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  child = started;
  started.stdout?.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n").filter(Boolean)) lines.push(JSON.parse(line) as (typeof lines)[number]);
  });
  return {
    lines,
    ready: new Promise((resolve) => started.once("message", resolve)),
    exit: new Promise<number | null>((resolve) => started.once("close", (code) => resolve(code))),
    stop: () => started.kill("SIGTERM"),
  };
}

describe("the process", () => {
  test("says that it is ready, and ends with 0 on SIGTERM", async () => {
    const field = start({TANGLEGATE_FIELD_TOKEN: "t"});
    expect(await field.ready).toBe("ready");
    field.stop();
    expect(await field.exit).toBe(0);
  }, 20_000);

  test("does not start without its token", async () => {
    const field = start({});
    expect(await field.exit).toBe(1);
    const errors = field.lines.filter((line) => line.level === "error");
    expect(errors).toMatchObject([{msg: "cannot start", error: expect.stringMatching(/TANGLEGATE_FIELD_TOKEN/)}]);
  }, 20_000);

  test("does not start with a wrong device in gateway.yaml, and names it", async () => {
    const device = {id: "m", connection: {protocol: "modbus-tcp", host: "x", port: 502}, profile: "eastron-sdm630"};
    await writeFile(path.join(home, "gateway.yaml"), JSON.stringify({field: {port: 0, devices: [device]}}));
    const field = start({TANGLEGATE_FIELD_TOKEN: "t"});
    expect(await field.exit).toBe(1);
    expect(field.lines.at(-1)?.error).toMatch(/^Setting field\.devices\.0: connection\.unitId: /);
  }, 20_000);

  test("does not start on a taken port, and names the setting", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const {port} = server.address() as {port: number};
    const field = start({TANGLEGATE_FIELD_TOKEN: "t", TANGLEGATE_FIELD_PORT: String(port)});
    expect(await field.exit).toBe(1);
    expect(field.lines.at(-1)?.error).toMatch(/setting field\.port/);
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }, 20_000);
});
