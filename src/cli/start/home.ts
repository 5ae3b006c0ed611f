import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import {GatewayError, sentenceOf} from "../../errors.ts";

const FOLDERS = ["gateway", "field", "node-red", "plant", "pm2", "logs"];
const LOCK_FILE = "start.lock";
// Process of pm2-runtime, for the start after one that was killed.
const RUNTIME_FILE = path.join("pm2", "runtime.lock");
const LEFTOVER_POLL_MS = 100;
const LEFTOVER_MS = 30_000;

/** Makes the data folder and what belongs into it. Errors: `start/home` naming TANGLEGATE_HOME. */
export function prepareHome(home: string): void {
  try {
    for (const folder of FOLDERS) mkdirSync(path.join(home, folder), {recursive: true, mode: 0o700});
    for (const folder of ["", ...FOLDERS]) accessSync(path.join(home, folder), constants.R_OK | constants.W_OK);
    // Root passes every access check; only a real write shows a read-only file system.
    const probe = path.join(home, `.probe-${process.pid}`);
    closeSync(openSync(probe, "w", 0o600));
    rmSync(probe);
  } catch (error) {
    throw new GatewayError(
      "start/home",
      `The data folder ${home} cannot be written (${reasonOf(error)}). Choose another with TANGLEGATE_HOME or --home, or change its owner.`,
      {home},
    );
  }
}

/**
 * Takes the one lock of a home; returns what gives it back. A lock whose process has ended is taken over.
 * Errors: `start/locked` naming the process.
 */
export function lockHome(home: string): () => void {
  const file = path.join(home, LOCK_FILE);
  const mine = nameOf(process.pid);
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = openSync(file, "wx", 0o600);
      writeSync(handle, mine);
      closeSync(handle);
      return () => rmSync(file, {force: true});
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 2) throw error;
      const holder = readFileSync(file, "utf8").trim();
      if (isRunning(holder)) {
        throw new GatewayError(
          "start/locked",
          `A gateway already runs on ${home} (process ${holder.split(" ")[0]}). Stop it first, or choose another folder with TANGLEGATE_HOME.`,
          {home},
        );
      }
      rmSync(file, {force: true});
    }
  }
}

/** Notes the process that runs all others, so that the next start finds it when this one is killed. */
export function noteRuntime(home: string, pid: number): void {
  writeFileSync(path.join(home, RUNTIME_FILE), nameOf(pid), {mode: 0o600});
}

/**
 * Stops what a start that was killed has left running on this home. True when there was something. Call it with the lock held.
 * Errors: `start/leftover` naming the process that does not end.
 */
export async function stopLeftover(home: string): Promise<boolean> {
  const file = path.join(home, RUNTIME_FILE);
  const holder = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  if (!isRunning(holder)) return false;
  const pid = Number(holder.split(" ")[0]);
  process.kill(pid, "SIGINT");
  for (let waited = 0; isRunning(holder); waited += LEFTOVER_POLL_MS) {
    if (waited >= LEFTOVER_MS) {
      throw new GatewayError(
        "start/leftover",
        `Process ${pid}, left by an earlier start on ${home}, does not end. End it by hand: kill -9 ${pid}.`,
        {home, pid},
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LEFTOVER_POLL_MS));
  }
  return true;
}

function nameOf(pid: number): string {
  return `${pid} ${startOf(pid) ?? ""}`.trim();
}

function isRunning(holder: string): boolean {
  const [pidText, start] = holder.split(" ");
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  // After a reboot another program may have the number; its start time differs.
  const running = startOf(pid);
  return start === undefined || running === null || running === start;
}

// Field 22 of /proc/PID/stat: start of the process in clock ticks since boot. Linux only; elsewhere the number alone counts.
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EROFS") return "its file system is read-only";
  if (code === "EACCES" || code === "EPERM") return "no permission";
  if (code === "ENOTDIR" || code === "EEXIST") return "a file stands in its place";
  if (code === "ENOSPC") return "the disk is full";
  return sentenceOf(error);
}
