import {GatewayError} from "../../errors.ts";
import type {Caller} from "./caller.ts";
import type {FailureRecord} from "./failure-record.ts";
import type {LoginLimit} from "./login-limit.ts";
import type {RecordAccess} from "./record.ts";
import type {Session, Sessions} from "./sessions.ts";
import type {User, Users} from "./users.ts";

/** Where a request comes from. */
export interface Origin {
  /** IP address. */
  readonly address: string;
  readonly userAgent: string | undefined;
}

export interface LoginDoor {
  /** Errors: `gateway/unauthorised`, `gateway/too-many` with the fact `wait` in seconds. */
  login(attempt: {user: string; password: string}, from: Origin): Promise<{session: Session; user: User}>;
  /** Whether a user's present password is this one; guessing is limited as at a login. Errors: `gateway/refused`, `gateway/too-many`. */
  confirm(user: string, password: string, from: Origin): Promise<void>;
  logout(caller: Caller, from: Origin): Promise<void>;
}

interface Dependencies {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly limit: LoginLimit;
  readonly failures: FailureRecord;
  /** Must not reject: people come in and go even when nothing can be recorded. */
  readonly record: RecordAccess;
}

export function createLoginDoor({users, sessions, limit, failures, record}: Dependencies): LoginDoor {
  const verify = async (name: string, password: string, {address}: Origin): Promise<User | null> => {
    const known = users.find(name)?.name ?? null;
    const verdict = limit.begin({user: name, address});
    if (verdict.state === "wait") {
      const {limit: reached, waitSeconds, isFirst} = verdict;
      if (isFirst) failures.note({type: "login-limited", user: known, address, limit: reached, waitSeconds});
      throw new GatewayError("gateway/too-many", `Too many failed logins. Try again in ${waitSeconds} s.`, {
        wait: waitSeconds,
      });
    }
    const user = await users.verify(name, password);
    if (user === null) failures.note({type: "login-failed", user: known, address});
    else verdict.succeed();
    return user;
  };

  return {
    login: async ({user: name, password}, from) => {
      const user = await verify(name, password, from);
      if (user === null) throw new GatewayError("gateway/unauthorised", "User or password is wrong.");
      await failures.settle(name, from.address);
      const session = sessions.open(user, from);
      users.noteLogin(name);
      const {address, userAgent: _} = from;
      const browser = sessions.list().find(({id}) => id === session.id)?.browser ?? null;
      const body = {user: name, session: session.id, address, browser};
      await record([{type: "login", body}], {actor: `user:${name}`, role: user.role});
      return {session, user};
    },
    confirm: async (name, password, from) => {
      if ((await verify(name, password, from)) === null) {
        throw new GatewayError("gateway/refused", "The current password is wrong.");
      }
    },
    logout: async (caller, {address}) => {
      const ended = sessions.end(({id}) => id === caller.session?.id);
      const events = ended.map(({id, user}) => ({type: "logout", body: {user, session: id, address}}));
      if (events.length > 0) await record(events, caller);
    },
  };
}
