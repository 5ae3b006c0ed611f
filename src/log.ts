import {writeSync} from "node:fs";
import {type DestinationStream, pino} from "pino";

/** Facts first, then a constant text. See "LOGS" in src/README.md for the levels. */
export interface Log {
  debug(facts: object, text: string): void;
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
  child(facts: object): Log;
}

const SECRET_FIELDS = ["password", "token", "secret", "seed", "authorization", "cookie", "privateKey", "mnemonic"];

const STDOUT = 1;
const WAIT_MS = 10;
const WAITS_MAX = 100;

/**
 * Standard output, written at once. pino's own destination tries for ever, at the exit of a process, to write to a reader that is gone;
 * here a reader that is gone ends the writing, and a line that a reader does not take within a second is left out.
 */
export function createStandardOutput(write: (fd: number, bytes: Uint8Array) => number = writeSync): DestinationStream {
  let isGone = false;
  return {
    write: (line) => {
      let bytes: Uint8Array = Buffer.from(line);
      for (let waits = 0; bytes.length > 0 && !isGone && waits < WAITS_MAX; ) {
        try {
          bytes = bytes.subarray(write(STDOUT, bytes));
        } catch (error) {
          isGone = (error as NodeJS.ErrnoException).code !== "EAGAIN";
          if (!isGone) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
          waits += 1;
        }
      }
    },
  };
}

/** A log of JSON lines on standard output, one object a line. Fields named like a secret are cut out at any of two depths. */
export function createLog(process: string, level = "info", destination?: DestinationStream): Log {
  const options = {
    level,
    base: {process},
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]), remove: true},
    formatters: {level: (label: string) => ({level: label})},
  };
  return pino(options, destination ?? createStandardOutput());
}

/** A log that says nothing, for tests. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};
