import {existsSync} from "node:fs";
import path from "node:path";
import {createGatewayClient} from "../client/index.ts";
import {createSystemClock} from "../clock.ts";
import {homeOf, loadConfig} from "../config/index.ts";
import {sentenceOf} from "../errors.ts";
import {createLog} from "../log.ts";
import {createSystemRandom} from "../random.ts";
import {createEditor, type Editor} from "./editor.ts";
import {createEditorLogin} from "./login.ts";

const OWN_TOKEN = "TANGLEGATE_NODE_RED_TOKEN";

const clock = createSystemClock();
let log = createLog("node-red");
let editor: Editor | null = null;
let isEnding = false;

async function run(): Promise<void> {
  const {config, home, isDemo} = loadConfig(homeOf(process.env));
  log = createLog("node-red", config.log.level);
  const root = packageRoot(import.meta.dirname);
  const gatewayUrl = urlOf(config.rest);
  keepSecretsFromFlows();
  // Gateway nodes without an address of their own read it.
  process.env.TANGLEGATE_URL = gatewayUrl;
  const gateway = createGatewayClient({url: gatewayUrl});
  editor = createEditor(
    {
      host: config.node_red.host,
      port: config.node_red.port,
      folder: path.join(home, "node-red"),
      palette: root,
      examples: path.join(root, "flows"),
      isDemo,
      unsafeNodes: config.node_red.unsafe_nodes,
    },
    {
      login: createEditorLogin({login: (user, password) => gateway.login(user, password), clock, log}),
      clock,
      random: createSystemRandom(),
      log,
    },
  );
  await editor.start();
  process.send?.("ready");
  log.info({url: urlOf({host: config.node_red.host, port: editor.port()})}, "node-red is up");
}

async function end(code: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  try {
    await editor?.stop();
  } catch (error) {
    log.error({error: sentenceOf(error)}, "stop failed");
  }
  process.exit(code);
}

// Every flow can read the environment; of the secrets in it only the scoped token is meant for flows.
function keepSecretsFromFlows(): void {
  for (const name of Object.keys(process.env)) {
    if (/^TANGLEGATE_.*(TOKEN|PASSWORD|SECRET|UNLOCK)$/.test(name) && name !== OWN_TOKEN) delete process.env[name];
  }
}

function urlOf({host, port}: {host: string; port: number}): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

function packageRoot(folder: string): string {
  return existsSync(path.join(folder, "package.json")) ? folder : packageRoot(path.dirname(folder));
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
  log.error({error: sentenceOf(error)}, "node-red cannot start");
  void end(1);
});
