import {existsSync, readFileSync, rmSync} from "node:fs";
import path from "node:path";
import {writeWhole} from "../files.ts";
import type {Access} from "./access.ts";
import {createFirstPassword} from "./auth/passwords.ts";
import type {AccessEvent} from "./auth/record.ts";
import type {Users} from "./auth/users.ts";

const FIRST_USER = "admin";

const fileOf = (home: string) => path.join(home, "credentials.txt");

/**
 * Takes the password for `admin` that the command line left in `gateway/admin-password` (mode 0600), ends the sessions of the one before,
 * and removes the file. Whoever can write there holds all of the gateway's keys already. Returns what is to be recorded of it.
 * Errors: `user/password`.
 */
export async function takeGivenPassword(
  home: string,
  {users, sessions}: Pick<Access, "users" | "sessions">,
): Promise<readonly AccessEvent[]> {
  const file = path.join(home, "gateway", "admin-password");
  if (!existsSync(file)) return [];
  const password = readFileSync(file, "utf8").replace(/\r?\n$/, "");
  if (users.find(FIRST_USER) === null) await users.add({name: FIRST_USER, role: "admin", password});
  await users.setPassword(FIRST_USER, password, {mustChange: false});
  sessions.end(({user}) => user === FIRST_USER);
  forgetFirstPassword(home, FIRST_USER);
  rmSync(file);
  return [{type: "password-reset", body: {user: FIRST_USER, because: "left by the command line"}}];
}

/** Whether the first user still has the password of `credentials.txt`. One that an admin gave later was shown once and lies nowhere. */
export function isFirstPassword(home: string, users: Users): boolean {
  return users.find(FIRST_USER)?.mustChangePassword === true && existsSync(fileOf(home));
}

/** Makes the first user with a random password when there is none, and leaves both in `credentials.txt` (mode 0600). */
export async function ensureFirstUser(home: string, users: Users): Promise<void> {
  if (users.list().length > 0) return;
  const password = createFirstPassword();
  // The file first: a user whose password nobody knows could not be helped.
  writeWhole(fileOf(home), `user: ${FIRST_USER}\npassword: ${password}\n`);
  await users.add({name: FIRST_USER, role: "admin", password});
}

/** The first password is no secret worth keeping once it was changed. */
export function forgetFirstPassword(home: string, user: string): void {
  if (user === FIRST_USER) rmSync(fileOf(home), {force: true});
}
