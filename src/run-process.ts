import {GatewayError, sentenceOf} from "./errors.ts";
import {createLog, type Log} from "./log.ts";
import type {Service} from "./service.ts";

const STOP_MS = 7000;
// sysexits.h: an internal software error.
const FAULT = 70;
/** A process ends with it to have all processes started anew, with the settings as they are then (sysexits.h: try again). */
export const START_ANEW = 75;

/**
 * The life of one of our processes: makes its service, starts it, says `ready` to whoever started the process, and stops within 7 s on
 * SIGINT, SIGTERM or SIGHUP, or when whoever started it is gone: without that one nobody would ever stop it. Exit codes: 0 stopped,
 * 1 it could not start or stop (the log says why), 70 a fault in the program, 75 it asks for all processes to be started anew.
 * `make` gets a function that gives the log once the level is known, and one that stops the service and ends with 75.
 */
export function runProcess(
  name: string,
  make: (logAt: (level: string) => Log, startAnew: () => void) => Promise<Service>,
): void {
  let log = createLog(name);
  let service: Service | null = null;
  let isEnding = false;
  // The worst of what has happened on the way out.
  let exitCode = 0;

  const end = async (code: number) => {
    exitCode = Math.max(exitCode, code);
    if (isEnding) return;
    isEnding = true;
    setTimeout(() => {
      log.error({withinMs: STOP_MS}, "stop took too long");
      process.exit(Math.max(exitCode, 1));
    }, STOP_MS);
    try {
      await service?.stop();
    } catch (error) {
      exitCode = Math.max(exitCode, 1);
      log.error({error: sentenceOf(error)}, "stop failed");
    }
    process.exit(exitCode);
  };
  const onFault = (error: unknown) => {
    log.error(
      {error: sentenceOf(error), stack: error instanceof Error ? (error.stack ?? "") : ""},
      "a fault in the program",
    );
    void end(FAULT);
  };
  // What a library prints to a reader that is gone is lost, and no fault.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void end(0));
  process.on("uncaughtException", onFault).on("unhandledRejection", onFault);
  process.on("disconnect", () => {
    if (!isEnding) log.warn({}, "whoever started this process is gone");
    void end(0);
  });

  const run = async () => {
    service = await make(
      (level) => {
        log = createLog(name, level);
        return log;
      },
      () => void end(START_ANEW),
    );
    if (isEnding) return;
    await service.start();
    if (isEnding) return;
    process.send?.("ready");
    log.info({}, "ready");
  };
  run().catch((error: unknown) => {
    log.error({error: sentenceOf(error), code: error instanceof GatewayError ? error.code : null}, "cannot start");
    void end(1);
  });
}
