import {existsSync} from "node:fs";
import path from "node:path";
import {createGatewayClient, GATEWAY_MACHINE, type GatewayClient} from "../client/index.ts";
import {type Clock, createSystemClock} from "../clock.ts";
import {
  certificateOf,
  configuredHosts,
  homeOf,
  isLoopback,
  type LoadedConfig,
  loadConfig,
  urlOf,
} from "../config/index.ts";
import {sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";
import {createSystemRandom, type Random} from "../random.ts";
import {runProcess} from "../run-process.ts";
import {joinServices} from "../service.ts";
import {type Certificates, createCertificates, encryptOthers, ownNames, refusePlainHttp} from "../tls/index.ts";
import type {Deploy} from "./deploys.ts";
import {createEditor} from "./editor.ts";
import {createEditorLogin} from "./login.ts";

const FLOWS_TOKEN = "TANGLEGATE_NODE_RED_TOKEN";
const OWN_TOKEN = "TANGLEGATE_EDITOR_TOKEN";

runProcess("node-red", async (logAt) => {
  const loaded = loadConfig(homeOf(process.env));
  const {config, home, isDemo} = loaded;
  const log = logAt(config.log.level);
  const clock = createSystemClock();
  const root = packageRoot(import.meta.dirname);
  const gatewayUrl = urlOf(config.rest);
  const own = createGatewayClient({url: gatewayUrl, token: process.env[OWN_TOKEN] ?? ""});
  keepSecretsFromFlows();
  // Gateway nodes without an address of their own read it.
  process.env.TANGLEGATE_URL = gatewayUrl;
  const gatewayOf = (token?: string) =>
    createGatewayClient({url: gatewayUrl, fetch: fetchAsNodeRed, ...(token === undefined ? {} : {token})});
  const login = createEditorLogin({
    login: (user, password) => gatewayOf().login(user, password),
    me: (token) => gatewayOf(token).me(),
    logout: (token) => gatewayOf(token).logout(),
    clock,
    log,
  });
  const random = createSystemRandom();
  const certificates = certificatesFor(loaded, {clock, random, log});
  const editor = createEditor(
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
      login,
      clock,
      random,
      log,
      onDeploy: (deploy) => recordDeploy(deploy, {gateway: own, role: login.roleOf(deploy.user), log}),
      ...(certificates === null ? {} : {encrypt: (server) => encryptOthers(server, certificates, refusePlainHttp())}),
    },
  );
  return certificates === null ? editor : joinServices([certificates, editor]);
});

// Only where other machines come. The gateway makes and renews; this process takes what is there.
function certificatesFor(
  loaded: LoadedConfig,
  deps: {readonly clock: Clock; readonly random: Random; readonly log: Log},
): Certificates | null {
  const source = isLoopback(loaded.config.node_red.host) ? null : certificateOf(loaded);
  if (source === null) return null;
  return createCertificates({source, isMaker: false}, {...deps, own: () => ownNames(configuredHosts(loaded))});
}

// Flows decide what reaches the audit logs of machines: who changed them belongs into the gateway's own log.
function recordDeploy(
  {user, deployment, revision}: Deploy,
  {gateway, role, log}: {gateway: GatewayClient; role: string | null; log: Log},
): void {
  const who = {actor: `user:${user}`, ...(role === null ? {} : {actorRole: role})};
  const entry = {machine: GATEWAY_MACHINE, type: "flows-deployed", ...who, body: {deployment, revision}};
  gateway.audit
    .append(entry)
    .catch((error: unknown) => log.warn({user, reason: sentenceOf(error)}, "deploy not recorded"));
}

// In the list of sessions a login to the editor can be told from one to the console.
function fetchAsNodeRed(input: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("user-agent", "Node-RED");
  return fetch(input, {...init, headers});
}

// Every flow can read the environment; of the secrets in it only the scoped token is meant for flows.
function keepSecretsFromFlows(): void {
  for (const name of Object.keys(process.env)) {
    if (/^TANGLEGATE_.*(TOKEN|PASSWORD|PASSPHRASE|SECRET|UNLOCK)$/.test(name) && name !== FLOWS_TOKEN)
      delete process.env[name];
  }
}

function packageRoot(folder: string): string {
  return existsSync(path.join(folder, "package.json")) ? folder : packageRoot(path.dirname(folder));
}
