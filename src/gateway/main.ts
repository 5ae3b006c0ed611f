import {homeOf, loadConfig, readSetupPlan} from "../config/index.ts";
import {GatewayError} from "../errors.ts";
import {installNativeCrypto} from "../native-crypto.ts";
import {runProcess} from "../run-process.ts";
import {createService} from "../service.ts";
import {createGateway} from "./gateway.ts";

// Set by whoever starts all processes and starts them anew when one asks for it.
const isSupervised = Boolean(process.env.TANGLEGATE_PROCESSES);

runProcess("gateway", async (logAt, startAnew) => {
  const home = homeOf(process.env);
  if (readSetupPlan(home) !== null) return waitForSetup(startAnew);
  const loaded = loadConfig(home);
  const log = logAt(loaded.config.log.level);
  await installNativeCrypto();
  return createGateway(loaded, process.env, {log, startAnew: isSupervised ? startAnew : null});
});

// The gateway was killed between writing the plan of a setup and ending for it: the home is the new site's from here on.
function waitForSetup(startAnew: () => void) {
  if (!isSupervised) {
    throw new GatewayError(
      "setup/waiting",
      "A setup waits in setup-plan.json. Start with `tanglegate start` or `tanglegate run`, which carries it out.",
    );
  }
  startAnew();
  return createService({start: async () => undefined, stop: async () => undefined});
}
