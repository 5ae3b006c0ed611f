import {readFileSync} from "node:fs";
import {GatewayError, sentenceOf} from "../../errors.ts";

const PASSWORD_MIN = 10;
const PASSWORD_MAX = 256;
export const PASSWORD_RULE = `${PASSWORD_MIN} to ${PASSWORD_MAX} characters`;

/** The sentence for a password that does not do; null for one that does. */
export function passwordProblem(password: string): string | null {
  return password.length >= PASSWORD_MIN && password.length <= PASSWORD_MAX ? null : `A password has ${PASSWORD_RULE}.`;
}

/** The password in a file that the option --password-file names; a line end after it does not count. Errors: `cli/password`. */
export function readPassword(file: string): string {
  let password: string;
  try {
    password = readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new GatewayError("cli/password", `--password-file cannot be read: ${sentenceOf(error)}.`, {file});
  }
  const problem = passwordProblem(password);
  if (problem !== null) throw new GatewayError("cli/password", problem);
  return password;
}
