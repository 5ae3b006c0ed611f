import {existsSync, readFileSync, statfsSync} from "node:fs";
import path from "node:path";
import {Command} from "commander";
import {type GatewayStatus, parseNetworkFile} from "../../client/index.ts";
import {loadConfig} from "../../config/index.ts";
import {GatewayError, sentenceOf} from "../../errors.ts";
import {type Context, EXIT, exitCodeOf} from "../context.ts";
import {NODE_MIN} from "../node-version.ts";
import type {Run} from "../run.ts";
import {checkHome, checkSocketPath} from "../start/home.ts";
import {checkPorts, wantedPorts} from "../start/ports.ts";

const FREE_BYTES_MIN = 512 * 2 ** 20;

/** One thing looked at: null = well, else what is wrong and what to do. */
interface Finding {
  readonly name: string;
  readonly problem: string | null;
}

export function doctorCommand(run: Run): Command {
  return new Command("doctor")
    .description("look at everything a gateway needs, and say what to do about what is missing")
    .action(
      run(async (context) => {
        const findings = await examine(context);
        context.output.json(findings);
        for (const {name, problem} of findings) {
          context.output.fact(
            name,
            problem === null ? context.output.state("ok") : `${context.output.state("fault")}: ${problem}`,
          );
        }
        return findings.every(({problem}) => problem === null) ? EXIT.done : EXIT.no;
      }),
    );
}

async function examine(context: Context): Promise<readonly Finding[]> {
  const {home} = context;
  const findings: Finding[] = [];
  const look = async (name: string, check: () => Promise<string | null> | string | null) => {
    let problem: string | null;
    try {
      problem = await check();
    } catch (error) {
      problem = sentenceOf(error);
    }
    findings.push({name, problem});
  };

  await look("node.js", () => {
    const major = Number(process.versions.node.split(".")[0]);
    return major >= NODE_MIN
      ? null
      : `This is Node ${process.versions.node}; ${NODE_MIN} or newer is needed. Run \`npm ci\`, which brings it.`;
  });
  await look("settings", () => {
    loadConfig(home);
    return null;
  });
  await look("data folder", () => {
    checkSocketPath(home);
    checkHome(home);
    return null;
  });
  await look("disk", () => {
    const {bavail, bsize} = statfsSync(nearestOf(home));
    const free = bavail * bsize;
    return free >= FREE_BYTES_MIN
      ? null
      : `Only ${Math.floor(free / 2 ** 20)} MiB are free where ${home} lies. Make room.`;
  });
  await look("network", () => {
    const file = path.join(home, "network.json");
    if (existsSync(file)) parseNetworkFile(readFileSync(file, "utf8"), file);
    return null;
  });

  const status = await statusOf(context);
  if (status instanceof GatewayError) {
    // Whoever answers holds the ports, and knows why it says no.
    const isAnswering = exitCodeOf(status) === EXIT.refused;
    if (!isAnswering) {
      await look("ports", async () => {
        await checkPorts(wantedPorts(loadConfig(home).config));
        return null;
      });
    }
    const problem = isAnswering
      ? status.message
      : "It does not run or does not answer. Start it with `tanglegate start`.";
    findings.push({name: "gateway", problem});
    return findings;
  }
  return [...findings, ...examineRunning(status)];
}

// A home that was never started has no gateway to ask, and is what a doctor is asked about most.
async function statusOf(context: Context): Promise<GatewayStatus | GatewayError> {
  try {
    return await context.gateway.status();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

function nearestOf(folder: string): string {
  return existsSync(folder) ? folder : nearestOf(path.dirname(folder));
}

function examineRunning({node, audit, field, clock}: GatewayStatus): readonly Finding[] {
  const unsynchronised = "The clock is not synchronised; entries are marked so. Set up chrony or systemd-timesyncd.";
  return [
    {name: "gateway", problem: null},
    {name: "node", problem: node.isHealthy ? null : (node.because ?? "It is not healthy.")},
    {
      name: "audit",
      problem:
        audit.because ??
        (audit.broken === 0 ? null : `${audit.broken} logs are broken. See \`tanglegate audit list\`.`),
    },
    {
      name: "field",
      problem: field.state === "running" ? null : "The field process does not answer. See logs/field.log.",
    },
    {
      name: "devices",
      problem:
        field.faults === 0
          ? null
          : `${field.faults} of ${field.devices} devices have a fault. See \`tanglegate device list\`.`,
    },
    {name: "clock", problem: clock.isSynchronised ? null : unsynchronised},
  ];
}
