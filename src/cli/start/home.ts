import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import {GatewayError, sentenceOf} from "../../errors.ts";
import {makeFolder, writeWhole} from "../../files.ts";

const FOLDERS = ["gateway", "field", "node-red", "plant", "pm2", "logs"];
const LOCK_FILE = "start.lock";
// Process of pm2-runtime, for the start after one that was killed.
const RUNTIME_FILE = path.join("pm2", "runtime.lock");
const LOCK_TRIES = 5;
// unix(7): a socket's path has 108 bytes with its zero, 104 on macOS.
const SOCKET_PATH_MAX = process.platform === "darwin" ? 103 : 107;
const PM2_SOCKET = path.join("pm2", "rpc.sock");
const LEFTOVER_POLL_MS = 100;
const LEFTOVER_MS = 30_000;

/** Makes the data folder and what belongs into it. Errors: `start/home` naming TANGLEGATE_HOME. */
export function prepareHome(home: string): void {
  try {
    for (const folder of FOLDERS) makeFolder(path.join(home, folder));
    for (const folder of ["", ...FOLDERS]) checkAccess(path.join(home, folder));
    // Root passes every access check; only a real write shows a read-only file system.
    const probe = path.join(home, `.probe-${process.pid}`);
    closeSync(openSync(probe, "w", 0o600));
    rmSync(probe);
  } catch (error) {
    throw notWritable(home, error);
  }
}

/** pm2 has sockets in its folder, and the path of a socket is short. Errors: `start/home`. */
export function checkSocketPath(home: string): void {
  const socket = path.join(home, PM2_SOCKET);
  const over = Buffer.byteLength(socket) - SOCKET_PATH_MAX;
  if (process.platform === "win32" || over <= 0) return;
  throw new GatewayError(
    "start/home",
    `The path of the data folder ${home} is ${over} bytes too long: ${socket} is a socket of pm2, whose path has at most ${SOCKET_PATH_MAX} bytes. Choose a shorter one with TANGLEGATE_HOME or --home.`,
    {home},
  );
}

/** Whether a home can be used, without making it. Errors: `start/home`. */
export function checkHome(home: string): void {
  let folder = home;
  while (!existsSync(folder) && path.dirname(folder) !== folder) folder = path.dirname(folder);
  try {
    checkAccess(folder);
  } catch (error) {
    throw notWritable(home, error);
  }
}

/**
 * Takes the one lock of a home; returns what gives it back. A lock whose process has ended is taken over.
 * Errors: `start/locked` naming the process; `start/home`.
 */
export function lockHome(home: string): () => void {
  const file = path.join(home, LOCK_FILE);
  const mine = nameOf(process.pid);
  for (let attempt = 0; attempt < LOCK_TRIES; attempt++) {
    if (takeLock(home, file, mine)) {
      return () => {
        if (readIfThere(file) === mine) rmSync(file, {force: true});
      };
    }
    const holder = readIfThere(file);
    if (holder === null) continue;
    if (isRunning(holder)) throw locked(home, holder);
    dropLock(file, holder);
  }
  throw locked(home, readIfThere(file) ?? "");
}

// With its text from the first moment: an empty lock of a start beside us would look like one to take over.
function takeLock(home: string, file: string, mine: string): boolean {
  const fresh = `${file}.${process.pid}`;
  try {
    writeFileSync(fresh, mine, {mode: 0o600});
    try {
      linkSync(fresh, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      // FAT and some network file systems have no links.
      writeFileSync(file, mine, {mode: 0o600, flag: "wx"});
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw notWritable(home, error);
  } finally {
    rmSync(fresh, {force: true});
  }
}

// Moved aside, looked at and put back when it is another one by now: of two starts that find a stale lock only one may take it over.
function dropLock(file: string, stale: string): void {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
    if (readIfThere(aside) !== stale) linkSync(aside, file);
  } catch {
    // Somebody else was faster; the next try looks again.
  } finally {
    rmSync(aside, {force: true});
  }
}

/** Whether a gateway runs on a home. */
export function isHomeLocked(home: string): boolean {
  const file = path.join(home, LOCK_FILE);
  return existsSync(file) && isRunning(readFileSync(file, "utf8").trim());
}

/** Whether nobody has changed the first password yet, as far as the files tell; the gateway itself knows. */
export function isFirstPassword(home: string): boolean {
  const folder = path.join(home, "gateway");
  if (existsSync(path.join(folder, "admin-password"))) return false;
  return existsSync(path.join(home, "credentials.txt")) || !existsSync(path.join(folder, "users.json"));
}

/** Notes the process that runs all others, so that the next start finds it when this one is killed. */
export function noteRuntime(home: string, pid: number): void {
  writeWhole(path.join(home, RUNTIME_FILE), nameOf(pid));
}

/**
 * Stops what a start that was killed has left running on this home. True when there was something. Call it with the lock held.
 * Errors: `start/leftover` naming the process that does not end.
 */
export async function stopLeftover(home: string): Promise<boolean> {
  const holder = readIfThere(path.join(home, RUNTIME_FILE)) ?? "";
  if (!isRunning(holder)) return false;
  const pid = Number(holder.split(" ")[0]);
  interrupt(pid, home);
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

function interrupt(pid: number, home: string): void {
  try {
    process.kill(pid, "SIGINT");
  } catch (error) {
    // It has just ended.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return;
    throw new GatewayError(
      "start/leftover",
      `Process ${pid}, left by an earlier start on ${home}, belongs to another user. Let that user end it: kill ${pid}.`,
      {home, pid},
    );
  }
}

function nameOf(pid: number): string {
  return `${pid} ${startOf(pid) ?? ""} ${bootId() ?? ""}`.trim();
}

function isRunning(holder: string): boolean {
  const [pidText, start, boot] = holder.split(" ");
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  // After a reboot another program may have the number, on a small board even from the same moment on.
  const isOtherBoot = boot !== undefined && bootId() !== null && boot !== bootId();
  const running = startOf(pid);
  return !isOtherBoot && (start === undefined || running === null || running === start);
}

// Field 22 of /proc/PID/stat: start of the process in clock ticks since boot. Linux only; elsewhere the number alone counts.
function startOf(pid: number): string | null {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat === null ? null : (stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null);
}

function bootId(): string | null {
  return readIfThere("/proc/sys/kernel/random/boot_id");
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return null;
  }
}

function checkAccess(folder: string): void {
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
}

function locked(home: string, holder: string): GatewayError {
  const who = holder === "" ? "" : ` (process ${holder.split(" ")[0]})`;
  return new GatewayError(
    "start/locked",
    `A gateway already runs on ${home}${who}. Stop it first, or choose another folder with TANGLEGATE_HOME.`,
    {home},
  );
}

function notWritable(home: string, error: unknown): GatewayError {
  return new GatewayError(
    "start/home",
    `The data folder ${home} cannot be written (${reasonOf(error)}). Choose another with TANGLEGATE_HOME or --home, or change its owner.`,
    {home},
  );
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EROFS") return "its file system is read-only";
  if (code === "EACCES" || code === "EPERM") return "no permission";
  if (code === "ENOENT") return "the system makes no folder there";
  if (code === "ENOTDIR" || code === "EEXIST") return "a file stands in its place";
  if (code === "ENOSPC") return "the disk is full";
  return sentenceOf(error);
}
