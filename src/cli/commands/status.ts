import {Command} from "commander";
import {EXIT} from "../context.ts";
import type {Run} from "../run.ts";

export function statusCommand(run: Run): Command {
  return new Command("status").description("is everything well? node, audit trail, devices").action(
    run(async ({gateway, output}) => {
      const status = await gateway.status();
      output.json(status);
      const {node, audit, field} = status;
      output.fact(
        "Site",
        `${status.site}${status.isDemo ? " (demo with simulated machines)" : ""}, version ${status.version}`,
      );
      output.fact(
        "Node",
        node.isHealthy
          ? `${output.state("ok")}, network ${node.networkName}`
          : `${output.state("fault")}: ${node.because}`,
      );
      output.fact(
        "Milestone",
        node.milestone === null ? "none yet" : `${node.milestone.index} at ${node.milestone.time}`,
      );
      output.fact(
        "Audit",
        `${audit.entries} entries of ${audit.machines} machines, ${audit.waiting} waiting, ${audit.broken} broken`,
      );
      output.fact(
        "Field",
        field.state === "running"
          ? `${field.devices} devices, ${field.faults === 0 ? "none" : field.faults} with a fault${field.faults === 0 ? "" : "; see `tanglegate device list`"}`
          : output.state("fault"),
      );
      if (audit.because !== null) output.fact("", `${output.state("fault")}: ${audit.because}`);
      const clock = status.clock.isSynchronised ? `synchronised (${status.clock.source})` : "not synchronised";
      output.fact("Clock", `${status.now}, ${clock}`);
      return node.isHealthy && audit.broken === 0 && audit.because === null && field.state === "running"
        ? EXIT.done
        : EXIT.no;
    }),
  );
}
