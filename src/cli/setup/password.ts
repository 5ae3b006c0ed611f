import {readFileSync} from "node:fs";
import {PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, passwordProblem} from "../../client/index.ts";
import {GatewayError, sentenceOf} from "../../errors.ts";

export const PASSWORD_RULE = `${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters`;

/** The sentence for a password of the first user that does not do; null for one that does. */
export function adminPasswordProblem(password: string): string | null {
  return passwordProblem(password, "admin");
}

/** The password in a file that the option --password-file names; a line end after it does not count. Errors: `cli/password`. */
export function readPassword(file: string): string {
  let password: string;
  try {
    password = readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new GatewayError("cli/password", `--password-file cannot be read: ${sentenceOf(error)}.`, {file});
  }
  const problem = adminPasswordProblem(password);
  if (problem !== null) throw new GatewayError("cli/password", problem);
  return password;
}
