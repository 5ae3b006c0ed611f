import {GatewayError, sentenceOf} from "./errors.ts";
import {createLog, type Log} from "./log.ts";
import type {Service} from "./service.ts";

const STOP_MS = 7000;
// sysexits.h: an internal software error.
const FAULT = 70;

/**
 * The life of one of our processes: makes its service, starts it, says `ready` to whoever started the process, and stops on SIGINT or
 * SIGTERM within 7 s. Exit codes: 0 stopped, 1 it could not start or stop (the log says why), 70 a fault in the program.
 * `make` gets a function that gives the log once the level is known.
 */
export function runProcess(name: string, make: (logAt: (level: string) => Log) => Promise<Service>): void {
  let log = createLog(name);
  let service: Service | null = null;
  let isEnding = false;

  const end = async (code: number) => {
    if (isEnding) return;
    isEnding = true;
    const timer = setTimeout(() => process.exit(code === 0 ? 1 : code), STOP_MS);
    try {
      await service?.stop();
    } catch (error) {
      log.error({error: sentenceOf(error)}, "stop failed");
    }
    clearTimeout(timer);
    process.exit(code);
  };
  const onFault = (error: unknown) => {
    log.error(
      {error: sentenceOf(error), stack: error instanceof Error ? (error.stack ?? "") : ""},
      "a fault in the program",
    );
    void end(FAULT);
  };
  process.on("SIGINT", () => void end(0)).on("SIGTERM", () => void end(0));
  process.on("uncaughtException", onFault).on("unhandledRejection", onFault);

  const run = async () => {
    service = await make((level) => {
      log = createLog(name, level);
      return log;
    });
    await service.start();
    process.send?.("ready");
    log.info({}, "ready");
  };
  run().catch((error: unknown) => {
    log.error({error: sentenceOf(error), code: error instanceof GatewayError ? error.code : null}, "cannot start");
    void end(1);
  });
}
