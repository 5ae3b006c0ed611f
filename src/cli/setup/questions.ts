import {existsSync} from "node:fs";
import {hostname} from "node:os";
import path from "node:path";
import {demoSiteName, SITE_NAME_RULE} from "../../config/index.ts";
import {GatewayError} from "../../errors.ts";
import type {Context} from "../context.ts";
import type {Prompt} from "../prompt.ts";
import {isFirstPassword} from "../start/home.ts";
import {adminPasswordProblem, PASSWORD_RULE} from "./password.ts";

/** What a setup needs to know. */
export interface Answers {
  readonly site: string;
  readonly keepsUsers: boolean;
  /** For `admin`; null: it stays what it is, or one is made at the first start. */
  readonly password: string | null;
}

/** Asks a person for what the options do not say. Errors: `cli/no-answer`. */
export async function askAnswers(
  prompt: Prompt,
  {home, output}: Context,
  given: {readonly site?: string; readonly keepUsers?: boolean},
  isRunning: boolean,
): Promise<Answers> {
  output.line("This gateway becomes a site of your own, with new keys and a private network that nobody else shares.");
  output.line("The demo is kept in a folder inside the data folder. Nothing is deleted.");
  output.line("");
  output.line(`The site's name is ${SITE_NAME_RULE.sentence}`);
  const site = given.site ?? (await prompt.ask("Name of the site?", {preset: suggestedName(), check: nameProblem}));
  const hasUsers = existsSync(path.join(home, "gateway", "users.json"));
  const keepsUsers =
    given.keepUsers ??
    (hasUsers ? await prompt.confirm("Keep everybody who may log in now, not admins alone?", false) : false);
  const password = isRunning || !isFirstPassword(home) ? null : await askPassword(prompt);
  const start = isRunning ? ` The gateway stops and starts again as ${site}.` : "";
  if (!(await prompt.confirm(`Set up ${site} in ${home}?${start}`, true)))
    throw new GatewayError("cli/no-answer", "Nothing was changed.");
  return {site, keepsUsers, password};
}

async function askPassword(prompt: Prompt): Promise<string | null> {
  const password = await prompt.askSecret(
    `Password for the user admin (${PASSWORD_RULE}; empty: one is made and left in credentials.txt)?`,
    (answer) => (answer === "" ? null : adminPasswordProblem(answer)),
  );
  return password === "" ? null : password;
}

function nameProblem(name: string): string | null {
  const isUsable = new RegExp(SITE_NAME_RULE.pattern).test(name) && name !== demoSiteName;
  return isUsable ? null : `A site's name is ${SITE_NAME_RULE.sentence}`;
}

// The host's own name, in the form a site's name has.
function suggestedName(): string {
  const name = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, SITE_NAME_RULE.maxLength);
  return nameProblem(name) === null ? name : "gateway.local";
}
