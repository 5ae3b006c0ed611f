import path from "node:path";
import {createSystemClock} from "../clock.ts";
import {homeOf, loadConfig} from "../config/index.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import {createLog, type Log} from "../log.ts";
import {installNativeCrypto} from "../native-crypto.ts";
import {createSystemRandom} from "../random.ts";
import type {Service} from "../service.ts";
import {createField} from "./field.ts";

const STOP_MS = 5_000;

let log: Log = createLog("field");
let field: Service | null = null;
let isStopping = false;

async function run(): Promise<void> {
  await installNativeCrypto();
  const {home, config} = loadConfig(homeOf(process.env));
  log = createLog("field", config.log.level);
  field = createField(
    {
      folder: path.join(home, "field"),
      host: config.field.host,
      port: config.field.port,
      token: tokenOf(process.env.TANGLEGATE_FIELD_TOKEN),
      broker: config.events,
      devices: config.field.devices,
    },
    {clock: createSystemClock(), random: createSystemRandom(), log},
  );
  await field.start();
  process.send?.("ready");
  log.info({host: config.field.host, port: config.field.port}, "field is up");
}

function tokenOf(token: string | undefined): string {
  if (token !== undefined && token !== "") return token;
  throw new GatewayError(
    "field/no-token",
    "TANGLEGATE_FIELD_TOKEN is not set. It is made by `tanglegate start`, which also starts this process.",
  );
}

async function end(code: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  const timer = setTimeout(() => process.exit(code === 0 ? 1 : code), STOP_MS);
  try {
    await field?.stop();
  } catch (error) {
    log.error({error: sentenceOf(error)}, "stop failed");
  }
  clearTimeout(timer);
  process.exit(code);
}

function onFault(error: unknown): void {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  log.error({error: sentenceOf(error), stack}, "a fault in the program");
  void end(70);
}

process.on("SIGINT", () => void end(0)).on("SIGTERM", () => void end(0));
process.on("uncaughtException", onFault);
process.on("unhandledRejection", onFault);

run().catch((error: unknown) => {
  log.error({error: sentenceOf(error)}, "field cannot start");
  void end(1);
});
