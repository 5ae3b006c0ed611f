import {execFile} from "node:child_process";
import type {ClockState} from "../clock.ts";
import {createService, type Service} from "../service.ts";

const REFRESH_MS = 60_000;
const ANSWER_MS = 5000;

/** Keeps asking the operating system whether its clock is synchronised; `read` gives the last answer at once. */
export interface ClockWatch extends Service {
  read(): ClockState;
}

const UNKNOWN: ClockState = {isSynchronised: false, source: "none", uncertaintyMs: null};

/** Runs a program and gives its output; null when there is no such program or it fails. */
export type RunProgram = (file: string, args: readonly string[]) => Promise<string | null>;

export function createClockWatch(run: RunProgram = runProgram): ClockWatch {
  let state = UNKNOWN;
  let timer: NodeJS.Timeout | null = null;
  const refresh = async () => {
    state = await askSystem(run);
  };
  return {
    ...createService({
      start: async () => {
        await refresh();
        timer = setInterval(() => void refresh(), REFRESH_MS).unref();
      },
      stop: async () => {
        if (timer !== null) clearInterval(timer);
      },
    }),
    read: () => state,
  };
}

/** chrony first, because it knows the error's bound; then systemd, which knows only yes or no. */
export async function askSystem(run: RunProgram): Promise<ClockState> {
  const tracking = await run("chronyc", ["-c", "-n", "tracking"]);
  const chrony = tracking === null ? null : parseChrony(tracking);
  if (chrony !== null) return chrony;
  const shown = await run("timedatectl", ["show", "--property=NTPSynchronized", "--value"]);
  if (shown?.trim() === "yes") return {isSynchronised: true, source: "ntp", uncertaintyMs: null};
  return UNKNOWN;
}

// `chronyc -c tracking`: fields by comma; 3 stratum, 5 system time offset, 11 root delay, 12 root dispersion (s), 14 leap status.
// RFC 5905 section 11.1: the error is at most half the root delay plus the root dispersion, besides the present offset.
function parseChrony(line: string): ClockState | null {
  const fields = line.trim().split(",");
  if (fields.length < 14) return null;
  const [offset, delay, dispersion] = [fields[4], fields[10], fields[11]].map(Number);
  if (fields[13] === "Not synchronised" || fields[2] === "0") return null;
  const bound = (Math.abs(offset!) + delay! / 2 + dispersion!) * 1000;
  return {isSynchronised: true, source: "ntp", uncertaintyMs: Number.isFinite(bound) ? Math.ceil(bound) : null};
}

function runProgram(file: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(file, [...args], {timeout: ANSWER_MS}, (error, stdout) => resolve(error === null ? stdout : null));
  });
}
