// The plant process: the simulated site of the demo network.

import path from "node:path";
import {createSystemClock} from "../clock.ts";
import {homeOf, loadConfig} from "../config/index.ts";
import {GatewayError} from "../errors.ts";
import {runProcess} from "../run-process.ts";
import {createPlant} from "./plant.ts";

// They guard a simulation, nothing real: every copy of the demo has the same ones, and its device list holds them too.
const DEMO_USER = "operator";
const DEMO_PASSWORD = "plant-demo";

runProcess("plant", async (logAt) => {
  const home = homeOf(process.env);
  const {config} = loadConfig(home);
  const log = logAt(config.log.level);
  const plant = createPlant(
    {
      host: config.plant.host,
      modbusPort: config.plant.modbus_port,
      opcuaPort: config.plant.opcua_port,
      restPort: config.plant.rest_port,
      seed: config.plant.seed,
      speed: config.plant.speed,
      folder: path.join(home, "plant"),
      token: tokenOf(process.env.TANGLEGATE_PLANT_TOKEN),
      user: process.env.TANGLEGATE_PLANT_USER || DEMO_USER,
      password: process.env.TANGLEGATE_PLANT_PASSWORD || DEMO_PASSWORD,
    },
    {clock: createSystemClock(), log},
  );
  return {
    start: async () => {
      await plant.start();
      log.info({modbus: plant.modbusPort, opcua: plant.opcuaEndpoint, rest: plant.restPort}, "the simulated site runs");
    },
    stop: plant.stop,
  };
});

function tokenOf(token: string | undefined): string {
  if (token !== undefined && token !== "") return token;
  throw new GatewayError(
    "plant/no-token",
    "TANGLEGATE_PLANT_TOKEN is not set; `tanglegate start` makes one per start.",
  );
}
