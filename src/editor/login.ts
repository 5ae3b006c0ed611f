import type {Login} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";

/** A user as Node-RED wants one: "*" may change flows, "read" may look at them. */
export interface EditorUser {
  readonly username: string;
  readonly permissions: "*" | "read";
}

/** Login to the editor with the names and passwords of the gateway. Nothing of them is kept. */
export interface EditorLogin {
  /** Null when the gateway says no, or cannot be asked. */
  authenticate(username: string, password: string): Promise<EditorUser | null>;
  /** Asked for every request of a session; null ends it. Sessions do not outlive the gateway's token, nor this process. */
  user(username: string): Promise<EditorUser | null>;
}

/** Most sessions that are known at a time; the oldest is forgotten first. */
const USERS_MAX = 1000;

interface Dependencies {
  /** The gateway's login. */
  readonly login: (user: string, password: string) => Promise<Login>;
  readonly clock: Clock;
  readonly log: Log;
}

export function createEditorLogin({login, clock, log}: Dependencies): EditorLogin {
  const known = new Map<string, {readonly user: EditorUser; readonly expiresAtMs: number}>();

  return {
    authenticate: async (username, password) => {
      try {
        const {identity, expiresAt} = await login(username, password);
        const user = userOf(username, identity.scopes);
        if (user === null) {
          log.warn({user: username}, "login without the right to the editor");
          return null;
        }
        known.delete(username);
        known.set(username, {user, expiresAtMs: Date.parse(expiresAt)});
        if (known.size > USERS_MAX) known.delete(known.keys().next().value!);
        return user;
      } catch (error) {
        const code = error instanceof GatewayError ? error.code : "";
        if (code !== "gateway/unauthorised") log.warn({reason: sentenceOf(error)}, "login could not be checked");
        return null;
      }
    },
    user: async (username) => {
      const found = known.get(username);
      if (found !== undefined && clock.now() < found.expiresAtMs) return found.user;
      known.delete(username);
      return null;
    },
  };
}

function userOf(username: string, scopes: readonly string[]): EditorUser | null {
  if (scopes.includes("admin")) return {username, permissions: "*"};
  return scopes.includes("node-red:read") ? {username, permissions: "read"} : null;
}
