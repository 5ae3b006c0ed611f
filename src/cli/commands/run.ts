import {type ChildProcess, spawn} from "node:child_process";
import path from "node:path";
import {Command} from "commander";
import {GatewayError} from "../../errors.ts";
import {START_ANEW} from "../../run-process.ts";
import {EXIT} from "../context.ts";
import type {Run} from "../run.ts";
import {type ProcessName, processesOf} from "../start/processes.ts";
import {prepareStart} from "../start/start.ts";

const STOP_MS = 10_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
// As in ecosystem.config.cjs.
const HEAP_FLAGS = ["--max-semi-space-size=2", "--max-old-space-size=160"];
const SCRIPTS: Readonly<Record<ProcessName, string>> = {
  gateway: "gateway/main.js",
  field: "field/main.js",
  "node-red": "editor/main.js",
  plant: "plant/main.js",
};

export function runCommand(run: Run): Command {
  return new Command("run")
    .description("run the processes in the foreground without pm2, for systemd; the first one that ends, ends all")
    .action(
      run(async ({home}) => {
        for (;;) {
          const {loaded, environment, release} = await prepareStart(home);
          try {
            if ((await superviseAll(processesOf(loaded.config), environment)) === "stopped") return EXIT.done;
          } finally {
            release();
          }
        }
      }),
    );
}

async function superviseAll(
  names: readonly ProcessName[],
  environment: Readonly<Record<string, string>>,
): Promise<"stopped" | "again"> {
  const children = new Map<ProcessName, ChildProcess>();
  let isStopping = false;
  const stopAll = () => {
    isStopping = true;
    for (const child of children.values()) child.kill("SIGTERM");
    setTimeout(() => {
      for (const child of children.values()) child.kill("SIGKILL");
    }, STOP_MS).unref();
  };
  let isSignalled = false;
  const onSignal = () => {
    isSignalled = true;
    stopAll();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);

  const ends = names.map((name) => {
    const script = path.join(import.meta.dirname, "..", "..", SCRIPTS[name]);
    const child = spawn(process.execPath, [...HEAP_FLAGS, script], {
      env: {...process.env, UV_THREADPOOL_SIZE: "8", MALLOC_ARENA_MAX: "2", ...environment},
      // The channel tells a process when this one is killed, so that none stays behind.
      stdio: ["inherit", "inherit", "inherit", "ipc"],
    });
    children.set(name, child);
    return new Promise<{name: ProcessName; how: string; isAgain: boolean; wasAsked: boolean}>((resolve) => {
      const end = (how: string, isAgain = false) => {
        const wasAsked = isStopping;
        if (!isStopping) stopAll();
        resolve({name, how, isAgain, wasAsked});
      };
      child.once("exit", (code, signal) =>
        end(signal === null ? `ended with code ${code}` : `been ended by ${signal}`, code === START_ANEW),
      );
      child.once("error", (error) => end(`not been started: ${error.message}`));
    });
  });
  const first = (await Promise.all(ends)).find((end) => !end.wasAsked);
  for (const signal of SIGNALS) process.off(signal, onSignal);
  if (first === undefined || isSignalled) return "stopped";
  if (first.isAgain) return "again";
  throw new GatewayError("run/failed", `The process ${first.name} has ${first.how}; its log says why.`, {
    process: first.name,
  });
}
