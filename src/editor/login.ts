import type {Login, Me} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {GatewayError, sentenceOf} from "../errors.ts";
import type {Log} from "../log.ts";

/** A user as Node-RED wants one: "*" may change flows, "read" may look at them. */
export interface EditorUser {
  readonly username: string;
  readonly permissions: "*" | "read";
}

/** Login to the editor with the names and passwords of the gateway. No password is kept. */
export interface EditorLogin {
  /** Null when the gateway says no, or cannot be asked. */
  authenticate(username: string, password: string): Promise<EditorUser | null>;
  /**
   * Asked for every request of a session; null ends it. The gateway is asked again every 10 s, so that a session that was ended there, or
   * another role, reaches the editor, too. Sessions do not outlive the gateway's, nor this process.
   */
  user(username: string): Promise<EditorUser | null>;
  /** The role at the gateway; null when this process does not know the user. */
  roleOf(username: string): string | null;
}

/** Most sessions that are known at a time; the oldest is forgotten first. */
const USERS_MAX = 1000;
const ASKED_AGAIN_MS = 10_000;
/** A gateway that is started anew must not log everybody out. */
const UNASKED_MAX_MS = 60_000;

interface Dependencies {
  /** The gateway's login. */
  readonly login: (user: string, password: string) => Promise<Login>;
  /** Who a token of a login belongs to by now. */
  readonly me: (token: string) => Promise<Pick<Me, "role" | "scopes" | "mustChangePassword">>;
  readonly logout: (token: string) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

interface Session {
  readonly token: string;
  readonly expiresAtMs: number;
  readonly user: EditorUser;
  readonly role: string;
  readonly askedMs: number;
}

export function createEditorLogin({login, me, logout, clock, log}: Dependencies): EditorLogin {
  const known = new Map<string, Session>();
  const asking = new Map<string, Promise<EditorUser | null>>();

  const askAgain = async (username: string, session: Session): Promise<EditorUser | null> => {
    try {
      const {role, scopes, mustChangePassword} = await me(session.token);
      const user = mustChangePassword ? null : userOf(username, scopes);
      if (known.get(username) !== session) return user;
      if (user === null) known.delete(username);
      else known.set(username, {...session, user, role, askedMs: clock.monotonicMs()});
      return user;
    } catch (error) {
      if (isRefusal(error)) {
        if (known.get(username) === session) known.delete(username);
        return null;
      }
      const isRecent = clock.monotonicMs() - session.askedMs < UNASKED_MAX_MS;
      if (!isRecent) log.warn({user: username, reason: sentenceOf(error)}, "a session could not be checked");
      return isRecent ? session.user : null;
    }
  };

  return {
    authenticate: async (username, password) => {
      try {
        const {token, identity, expiresAt, mustChangePassword} = await login(username, password);
        const user = mustChangePassword ? null : userOf(username, identity.scopes);
        if (user === null) {
          const why = mustChangePassword ? "a password must be chosen at the gateway first" : "no right to the editor";
          log.warn({user: username, why}, "login refused");
          await logout(token).catch(() => undefined);
          return null;
        }
        const before = known.get(username);
        known.delete(username);
        known.set(username, {
          ...{token, user, role: identity.role},
          ...{expiresAtMs: Date.parse(expiresAt), askedMs: clock.monotonicMs()},
        });
        if (known.size > USERS_MAX) known.delete(known.keys().next().value!);
        // Node-RED knows users, not sessions: the new one stands for both.
        if (before !== undefined) await logout(before.token).catch(() => undefined);
        return user;
      } catch (error) {
        const code = error instanceof GatewayError ? error.code : "";
        if (code !== "gateway/unauthorised") log.warn({reason: sentenceOf(error)}, "login could not be checked");
        return null;
      }
    },
    user: async (username) => {
      const session = known.get(username);
      if (session === undefined || clock.now() >= session.expiresAtMs) {
        known.delete(username);
        return null;
      }
      if (clock.monotonicMs() - session.askedMs < ASKED_AGAIN_MS) return session.user;
      const answer = asking.get(username) ?? askAgain(username, session).finally(() => asking.delete(username));
      asking.set(username, answer);
      return answer;
    },
    roleOf: (username) => known.get(username)?.role ?? null,
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof GatewayError && /^gateway\/(unauthorised|refused)$/.test(error.code);
}

function userOf(username: string, scopes: readonly string[]): EditorUser | null {
  if (scopes.includes("admin")) return {username, permissions: "*"};
  return scopes.includes("node-red:read") ? {username, permissions: "read"} : null;
}
