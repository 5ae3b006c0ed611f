import {Command, CommanderError} from "commander";
import {sentenceOf} from "../errors.ts";
import {VERSION} from "../version.ts";
import {auditCommand} from "./commands/audit.ts";
import {blockCommand} from "./commands/block.ts";
import {doctorCommand} from "./commands/doctor.ts";
import {plantCommand} from "./commands/plant.ts";
import {runCommand} from "./commands/run.ts";
import {startCommand} from "./commands/start.ts";
import {statusCommand} from "./commands/status.ts";
import {tokenCommand} from "./commands/token.ts";
import {type Context, createContext, EXIT, exitCodeOf, type GlobalOptions} from "./context.ts";
import {createOutput} from "./output.ts";

/** A command's work: the answer as an exit code. */
export type Action<Arguments extends readonly unknown[]> = (context: Context, ...given: Arguments) => Promise<number>;

/** Wraps a command's work: global options in, exit code out, any error as one sentence on standard error. */
export type Run = <Arguments extends readonly unknown[]>(
  action: Action<Arguments>,
) => (...given: [...Arguments, Command]) => Promise<void>;

const run: Run =
  (action) =>
  async (...given) => {
    const command = given.at(-1) as unknown as Command;
    const options = command.optsWithGlobals<GlobalOptions>();
    try {
      process.exitCode = await action(createContext(options), ...(given.slice(0, -1) as never));
    } catch (error) {
      process.exitCode = exitCodeOf(error);
      createOutput(options.json === true).error(sentenceOf(error));
    }
  };

const program = new Command("tanglegate")
  .description("An edge gateway that reads machines and proves what it recorded.")
  .version(VERSION)
  .option("--home <folder>", "data folder (default: TANGLEGATE_HOME, else ./data)")
  .option("--url <address>", "address of a gateway elsewhere; its token comes from TANGLEGATE_TOKEN")
  .option("--json", "answer as JSON, for programs")
  .showHelpAfterError("Run with --help for the options.")
  .exitOverride();

for (const command of [
  startCommand,
  runCommand,
  statusCommand,
  doctorCommand,
  auditCommand,
  blockCommand,
  tokenCommand,
  plantCommand,
]) {
  program.addCommand(command(run));
}
inherit(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
}

// Sub-commands made apart do not have the program's settings of themselves.
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inherit(child);
  }
}
