import {type ChildProcess, spawn} from "node:child_process";
import path from "node:path";
import {Command} from "commander";
import {GatewayError} from "../../errors.ts";
import type {Run} from "../run.ts";
import {type ProcessName, processesOf} from "../start/processes.ts";
import {prepareStart} from "../start/start.ts";

const STOP_MS = 10_000;
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
        const {loaded, environment, release} = await prepareStart(home);
        try {
          return await superviseAll(processesOf(loaded.config), environment);
        } finally {
          release();
        }
      }),
    );
}

async function superviseAll(
  names: readonly ProcessName[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const children = new Map<ProcessName, ChildProcess>();
  let isStopping = false;
  const stopAll = () => {
    isStopping = true;
    for (const child of children.values()) child.kill("SIGTERM");
    setTimeout(() => {
      for (const child of children.values()) child.kill("SIGKILL");
    }, STOP_MS).unref();
  };
  process.on("SIGINT", stopAll).on("SIGTERM", stopAll).on("SIGHUP", stopAll);

  const ends = names.map((name) => {
    const script = path.join(import.meta.dirname, "..", "..", SCRIPTS[name]);
    const child = spawn(process.execPath, [...HEAP_FLAGS, script], {
      env: {...process.env, UV_THREADPOOL_SIZE: "8", MALLOC_ARENA_MAX: "2", ...environment},
      // The channel tells a process when this one is killed, so that none stays behind.
      stdio: ["inherit", "inherit", "inherit", "ipc"],
    });
    children.set(name, child);
    return new Promise<{name: ProcessName; how: string; wasAsked: boolean}>((resolve) => {
      const end = (how: string) => {
        const wasAsked = isStopping;
        if (!isStopping) stopAll();
        resolve({name, how, wasAsked});
      };
      child.once("exit", (code, signal) =>
        end(signal === null ? `ended with code ${code}` : `been ended by ${signal}`),
      );
      child.once("error", (error) => end(`not been started: ${error.message}`));
    });
  });
  const first = (await Promise.all(ends)).find((end) => !end.wasAsked);
  if (first === undefined) return 0;
  throw new GatewayError("run/failed", `The process ${first.name} has ${first.how}; its log says why.`, {
    process: first.name,
  });
}
