import {type ChildProcess, spawn} from "node:child_process";
import {once} from "node:events";
import path from "node:path";
import {expect, test} from "@jest/globals";

const SCRIPT = path.join(import.meta.dirname, "support", "lived-process.ts");

/** Starts the process, acts on it once it is ready, and gives its exit code and what it printed. */
async function live(kind: string, act: (child: ChildProcess) => unknown): Promise<{code: number; text: string}> {
  const child = spawn(process.execPath, [SCRIPT, kind], {stdio: ["ignore", "pipe", "inherit", "ipc"]});
  let text = "";
  child.stdout!.on("data", (part: Buffer) => {
    text += part.toString();
  });
  child.on("message", () => act(child));
  const [[code]] = (await Promise.all([once(child, "exit"), once(child.stdout!, "close")])) as [[number], unknown];
  return {code, text};
}

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s stops it in order", async (signal) => {
  const {code, text} = await live("well", (child) => child.kill(signal));
  expect(code).toBe(0);
  expect(text).toMatch(/started\n(.|\n)*stopped\n/);
});

test("it stops when whoever started it is gone", async () => {
  const {code, text} = await live("well", (child) => child.disconnect());
  expect(code).toBe(0);
  expect(text).toMatch(/stopped/);
  expect(text).toMatch(/is gone/);
});

test.each([
  ["a service that cannot start", "no-start", 1, /no port/],
  ["a service that cannot stop", "no-stop", 1, /no disk/],
  ["a fault", "fault", 70, /bug/],
  ["a fault on the way out", "fault-in-stop", 70, /bug/],
])("%s ends with its exit code and says why", async (_what, kind, code, reason) => {
  const ended = await live(kind, (child) => kind !== "fault" && child.kill("SIGTERM"));
  expect(ended.code).toBe(code);
  expect(ended.text).toMatch(reason);
});

test("it ends though nobody reads its log any more", async () => {
  const {code} = await live("well", (child) => {
    child.stdout!.destroy();
    child.disconnect();
  });
  expect(code).toBe(0);
});
