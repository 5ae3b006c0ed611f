import {Command} from "commander";
import {collectPages, type DeviceStatus, type Reading} from "../../client/index.ts";
import {type Context, EXIT} from "../context.ts";
import type {Run} from "../run.ts";

export function deviceCommand(run: Run): Command {
  const command = new Command("device").description("machines and meters that the gateway reads");
  command.command("list").description("every device, how it is, and what to do about a fault").action(run(list));
  command
    .command("read")
    .description("ask a device now")
    .argument("<device>")
    .argument("[points...]", "which values; all when left out")
    .action(run(read));
  return command;
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
