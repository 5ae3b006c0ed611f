import {Command} from "commander";
import {VERSION} from "../../version.ts";
import type {Run} from "../run.ts";
import {start} from "../start/start.ts";

export function startCommand(run: Run): Command {
  return new Command("start")
    .description("check settings, folder and ports, then run all processes under pm2-runtime until Ctrl-C")
    .action(
      run(async ({home, output}) => {
        output.line(`Tanglegate ${VERSION}`);
        return start(home, output);
      }),
    );
}
