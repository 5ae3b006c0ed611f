import path from "node:path";
import {createSystemClock} from "../clock.ts";
import {homeOf, loadConfig} from "../config/index.ts";
import {GatewayError} from "../errors.ts";
import {installNativeCrypto} from "../native-crypto.ts";
import {createSystemRandom} from "../random.ts";
import {runProcess} from "../run-process.ts";
import {createField} from "./field.ts";

runProcess("field", async (logAt) => {
  const {home, config} = loadConfig(homeOf(process.env));
  const log = logAt(config.log.level);
  await installNativeCrypto();
  return createField(
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
});

function tokenOf(token: string | undefined): string {
  if (token !== undefined && token !== "") return token;
  throw new GatewayError(
    "field/no-token",
    "TANGLEGATE_FIELD_TOKEN is not set. It is made by `tanglegate start`, which also starts this process.",
  );
}
