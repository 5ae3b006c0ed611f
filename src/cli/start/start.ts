import {closeSync, existsSync, fstatSync, openSync, readFileSync, readSync} from "node:fs";
import path from "node:path";
import {checkSite, parseNetworkFile} from "../../client/index.ts";
import {type LoadedConfig, loadConfig} from "../../config/index.ts";
import {GatewayError, sentenceOf} from "../../errors.ts";
import {type Output, seconds} from "../output.ts";
import {lockHome, noteRuntime, prepareHome, stopLeftover} from "./home.ts";
import {type Pm2Event, spawnPm2} from "./pm2.ts";
import {checkPorts, wantedPorts} from "./ports.ts";
import {environmentOf, processesOf, writeCliToken} from "./processes.ts";
import {waitUntilProven, waitUntilReady} from "./ready.ts";

const READY_MS = 120_000;
const STOP_MS = 20_000;
const LOG_TAIL_BYTES = 64 * 1024;

export interface PreparedStart {
  readonly loaded: LoadedConfig;
  readonly environment: Record<string, string>;
  readonly release: () => void;
  /** Processes of an earlier start that was killed were still there, and have been stopped. */
  readonly hadLeftover: boolean;
}

export interface PreparedStart {
  readonly loaded: LoadedConfig;
  readonly environment: Record<string, string>;
  readonly release: () => void;
  /** Processes of an earlier start that was killed were still there, and have been stopped. */
  readonly hadLeftover: boolean;
}

/** What stands before every start: settings, folder, lock, ports. Errors name the setting; `release` gives the lock back. */
export async function prepareStart(home: string): Promise<PreparedStart> {
  prepareHome(home);
  const loaded = loadConfig(home);
  checkNetwork(loaded);
  await checkDevices(loaded);
  const release = lockHome(home);
  try {
    const hadLeftover = await stopLeftover(home);
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

// Only a site's own devices can be wrong, and only then the weight of the field module is worth it.
async function checkDevices({config, home, isDemo}: LoadedConfig): Promise<void> {
  if (isDemo || config.field.devices.length === 0) return;
  const {checkConfiguredDevices} = await import("../../field/index.ts");
  await checkConfiguredDevices(config.field.devices, path.join(home, "field"));
}

/** `tanglegate start`: checks, then runs all processes under pm2-runtime until a signal or a failure. Resolves with the exit code. */
export async function start(home: string, output: Output): Promise<number> {
  const startedAt = performance.now();
  const {loaded, environment, release, hadLeftover} = await prepareStart(home);
  const {config, isDemo} = loaded;
  if (hadLeftover) output.step("left over", "processes of an earlier start that was killed; they are stopped");
  output.step(
    "settings",
    isDemo
      ? `demo network with the simulated site (there is no gateway.yaml in ${home})`
      : path.join(home, "gateway.yaml"),
  );
  output.step("data folder", home);
  output.step("ports", `${wantedPorts(config).length} free`);

  const stopping = new AbortController();
  let failure: string | null = null;
  const fail = (reason: string) => {
    // What ends because it was asked to end is no failure.
    if (stopping.signal.aborted) return;
    failure = reason;
    stopping.abort(new Error(reason));
  };
  const child = spawnPm2(home, environment, (event) => {
    if (!stopping.signal.aborted) onPm2Event(event, {home, fail, output});
  });
  if (child.pid !== undefined) noteRuntime(home, child.pid);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  void ended.then(() => fail("pm2-runtime has ended."));
  const onSignal = () => stopping.abort(new Error("stopped"));
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);

  try {
    const deadline = AbortSignal.any([stopping.signal, AbortSignal.timeout(READY_MS)]);
    await Promise.all(
      processesOf(config).map(async (name) => {
        await waitUntilReady(name, config, deadline);
        output.step(name, `ready after ${seconds(performance.now() - startedAt)}`);
      }),
    );
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
    if (!stopping.signal.aborted)
      fail(`Not all processes became ready: ${sentenceOf(error)} See ${path.join(home, "logs")}.`);
  }

  if (failure === null) output.line("Stopping ...");
  await stopChild(child.pid, ended);
  release();
  if (failure === null) {
    output.step("stopped", "everything acknowledged is on disk");
    return 0;
  }
  throw new GatewayError("start/failed", failure);
}

interface Watch {
  readonly home: string;
  readonly fail: (reason: string) => void;
  readonly output: Output;
}

function onPm2Event(event: Pm2Event, {home, fail, output}: Watch): void {
  switch (event.kind) {
    case "exited":
      output.line(
        `    ${event.name} has ended with code ${event.code} and is started again; see logs/${event.name}.log`,
      );
      return;
    case "gave-up":
      fail(`The process ${event.name} keeps failing. ${lastErrorOf(home, event.name)}`);
      return;
    case "failed":
      fail(`pm2-runtime: ${event.text}`);
      return;
  }
}

function printAddresses({config, home, isDemo}: LoadedConfig, output: Output): void {
  const {rest, node_red, events} = config;
  output.line("");
  output.fact("Console", `http://${rest.host}:${rest.port}`);
  if (node_red.enabled) output.fact("Node-RED", `http://${node_red.host}:${node_red.port}`);
  output.fact("MQTT", `mqtt://${events.host}:${events.port}`);
  const credentials = path.join(home, "credentials.txt");
  if (existsSync(credentials)) output.fact("First login", `user and password are in ${credentials}`);
  if (isDemo)
    output.fact(
      "Demo",
      "the machines are simulated; a real site begins with a gateway.yaml in a new data folder (TANGLEGATE_HOME)",
    );
  output.line("");
  output.line("Stop with Ctrl-C.");
}

async function stopChild(pid: number | undefined, ended: Promise<void>): Promise<void> {
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

// The last error a process wrote before it gave up: its own sentence when it has one, else its last line.
function lastErrorOf(home: string, name: string): string {
  const file = path.join(home, "logs", `${name}.log`);
  const lines = tailOf(file)
    .split("\n")
    .filter((line) => line.trim() !== "");
  for (const line of lines.toReversed()) {
    try {
      const entry = JSON.parse(line) as {level?: string; msg?: string; error?: string};
      if (entry.level === "error") return `Its reason: ${entry.error ?? entry.msg} (${file})`;
    } catch {
      // Not a line of our log: a stack trace, say.
    }
  }
  const error = lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1);
  return error === undefined ? `It wrote nothing to ${file}.` : `Its reason: ${error.trim()} (${file})`;
}

function tailOf(file: string): string {
  if (!existsSync(file)) return "";
  const handle = openSync(file, "r");
  try {
    const {size} = fstatSync(handle);
    const length = Math.min(size, LOG_TAIL_BYTES);
    const buffer = Buffer.alloc(length);
    readSync(handle, buffer, 0, length, size - length);
    return buffer.toString();
  } finally {
    closeSync(handle);
  }
}
