// The plant process: the simulated site of the demo network.

import path from "node:path";
import {createSystemClock} from "../clock.ts";
import {homeOf, loadConfig} from "../config/index.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import {createLog} from "../log.ts";
import {createPlant} from "./plant.ts";

// They guard a simulation, nothing real: every copy of the demo has the same ones, and its device list holds them too.
const DEMO_USER = "operator";
const DEMO_PASSWORD = "plant-demo";
const STOP_WITHIN_MS = 5000;

let log = createLog("plant");

async function main(): Promise<void> {
  const home = homeOf(process.env);
  const {config} = loadConfig(home);
  log = createLog("plant", config.log.level);
  const token = process.env.TANGLEGATE_PLANT_TOKEN ?? "";
  if (token === "") {
    throw new GatewayError(
      "plant/no-token",
      "TANGLEGATE_PLANT_TOKEN is not set; `tanglegate start` makes one per start.",
    );
  }
  const plant = createPlant(
    {
      host: config.plant.host,
      modbusPort: config.plant.modbus_port,
      opcuaPort: config.plant.opcua_port,
      restPort: config.plant.rest_port,
      seed: config.plant.seed,
      speed: config.plant.speed,
      folder: path.join(home, "plant"),
      token,
      user: process.env.TANGLEGATE_PLANT_USER || DEMO_USER,
      password: process.env.TANGLEGATE_PLANT_PASSWORD || DEMO_PASSWORD,
    },
    {clock: createSystemClock(), log},
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
  const stop = async () => {
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    await plant.stop();
    process.exit(0);
  };
  await plant.start();
  log.info({modbus: plant.modbusPort, opcua: plant.opcuaEndpoint, rest: plant.restPort}, "the simulated site runs");
  process.send?.("ready");
}

main().catch((error: unknown) => {
  log.error(
    {code: error instanceof GatewayError ? error.code : null, reason: sentenceOf(error)},
    "the plant cannot start",
  );
  process.exit(1);
});
