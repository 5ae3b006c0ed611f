import {Command, CommanderError} from "commander";
import {sentenceOf} from "../errors.ts";
import {VERSION} from "../version.ts";
import {createContext, EXIT, exitCodeOf, type GlobalOptions} from "./context.ts";
import {NODE_MIN} from "./node-version.ts";
import {createOutput} from "./output.ts";
import type {Run} from "./run.ts";
import {commandIn} from "./words.ts";

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

// Only the command that is wanted is loaded: `start` stays for as long as the gateway runs, and should weigh little.
const COMMANDS: Readonly<Record<string, () => Promise<(run: Run) => Command>>> = {
  start: async () => (await import("./commands/start.ts")).startCommand,
  run: async () => (await import("./commands/run.ts")).runCommand,
  setup: async () => (await import("./commands/setup.ts")).setupCommand,
  status: async () => (await import("./commands/status.ts")).statusCommand,
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand,
  expose: async () => (await import("./commands/expose.ts")).exposeCommand,
  audit: async () => (await import("./commands/audit.ts")).auditCommand,
  device: async () => (await import("./commands/device.ts")).deviceCommand,
  block: async () => (await import("./commands/block.ts")).blockCommand,
  token: async () => (await import("./commands/token.ts")).tokenCommand,
  user: async () => (await import("./commands/user.ts")).userCommand,
  plant: async () => (await import("./commands/plant.ts")).plantCommand,
};
const wanted = commandIn(process.argv.slice(2), Object.keys(COMMANDS));
// A reader that has seen enough, such as `head`, is no failure. A gateway that runs goes on without one.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (wanted === "start" || wanted === "run") return;
    if (error.code === "EPIPE") process.exit(EXIT.done);
    throw error;
  });
}
for (const [name, load] of Object.entries(COMMANDS)) {
  if (wanted === undefined || wanted === name) program.addCommand((await load())(run));
}
inherit(program);

try {
  if (Number(process.versions.node.split(".")[0]) < NODE_MIN) {
    createOutput(false).error(
      `This is Node ${process.versions.node}; the gateway needs ${NODE_MIN}. \`npm start\` and \`npx tanglegate\` run it on the one that the lockfile brings.`,
    );
    process.exit(EXIT.failure);
  }
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
