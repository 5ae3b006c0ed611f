import {homeOf, loadConfig} from "../config/index.ts";
import {sentenceOf} from "../errors.ts";
import {createLog} from "../log.ts";
import {installNativeCrypto} from "../native-crypto.ts";
import type {Service} from "../service.ts";
import {createGateway} from "./gateway.ts";

const STOP_MS = 7000;

const log = createLog("gateway", process.env.TANGLEGATE_LOG_LEVEL || "info");
let gateway: Service | null = null;
let isStopping = false;

async function run(): Promise<void> {
  await installNativeCrypto();
  gateway = await createGateway(loadConfig(homeOf(process.env)), process.env, log);
  await gateway.start();
  process.send?.("ready");
  log.info({}, "gateway is up");
}

async function end(code: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  const timer = setTimeout(() => process.exit(code === 0 ? 1 : code), STOP_MS);
  try {
    await gateway?.stop();
  } catch (error) {
    log.error({error: sentenceOf(error)}, "stop failed");
  }
  clearTimeout(timer);
  process.exit(code);
}

process.on("SIGINT", () => void end(0)).on("SIGTERM", () => void end(0));
process.on("uncaughtException", (error) => {
  log.error({error: sentenceOf(error), stack: error.stack ?? ""}, "a fault in the program");
  void end(70);
});
process.on("unhandledRejection", (error) => {
  log.error(
    {error: sentenceOf(error), stack: error instanceof Error ? (error.stack ?? "") : ""},
    "a fault in the program",
  );
  void end(70);
});

run().catch((error: unknown) => {
  log.error({error: sentenceOf(error)}, "gateway cannot start");
  void end(1);
});
