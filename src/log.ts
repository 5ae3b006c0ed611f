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

/** A log of JSON lines on standard output, one object a line. Fields named like a secret are cut out at any of two depths. */
export function createLog(process: string, level = "info", destination?: DestinationStream): Log {
  const options = {
    level,
    base: {process},
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]), remove: true},
    formatters: {level: (label: string) => ({level: label})},
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** A log that says nothing, for tests. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};
