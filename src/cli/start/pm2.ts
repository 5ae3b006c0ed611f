import {spawn} from "node:child_process";
import {createRequire} from "node:module";
import path from "node:path";
import {createInterface} from "node:readline";

/** What pm2-runtime tells of the processes it runs. */
export type Pm2Event =
  /** `how`: "code 1", "signal SIGKILL". */
  | {readonly kind: "exited"; readonly name: string; readonly code: number; readonly how: string}
  | {readonly kind: "gave-up"; readonly name: string}
  | {readonly kind: "failed"; readonly text: string};

/** Reads one line of pm2-runtime's own output; null for lines that say nothing about a process's end. */
export function parsePm2Line(line: string): Pm2Event | null {
  const exited = /App \[([\w-]+):\d+\] exited with code \[(\d+)\](?: via signal \[(\w+)\])?/.exec(line);
  if (exited !== null) {
    return {kind: "exited", name: exited[1]!, code: Number(exited[2]), how: howOf(exited[2]!, exited[3])};
  }
  // The path may have spaces.
  const gaveUp = /Script (.+) had too many unstable restarts/.exec(line);
  if (gaveUp !== null) return {kind: "gave-up", name: nameOfScript(gaveUp[1]!)};
  return /\[PM2\]\[ERROR\]|PM2 error: (?!app=)/.test(line) ? {kind: "failed", text: line} : null;
}

/** pm2-runtime while it runs. */
export interface Pm2Runtime {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Resolves with how it ended, a sentence. */
  readonly ended: Promise<string>;
}

/** Starts pm2-runtime on our ecosystem file. Its daemon lives inside it and in `PM2_HOME`; nothing of the user's own pm2 is touched. */
export function spawnPm2(
  home: string,
  environment: Readonly<Record<string, string>>,
  onEvent: (event: Pm2Event) => void,
): Pm2Runtime {
  const root = path.join(import.meta.dirname, "..", "..", "..", "..");
  const require = createRequire(import.meta.url);
  const runtime = path.join(path.dirname(require.resolve("pm2/package.json")), "bin", "pm2-runtime");
  const child = spawn(process.execPath, [runtime, "start", path.join(root, "ecosystem.config.cjs")], {
    env: {...process.env, ...environment, PM2_HOME: path.join(home, "pm2"), PM2_DISCRETE_MODE: "true"},
    stdio: ["ignore", "pipe", "pipe"],
    // Its own process group: Ctrl-C in a terminal reaches us alone, and we stop it in order.
    detached: true,
  });
  let last = "";
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({input: stream}).on("line", (line) => {
      // On standard output the processes' logs come by.
      if (stream === child.stderr) last = line.trim() || last;
      const event = parsePm2Line(line);
      if (event !== null) onEvent(event);
    });
  }
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`pm2-runtime could not be started: ${error.message}.`));
    child.once("exit", (code, signal) =>
      resolve(`pm2-runtime has ended with ${signal ?? `code ${code}`}. ${last}`.trim()),
    );
  });
  return {pid: child.pid, ended};
}

// pm2 names SIGINT for every end without a signal.
function howOf(code: string, signal: string | undefined): string {
  return signal === undefined || signal === "SIGINT" ? `code ${code}` : `signal ${signal}`;
}

function nameOfScript(script: string): string {
  const folder = path.basename(path.dirname(script));
  return folder === "editor" ? "node-red" : folder;
}
