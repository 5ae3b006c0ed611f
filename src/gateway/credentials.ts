import {closeSync, fsyncSync, openSync, rmSync, writeSync} from "node:fs";
import path from "node:path";
import {createFirstPassword} from "./auth/passwords.ts";
import type {Users} from "./auth/users.ts";

const FIRST_USER = "admin";

const fileOf = (home: string) => path.join(home, "credentials.txt");

/** Makes the first user with a random password when there is none, and leaves both in `credentials.txt` (mode 0600). */
export async function ensureFirstUser(home: string, users: Users): Promise<void> {
  if (users.list().length > 0) return;
  const password = createFirstPassword();
  // The file first: a user whose password nobody knows could not be helped.
  const handle = openSync(fileOf(home), "w", 0o600);
  writeSync(handle, `user: ${FIRST_USER}\npassword: ${password}\n`);
  fsyncSync(handle);
  closeSync(handle);
  await users.add({name: FIRST_USER, role: "admin", password});
}

/** The first password is no secret worth keeping once it was changed. */
export function forgetFirstPassword(home: string, user: string): void {
  if (user === FIRST_USER) rmSync(fileOf(home), {force: true});
}
