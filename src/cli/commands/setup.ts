import {Command} from "commander";
import {SITE_NAME_RULE} from "../../config/index.ts";
import {GatewayError} from "../../errors.ts";
import {type Context, EXIT} from "../context.ts";
import {createPrompt, hasTerminal, type Prompt} from "../prompt.ts";
import type {Run} from "../run.ts";
import {addFirstDevice} from "../setup/first-device.ts";
import {PASSWORD_RULE, readPassword} from "../setup/password.ts";
import {type Answers, askAnswers} from "../setup/questions.ts";
import {type SetUp, setUpRunning, setUpStopped} from "../setup/set-up.ts";
import {isHomeLocked} from "../start/home.ts";
import {start} from "../start/start.ts";

interface Options {
  readonly site?: string;
  readonly yes?: boolean;
  readonly keepUsers?: boolean;
  readonly passwordFile?: string;
}

export function setupCommand(run: Run): Command {
  return new Command("setup")
    .description(
      "make the demo a site of your own: its name, new keys, a private network; the demo is kept in a folder",
    )
    .option("--site <name>", SITE_NAME_RULE.sentence)
    .option("--keep-users", "keep everybody who may log in, not the admins alone")
    .option(
      "--password-file <file>",
      `file with the password of admin (${PASSWORD_RULE}), when the gateway does not run`,
    )
    .option("--yes", "ask nothing")
    .addHelpText(
      "after",
      "\nA gateway that runs starts again by itself as the new site, and the command waits for its first proof.\nInterrupted at any moment, the data folder is either the demo or the new site.",
    )
    .action(run(setUp));
}

async function setUp(context: Context, options: Options): Promise<number> {
  const {home, output} = context;
  const prompt = options.yes || output.isJson || !hasTerminal() ? null : createPrompt();
  const isRunning = isHomeLocked(home);
  const answers =
    prompt === null ? answersOf(options, isRunning) : await askAnswers(prompt, context, options, isRunning);
  const made = isRunning ? await setUpRunning(context, answers) : setUpStopped(context, answers);
  tell(context, made, answers);
  if (isRunning) {
    if (prompt !== null) await offerDevice(context, prompt);
    return EXIT.done;
  }
  if (prompt !== null && (await prompt.confirm("Start it now?", true))) return start(home, output);
  output.line("Start it with `npm start` or `npx tanglegate start`.");
  return EXIT.done;
}

function answersOf({site, yes, keepUsers, passwordFile}: Options, isRunning: boolean): Answers {
  if (site === undefined) throw new GatewayError("cli/site", `Name the site with --site: ${SITE_NAME_RULE.sentence}`);
  if (yes !== true)
    throw new GatewayError("cli/no-answer", "Nobody is there to answer. Say --yes to set up without questions.");
  const password = passwordFile === undefined ? null : readPassword(passwordFile);
  if (password !== null && isRunning) {
    throw new GatewayError(
      "cli/password",
      "The gateway runs, so its passwords stay what they are: leave --password-file out, or stop it first.",
    );
  }
  return {site, keepsUsers: keepUsers === true, password};
}

function tell({output, home}: Context, made: SetUp, {site, password}: Answers): void {
  output.json({site, home, ...made});
  output.line("");
  output.fact("Site", site);
  if (made.setAside !== null) output.fact("Demo", `kept in ${made.setAside}; remove it when you no longer want it`);
  if (made.url !== null) output.fact("Console", made.url);
  output.fact("Login", password === null ? made.login : "user admin with the password you have given");
  output.fact("Keep safe", `${home}/gateway/keys.json and keys.unlock are the keys; network.json is for auditors`);
  output.line("");
}

async function offerDevice(context: Context, prompt: Prompt): Promise<void> {
  if (!(await prompt.confirm("Add a first device now?", true))) {
    context.output.line("Add devices later at the console, in Node-RED, or with `tanglegate device`.");
    return;
  }
  await addFirstDevice(context, prompt);
}
