import {existsSync, readFileSync} from "node:fs";
import path from "node:path";
import type {PlannedFile} from "./setup-plan.ts";

interface StoredUser {
  readonly role?: unknown;
}

/**
 * Who may log in at a new site: everybody of `gateway/users.json`, or the admins alone, so that nobody who may set up a gateway is locked
 * out of it. Passwords stay what they are; the first one moves along in its file while it was not changed.
 */
export function carriedAccess(home: string, {keepsUsers}: {readonly keepsUsers: boolean}): readonly PlannedFile[] {
  const files: PlannedFile[] = [];
  const users = readIfThere(path.join(home, "gateway", "users.json"));
  if (users !== null) {
    const stored = JSON.parse(users) as {users: readonly StoredUser[]};
    const kept = stored.users.filter(({role}) => keepsUsers || role === "admin");
    files.push({path: "gateway/users.json", text: `${JSON.stringify({...stored, users: kept}, null, 2)}\n`});
  }
  const first = readIfThere(path.join(home, "credentials.txt"));
  if (first !== null) files.push({path: "credentials.txt", text: first});
  return files;
}

function readIfThere(file: string): string | null {
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}
