import {homeOf, loadConfig} from "../config/index.ts";
import {installNativeCrypto} from "../native-crypto.ts";
import {runProcess} from "../run-process.ts";
import {createGateway} from "./gateway.ts";

runProcess("gateway", async (logAt) => {
  const loaded = loadConfig(homeOf(process.env));
  const log = logAt(loaded.config.log.level);
  await installNativeCrypto();
  return createGateway(loaded, process.env, log);
});
