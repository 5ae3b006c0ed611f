// `npm run bench -- start [--minutes N]`: from start to the first verified proof on a fresh home, the same on a second start, and what
// each process weighs after N minutes (10 by default) of the demo.

import {readdirSync, readFileSync, rmSync} from "node:fs";
import {createGatewayClient} from "../../src/client/index.ts";
import {type GatewayProcess, newPlace, startGateway} from "../support/gateway-process.ts";

const READY_MS = 120_000;
const minutes = Number(process.argv[process.argv.indexOf("--minutes") + 1]) || 10;

const report = (metric: string, value: number, unit: string, facts: object = {}) =>
  console.log(JSON.stringify({bench: "start", metric, value: Number(value.toFixed(2)), unit, ...facts}));
const progress = (text: string) => process.stderr.write(`${text}\n`);

/** Seconds until an entry that this start wrote itself is under a milestone. */
async function secondsToProof(gateway: GatewayProcess): Promise<number> {
  const startedAt = performance.now();
  const started = new Date().toISOString();
  await gateway.until("a verified entry", () => hasProof(gateway, started), READY_MS);
  return (performance.now() - startedAt) / 1000;
}

async function hasProof({home, url}: GatewayProcess, since: string): Promise<boolean> {
  try {
    const token = readFileSync(`${home}/gateway/cli-token`, "utf8");
    const {audit} = createGatewayClient({url, token, timeoutMs: 1000});
    const {items} = await audit.machines();
    for (const {machine} of items) {
      const page = await audit.entries(machine, {from: since, pageSize: 10});
      if (page.items.some(({state}) => state === "verified")) return true;
    }
    return false;
  } catch {
    // Not up yet.
    return false;
  }
}

/** Resident memory of every process under `pid`, by the script it runs, MB. */
function memoryBelow(pid: number): ReadonlyMap<string, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const isBelow = (child: number): boolean => child === pid || (child > 1 && isBelow(parents.get(child) ?? 0));
  const sizes = new Map<string, number>();
  for (const child of [...parents.keys()].filter(isBelow)) {
    const command = readFileSync(`/proc/${child}/cmdline`, "utf8").split("\0");
    // pm2 sets the title of what it runs to the script's path.
    const name =
      /dist\/src\/(\w+)\/main\.js/.exec(command.join(" "))?.[1] ??
      (command.join(" ").includes("pm2") ? "pm2" : "other");
    const pages = Number(readFileSync(`/proc/${child}/statm`, "utf8").split(" ")[1]);
    sizes.set(name, (sizes.get(name) ?? 0) + (pages * 4096) / 2 ** 20);
  }
  return sizes;
}

const place = await newPlace();
progress("first start on a fresh home ...");
let gateway = startGateway(place);
try {
  report("first_proof_s", await secondsToProof(gateway), "s");
  await gateway.stop();
  progress("second start ...");
  gateway = startGateway(place);
  report("second_proof_s", await secondsToProof(gateway), "s");
  for (let minute = 0; minute < minutes; minute++) {
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    progress(`${minute + 1} of ${minutes} minutes`);
  }
  for (const [name, size] of memoryBelow(gateway.pid)) report("rss_mb", size, "MB", {process: name, minutes});
} finally {
  await gateway.stop();
  rmSync(place.home, {recursive: true, force: true});
}
