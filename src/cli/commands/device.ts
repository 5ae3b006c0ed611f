import {Command} from "commander";
import {collectPages, type DeviceConnection, type DeviceStatus, type Reading} from "../../client/index.ts";
import {createSystemClock} from "../../clock.ts";
import {GatewayError} from "../../errors.ts";
import {type Context, EXIT} from "../context.ts";
import type {Run} from "../run.ts";
import {wholeNumber} from "../words.ts";

export function deviceCommand(run: Run): Command {
  const command = new Command("device").description("machines and meters that the gateway reads");
  command.command("list").description("every device, how it is, and what to do about a fault").action(run(list));
  command
    .command("read")
    .description("ask a device now")
    .argument("<device>")
    .argument("[points...]", "which values; all when left out")
    .action(run(read));
  command
    .command("scan")
    .description("look for devices on a host or a range of private addresses; nothing is ever written to them")
    .argument("<target>", "a host, or a range such as 192.168.1.0/24")
    .option("--port <port>", "of Modbus TCP (default 502)")
    .option("--opcua-port <port>", "of OPC UA (default 4840)")
    .option("--units <ids>", "units to ask for, such as 1,2,10 (default 1 to 10, 247, 255 and 0)")
    .action(run(scan));
  return command;
}

const POLL_MS = 500;

interface ScanOptions {
  readonly port?: string;
  readonly opcuaPort?: string;
  readonly units?: string;
}

async function scan({gateway, output}: Context, target: string, options: ScanOptions): Promise<number> {
  const clock = createSystemClock();
  let job = await gateway.field.scan({
    target,
    ...(options.port === undefined ? {} : {port: portOf(options.port, "--port")}),
    ...(options.opcuaPort === undefined ? {} : {opcUaPort: portOf(options.opcuaPort, "--opcua-port")}),
    ...(options.units === undefined
      ? {}
      : {unitIds: options.units.split(",").map((unit) => wholeNumber(unit, "--units", {to: 255}))}),
  });
  const cancel = () => void gateway.field.cancelScan(job.id);
  process.once("SIGINT", cancel);
  try {
    while (job.state === "running") {
      output.progress(`${job.done} of ${job.total} looked at, ${job.found.length} found`);
      await clock.sleep(POLL_MS);
      const next = await gateway.field.scanJob(job.id);
      if (next === null) throw new GatewayError("field/not-found", "The field process was started anew; scan again.");
      job = next;
    }
  } finally {
    process.off("SIGINT", cancel);
    output.progress("");
  }
  output.json(job);
  output.table(
    ["address", "profile", "confidence", "device", "answered"],
    job.found.map(({connection, profile, confidence, device, answered}) => [
      addressOf(connection),
      profile ?? "",
      confidence,
      device ?? "",
      answered[0] ?? "",
    ]),
  );
  for (const {connection, why, answered} of job.found) {
    output.line(`${addressOf(connection)}: ${why}`);
    for (const line of answered) output.line(`  ${line}`);
  }
  if (job.reason !== null) output.line(job.reason);
  return job.state === "done" && job.found.length > 0 ? EXIT.done : EXIT.no;
}

function portOf(text: string, option: string): number {
  return wholeNumber(text, option, {from: 1, to: 65_535});
}

function addressOf(connection: DeviceConnection): string {
  if (connection.protocol === "opc-ua") return connection.endpoint;
  const place = connection.protocol === "modbus-tcp" ? `${connection.host}:${connection.port}` : connection.path;
  return `${place} unit ${connection.unitId}`;
}

async function list({gateway, output}: Context): Promise<number> {
  const devices = await collectPages<DeviceStatus>((cursor) =>
    gateway.field.devices(cursor === undefined ? {} : {cursor}),
  );
  output.json(devices);
  output.table(
    ["device", "state", "protocol", "address", "last good", "requests", "failures"],
    devices.map(({id, state, protocol, address, lastGoodMs, requests, failures}) => [
      id,
      state,
      protocol,
      address,
      lastGoodMs === null ? "never" : `${(lastGoodMs / 1000).toFixed(1)} s ago`,
      String(requests),
      String(failures),
    ]),
  );
  for (const {id, reason, remedy} of devices) {
    if (reason !== null) output.line(`${id}: ${reason} ${remedy ?? ""}`.trimEnd());
  }
  return devices.every(({state}) => state !== "fault") ? EXIT.done : EXIT.no;
}

async function read({gateway, output}: Context, device: string, points: readonly string[]): Promise<number> {
  const readings: readonly Reading[] = await gateway.field.read(device, points.length === 0 ? undefined : points);
  output.json(readings);
  output.table(
    ["value", "reading", "unit", "quality", "time", "reason"],
    readings.map(({point, value, unit, quality, sourceTime, reason}) => [
      point,
      value === null ? "" : String(value),
      unit ?? "",
      quality,
      sourceTime,
      reason ?? "",
    ]),
  );
  return readings.some(({quality}) => quality === "good") ? EXIT.done : EXIT.no;
}
