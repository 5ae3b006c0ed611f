import {accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, rmSync, writeSync} from "node:fs";
import path from "node:path";
import {GatewayError, sentenceOf} from "../../errors.ts";

const FOLDERS = ["gateway", "field", "node-red", "plant", "pm2", "logs"];
const LOCK_FILE = "start.lock";

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
  const mine = `${process.pid} ${startOf(process.pid) ?? ""}`.trim();
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
