// Kills a gateway process at random moments while it takes entries and blocks, starts it again on the same home, and looks for
// everything it had acknowledged.

import {type ChildProcess, spawn} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {createServer} from "node:net";
import {tmpdir} from "node:os";
import path from "node:path";
import {utf8} from "../../src/bytes.ts";
import {createGatewayClient, type GatewayClient} from "../../src/client/index.ts";
import {createSeededRandom, type Random} from "../../src/random.ts";

const MAIN = path.join(import.meta.dirname, "..", "..", "src", "gateway", "main.ts");
const TOKEN = "crash-test-token";
const READY_MS = 60_000;
const MACHINES = 3;

/** What the gateway said is on disk. */
interface Acknowledged {
  readonly entries: {readonly machine: string; readonly seq: number; readonly leafHash: string}[];
  readonly blocks: `0x${string}`[];
}

export interface CrashReport {
  readonly kills: number;
  readonly entries: number;
  readonly blocks: number;
  /** What was acknowledged and not found, or found changed; in words. */
  readonly lost: readonly string[];
}

/** `lifeMs`: how long a process lives at most before it is killed. */
export async function killAtRandom(options: {kills: number; seed: number; lifeMs: number}): Promise<CrashReport> {
  const random = createSeededRandom(options.seed);
  const home = mkdtempSync(path.join(tmpdir(), "tanglegate-crash-"));
  const [rest, events] = await freePorts();
  writeFileSync(
    path.join(home, "gateway.yaml"),
    `rest: {port: ${rest}}\nevents: {port: ${events}}\nnode_red: {enabled: false}\naudit: {anchor_interval_ms: 1000}\nnode: {milestone_interval_ms: 1000}\nlog: {level: error}\n`,
  );
  const gateway = createGatewayClient({url: `http://127.0.0.1:${rest}`, token: TOKEN, timeoutMs: 5000});
  const acknowledged: Acknowledged = {entries: [], blocks: []};
  const lost: string[] = [];
  let child: ChildProcess | null = null;
  try {
    for (let kill = 0; kill < options.kills; kill++) {
      child = await startProcess(home, gateway);
      lost.push(...(await findAll(gateway, acknowledged, random)));
      const life = 50 + random.below(options.lifeMs);
      await workUntilKilled({child, gateway, acknowledged, random, life});
    }
    child = await startProcess(home, gateway);
    lost.push(...(await findAll(gateway, acknowledged, null)));
    const report = await gateway.audit.check();
    for (const {machine, broken} of report.machines) if (broken !== null) lost.push(`${machine}: ${broken.because}`);
  } finally {
    child?.kill("SIGKILL");
    rmSync(home, {recursive: true, force: true});
  }
  return {kills: options.kills, entries: acknowledged.entries.length, blocks: acknowledged.blocks.length, lost};
}

async function startProcess(home: string, gateway: GatewayClient): Promise<ChildProcess> {
  const output = path.join(home, "out.log");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN], {
    env: {...process.env, TANGLEGATE_HOME: home, TANGLEGATE_CLI_TOKEN: TOKEN},
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout!.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr!.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const end = performance.now() + READY_MS;
  for (;;) {
    try {
      await gateway.status();
      return child;
    } catch {
      // Not listening yet.
    }
    if (child.exitCode !== null || performance.now() > end) {
      writeFileSync(output, text);
      throw new Error(`the gateway does not start again:\n${text || readFileSync(output, "utf8")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

interface Work {
  readonly child: ChildProcess;
  readonly gateway: GatewayClient;
  readonly acknowledged: Acknowledged;
  readonly random: Random;
  readonly life: number;
}

async function workUntilKilled({child, gateway, acknowledged, random, life}: Work): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let isAlive = true;
  const appendEntries = async () => {
    for (let count = 0; isAlive; count++) {
      const machine = `machine-${random.below(MACHINES)}`;
      const inputs = Array.from({length: 1 + random.below(4)}, (_, i) => ({machine, type: "count", body: {count, i}}));
      const receipts = await gateway.audit.appendAll(inputs);
      for (const {seq, leafHash} of receipts) acknowledged.entries.push({machine, seq, leafHash});
    }
  };
  const sendBlocks = async () => {
    while (isAlive) {
      acknowledged.blocks.push(await gateway.node.submitTaggedData({tag: utf8("crash"), data: random.bytes(32)}));
    }
  };
  // Requests under way at the kill fail; what they carried was not acknowledged.
  const work = Promise.allSettled([appendEntries(), appendEntries(), sendBlocks()]);
  await new Promise((resolve) => setTimeout(resolve, life));
  child.kill("SIGKILL");
  isAlive = false;
  await ended;
  await work;
}

// All of it in the end, a hundred of each in between.
async function findAll(
  gateway: GatewayClient,
  {entries, blocks}: Acknowledged,
  sample: Random | null,
): Promise<string[]> {
  const pick = <Item>(items: readonly Item[]) =>
    sample === null || items.length <= 100
      ? items
      : [...items.slice(-50), ...Array.from({length: 50}, () => items[sample.below(items.length)]!)];
  const lost: string[] = [];
  for (const {machine, seq, leafHash} of pick(entries)) {
    const found = await gateway.audit.entry(machine, seq);
    if (found === null) lost.push(`entry ${seq} of ${machine} is gone`);
    else if (found.leafHash !== leafHash) lost.push(`entry ${seq} of ${machine} has changed`);
  }
  for (const blockId of pick(blocks)) {
    if ((await gateway.node.block(blockId)) === null) lost.push(`block ${blockId} is gone`);
  }
  return lost;
}

async function freePorts(): Promise<readonly number[]> {
  const servers = [createServer(), createServer()];
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const ports = servers.map((server) => (server.address() as {port: number}).port);
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports;
}
