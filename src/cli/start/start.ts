import {existsSync, readFileSync} from "node:fs";
import path from "node:path";
import {checkSite, parseNetworkFile} from "../../client/index.ts";
import {
  carryOutSetup,
  certificateOf,
  checkExposure,
  configuredHosts,
  type LoadedConfig,
  loadConfig,
} from "../../config/index.ts";
import {GatewayError, sentenceOf} from "../../errors.ts";
import {createSystemRandom} from "../../random.ts";
import {START_ANEW} from "../../run-process.ts";
import {type Output, seconds} from "../output.ts";
import {addressesOf} from "./addresses.ts";
import {checkSocketPath, isFirstPassword, lockHome, noteRuntime, prepareHome, stopLeftover} from "./home.ts";
import {keepLogsShort, lastErrorOf} from "./logs.ts";
import {type Pm2Event, type Pm2Runtime, spawnPm2} from "./pm2.ts";
import {checkPorts, wantedPorts} from "./ports.ts";
import {environmentOf, type ProcessName, processesOf, writeCliToken} from "./processes.ts";
import {waitUntilProven, waitUntilReady} from "./ready.ts";

const READY_MS = 120_000;
const STOP_MS = 20_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface PreparedStart {
  readonly loaded: LoadedConfig;
  readonly environment: Record<string, string>;
  readonly release: () => void;
  /** Processes of an earlier start that was killed were still there, and have been stopped. */
  readonly hadLeftover: boolean;
}

/**
 * What stands before every start: folder, lock, a setup that waits, settings, ports. Errors name the setting; `release` gives the lock
 * back.
 */
export async function prepareStart(home: string): Promise<PreparedStart> {
  prepareHome(home);
  const release = lockHome(home);
  try {
    const hadLeftover = await stopLeftover(home);
    if (carryOutSetup(home) !== null) prepareHome(home);
    const loaded = loadConfig(home);
    checkNetwork(loaded);
    checkExposure(loaded.config, {isFirstPassword: isFirstPassword(home)});
    await checkCertificate(loaded);
    await checkDevices(loaded);
    await checkPorts(wantedPorts(loaded.config));
    const environment = environmentOf(loaded);
    writeCliToken(home, environment.TANGLEGATE_CLI_TOKEN!);
    return {loaded, environment, release, hadLeftover};
  } catch (error) {
    release();
    throw error;
  }
}

function checkNetwork({config, home, isDemo}: LoadedConfig): void {
  const file = path.join(home, "network.json");
  if (existsSync(file)) checkSite(parseNetworkFile(readFileSync(file, "utf8"), file), {name: config.site.name, isDemo});
}

// Made before anything runs, so that every process finds it and a broken file is one sentence here.
async function checkCertificate(loaded: LoadedConfig): Promise<void> {
  const source = certificateOf(loaded);
  if (source === null) return;
  const {ensureCertificate, ownNames} = await import("../../tls/index.ts");
  const own = ownNames(configuredHosts(loaded));
  await ensureCertificate(source, {own, nowMs: Date.now(), random: createSystemRandom()});
}

// Only a site's own devices can be wrong, and only then the weight of the field module is worth it.
async function checkDevices({config, home, isDemo}: LoadedConfig): Promise<void> {
  if (isDemo || config.field.devices.length === 0) return;
  const {checkConfiguredDevices} = await import("../../field/index.ts");
  await checkConfiguredDevices(config.field.devices, path.join(home, "field"));
}

/**
 * `tanglegate start`: checks, then runs all processes under pm2-runtime until a signal or a failure, and again when one asks for it.
 * Resolves with the exit code.
 */
export async function start(home: string, output: Output): Promise<number> {
  for (;;) {
    const end = await startOnce(home, output);
    if (end === "stopped") return 0;
    output.line("");
    output.line("Starting again, with the settings as they are now ...");
  }
}

async function startOnce(home: string, output: Output): Promise<"stopped" | "again"> {
  const startedAt = performance.now();
  checkSocketPath(home);
  const prepared = await prepareStart(home);
  const endLogs = keepLogsShort(path.join(home, "logs"));
  try {
    printPrepared(prepared, output);
    return await supervise(prepared, {startedAt, output});
  } finally {
    endLogs();
    prepared.release();
  }
}

async function supervise(
  {loaded, environment}: PreparedStart,
  {startedAt, output}: {startedAt: number; output: Output},
): Promise<"stopped" | "again"> {
  const {config, home} = loaded;
  const stopping = new AbortController();
  let failure: string | null = null;
  let isReady = false;
  let isAgain = false;
  const fail = (reason: string) => {
    // What ends because it was asked to end is no failure.
    if (stopping.signal.aborted) return;
    failure = reason;
    stopping.abort(new Error(reason));
  };
  const again = () => {
    isAgain = !stopping.signal.aborted;
    stopping.abort(new Error("starting again"));
  };
  const onSignal = () => {
    isAgain = false;
    stopping.abort(new Error("stopped"));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);

  const runtime = spawnPm2(home, environment, (event) => {
    if (!stopping.signal.aborted) onPm2Event(event, {home, isReady, fail, again, output});
  });
  void runtime.ended.then(fail);
  try {
    if (runtime.pid !== undefined) noteRuntime(home, runtime.pid);
    await waitForAll(loaded, stopping.signal, (name) =>
      output.step(name, `ready after ${seconds(performance.now() - startedAt)}`),
    );
    isReady = true;
    printAddresses(loaded, output);
    waitUntilProven(config, environment.TANGLEGATE_CLI_TOKEN!, stopping.signal).then(
      (milestoneIndex) => {
        const after = seconds(performance.now() - startedAt);
        output.step("proof", `the audit trail is verified up to milestone ${milestoneIndex}, after ${after}`);
      },
      // Only a stop ends the waiting.
      () => undefined,
    );
    await new Promise<void>((resolve) => {
      if (stopping.signal.aborted) resolve();
      stopping.signal.addEventListener("abort", () => resolve(), {once: true});
    });
  } catch (error) {
    // A stop by signal on the way up is no failure.
    fail(sentenceOf(error));
  }

  if (failure === null) output.line("Stopping ...");
  await stopRuntime(runtime);
  for (const signal of SIGNALS) process.off(signal, onSignal);
  if (failure !== null) throw new GatewayError("start/failed", failure);
  output.step("stopped", "everything acknowledged is on disk");
  return isAgain ? "again" : "stopped";
}

// Rejects naming those that are late, or when the signal is aborted.
async function waitForAll(
  {config, home}: LoadedConfig,
  signal: AbortSignal,
  onReady: (name: ProcessName) => void,
): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(READY_MS)]);
  const late = new Set(processesOf(config));
  const all = [...late].map(async (name) => {
    await waitUntilReady(name, config, deadline);
    late.delete(name);
    onReady(name);
  });
  try {
    await Promise.all(all);
  } catch (error) {
    if (!deadline.aborted || signal.aborted) throw error;
    throw new GatewayError(
      "start/failed",
      `Not ready within ${READY_MS / 1000} s: ${[...late].join(", ")}. See ${path.join(home, "logs")}.`,
    );
  }
}

interface Watch {
  readonly home: string;
  readonly isReady: boolean;
  readonly fail: (reason: string) => void;
  readonly again: () => void;
  readonly output: Output;
}

function onPm2Event(event: Pm2Event, {home, isReady, fail, again, output}: Watch): void {
  switch (event.kind) {
    case "exited":
      if (event.code === START_ANEW) {
        again();
        return;
      }
      output.line(`    ${event.name} has ended with ${event.how} and is started again; see logs/${event.name}.log`);
      return;
    case "gave-up":
      fail(`The process ${event.name} keeps failing. ${lastErrorOf(home, event.name)}`);
      return;
    case "failed":
      // A gateway that runs is not ended for what pm2 could not do beside it.
      if (isReady) output.line(`    pm2-runtime: ${event.text}`);
      else fail(`pm2-runtime: ${event.text}`);
      return;
  }
}

function printPrepared({loaded: {config, home, isDemo}, hadLeftover}: PreparedStart, output: Output): void {
  if (hadLeftover) output.step("left over", "processes of an earlier start that was killed; they are stopped");
  const settings = isDemo
    ? `demo network with the simulated site (there is no gateway.yaml in ${home})`
    : path.join(home, "gateway.yaml");
  output.step("settings", settings);
  output.step("data folder", home);
  output.step("ports", `${wantedPorts(config).length} free`);
}

function printAddresses({config, home, isDemo}: LoadedConfig, output: Output): void {
  const {console: address, nodeRed, mqtt} = addressesOf(config);
  output.line("");
  output.fact("Console", address);
  if (nodeRed !== null) output.fact("Node-RED", nodeRed);
  output.fact("MQTT", mqtt);
  const credentials = path.join(home, "credentials.txt");
  if (existsSync(credentials)) output.fact("First login", `user and password are in ${credentials}`);
  if (isDemo)
    output.fact("Demo", "the machines are simulated; `tanglegate setup` makes this gateway a site of your own");
  output.line("");
  output.line("Stop with Ctrl-C.");
}

async function stopRuntime({pid, ended}: Pm2Runtime): Promise<void> {
  if (pid === undefined) return;
  const kill = (signal: NodeJS.Signals) => {
    try {
      process.kill(pid, signal);
    } catch {
      // It has already ended.
    }
  };
  kill("SIGINT");
  const timer = setTimeout(() => kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(timer);
}
