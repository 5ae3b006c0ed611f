import {createServer} from "node:net";
import path from "node:path";
import {Command} from "commander";
import {
  certificateOf,
  changeSettings,
  checkExposure,
  configuredHosts,
  type LoadedConfig,
  loadConfig,
  settingsFileOf,
} from "../../config/index.ts";
import {GatewayError, sentenceOf} from "../../errors.ts";
import {writeWhole} from "../../files.ts";
import {createSystemRandom} from "../../random.ts";
import {ensureCertificate, fingerprintOf, ownNames, readCertificate} from "../../tls/index.ts";
import {type Context, EXIT} from "../context.ts";
import {createPrompt, hasTerminal} from "../prompt.ts";
import type {Run} from "../run.ts";
import {adminPasswordProblem, readPassword} from "../setup/password.ts";
import {addressesOf} from "../start/addresses.ts";
import {clientNow, until} from "../start/back.ts";
import {isFirstPassword, isHomeLocked, prepareHome} from "../start/home.ts";

const EVERYWHERE = "0.0.0.0";
const AGAIN_MS = 120_000;

interface Options {
  readonly host: string;
  readonly events?: boolean;
  readonly nodeRed?: boolean;
  readonly cert?: string;
  readonly key?: string;
  readonly passwordFile?: string;
  readonly off?: boolean;
}

export function exposeCommand(run: Run): Command {
  return new Command("expose")
    .description("let other machines open the console, encrypted; prints the address, a QR code and what to compare")
    .option("--host <address>", "address of this machine to listen on", EVERYWHERE)
    .option("--events", "open the MQTT broker to them, too (mqtts on its port)")
    .option("--node-red", "open Node-RED to them, too")
    .option("--cert <file>", "certificate of your own with its chain, PEM; otherwise one is made here")
    .option("--key <file>", "its key, PEM")
    .option("--password-file <file>", "file with a new password of admin, while the first one was not changed")
    .option("--off", "listen on this machine alone again")
    .addHelpText(
      "after",
      "\nThis machine's own programs go on over http:// on the same port. A gateway that runs starts again by itself.",
    )
    .action(run(expose));
}

async function expose(context: Context, options: Options): Promise<number> {
  const {home, output} = context;
  prepareHome(home);
  // First of all: a demo must not keep a password for a site that it is not.
  settingsFileOf(home);
  const restart = await restartOf(context);
  if (options.off) {
    changeSettings(home, {
      "rest.host": null,
      "rest.tls": null,
      "rest.tls_cert": null,
      "rest.tls_key": null,
      "events.host": null,
      "node_red.host": null,
    });
    await restart?.();
    output.json({isExposed: false});
    output.line("The gateway listens on this machine alone.");
    return EXIT.done;
  }
  if (options.host !== EVERYWHERE) await checkHost(options.host);
  const password = await newPassword(context, options);
  const own = certificateFiles(options);
  if (own !== null) readCertificate({kind: "files", ...own});
  // The password first: an exposed gateway with the first one would not start.
  if (password !== null) writeWhole(path.join(home, "gateway", "admin-password"), password);
  changeSettings(home, {
    "rest.host": options.host,
    "rest.tls": own === null ? "self-signed" : "files",
    "rest.tls_cert": own?.certificate ?? null,
    "rest.tls_key": own?.key ?? null,
    ...(options.events ? {"events.host": options.host} : {}),
    ...(options.nodeRed ? {"node_red.host": options.host} : {}),
  });
  const loaded = loadConfig(home);
  checkExposure(loaded.config, {isFirstPassword: isFirstPassword(home)});
  const authority = await makeCertificate(loaded);
  await restart?.();
  await tell(context, {loaded, authority, isRunning: restart !== null});
  return EXIT.done;
}

/** The new password that is needed; null when the first one was changed already. */
async function newPassword({home, output}: Context, {passwordFile}: Options): Promise<string | null> {
  if (passwordFile !== undefined) return readPassword(passwordFile);
  if (!isFirstPassword(home)) return null;
  if (output.isJson || !hasTerminal()) {
    throw new GatewayError(
      "cli/password",
      "The first password was not changed yet. Change it at the console, or give a new one with --password-file.",
    );
  }
  output.line("The first password lies in a file, so it must be another one before other machines can come.");
  return createPrompt().askSecret("New password for the user admin?", adminPasswordProblem);
}

function certificateFiles({cert, key}: Options): {certificate: string; key: string} | null {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined)
    throw new GatewayError("cli/certificate", "A certificate of your own needs both --cert and --key.");
  return {certificate: path.resolve(cert), key: path.resolve(key)};
}

// A gateway that runs would end for good when it starts again on an address that it cannot have.
function checkHost(host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => {
      reject(
        new GatewayError("cli/host", `--host ${host} is no address of this machine: ${sentenceOf(error)}.`, {host}),
      );
    });
    server.listen({host, port: 0}, () => server.close(() => resolve()));
  });
}

/** The authority, PEM; null with files of the owner. */
async function makeCertificate(loaded: LoadedConfig): Promise<string | null> {
  const source = certificateOf(loaded)!;
  const own = ownNames(configuredHosts(loaded));
  await ensureCertificate(source, {own, nowMs: Date.now(), random: createSystemRandom()});
  return readCertificate(source).authority;
}

/** What has a gateway that runs start again with the settings as they are now, and waits for it; null when none runs. */
async function restartOf(context: Context): Promise<(() => Promise<void>) | null> {
  const {home, output} = context;
  if (!isHomeLocked(home)) return null;
  // Where it listens until it has ended, whatever the settings say by then.
  const {gateway} = context;
  const {startedAt} = await gateway.status();
  return async () => {
    await gateway.restart();
    const late = `The gateway does not come back. See what its start has printed, and ${path.join(home, "logs", "gateway.log")}.`;
    await until(async () => (await clientNow(context).status()).startedAt !== startedAt, AGAIN_MS, late);
    output.step("started", "the gateway has started again with the new settings");
  };
}

interface Exposed {
  readonly loaded: LoadedConfig;
  readonly authority: string | null;
  readonly isRunning: boolean;
}

async function tell({output}: Context, {loaded, authority, isRunning}: Exposed): Promise<void> {
  const {console: address, nodeRed, mqtt} = addressesOf(loaded.config);
  const fingerprint = authority === null ? null : fingerprintOf(authority);
  const certificate = authority === null ? null : `${address}/api/gateway/v1/ca.crt`;
  output.json({isExposed: true, isRunning, console: address, nodeRed, mqtt, fingerprint, certificate});
  output.line("");
  output.fact("Console", address);
  if (nodeRed?.startsWith("https:")) output.fact("Node-RED", nodeRed);
  if (mqtt.startsWith("mqtts:")) output.fact("MQTT", mqtt);
  if (certificate !== null) {
    output.fact("Certificate", `${certificate} (trust it once on each phone or laptop; then no page warns)`);
    output.fact("Fingerprint", `SHA-256 ${fingerprint}: compare it with what the device shows before trusting`);
  }
  if (!isRunning) output.line("It holds from the next start: `npm start` or `npx tanglegate start`.");
  if (process.stdout.isTTY === true && !output.isJson) {
    const {renderUnicodeCompact} = await import("uqr");
    output.line("");
    output.line(renderUnicodeCompact(address, {border: 2}));
  }
}
