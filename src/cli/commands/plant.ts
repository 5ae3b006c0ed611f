import {Command} from "commander";
import {GatewayError} from "../../errors.ts";
import {EXIT} from "../context.ts";
import type {Run} from "../run.ts";
import {wholeNumber} from "../words.ts";

const DEVICES = ["meter", "inverter", "machine"];
const FAULTS = ["none", "drop", "hang", "garbage", "exception", "restart"];

export function plantCommand(run: Run): Command {
  const command = new Command("plant").description("the simulated site");
  command
    .command("state")
    .description("what the simulation is at")
    .action(
      run(async (context) => {
        const state = await context.gateway.plant.state();
        context.output.json(state);
        context.output.line(JSON.stringify(state, null, 2));
        return EXIT.done;
      }),
    );
  command
    .command("fault")
    .description(`make a device fail: ${FAULTS.join(", ")}`)
    .argument("<device>", DEVICES.join(", "))
    .argument("<fault>", FAULTS.join(", "))
    .option("--seconds <seconds>", "for how long", "30")
    .action(
      run(async (context, device: string, fault: string, options: {seconds: string}) => {
        mustBeOneOf(DEVICES, device, "device");
        mustBeOneOf(FAULTS, fault, "fault");
        const seconds = wholeNumber(options.seconds, "--seconds", {from: 1, to: 86_400});
        await context.gateway.plant.fault({device, fault, seconds});
        context.output.json({device, fault, seconds});
        context.output.line(fault === "none" ? `${device} works again.` : `${device}: ${fault} for ${seconds} s.`);
        return EXIT.done;
      }),
    );
  command
    .command("speed")
    .description("let the simulated values move faster; time stamps stay real")
    .argument("<factor>", "1 to 3600")
    .action(
      run(async (context, factor: string) => {
        const speed = wholeNumber(factor, "The factor", {from: 1, to: 3600});
        await context.gateway.plant.speed(speed);
        context.output.json({speed});
        context.output.line(`The simulated site runs ${speed} times as fast.`);
        return EXIT.done;
      }),
    );
  return command;
}

function mustBeOneOf(known: readonly string[], given: string, what: string): void {
  if (known.includes(given)) return;
  throw new GatewayError("cli/word", `There is no ${what} ${given}. Known: ${known.join(", ")}.`);
}
