// Changes of who may do what, one after the other, each with its entry in the gateway's own log. What gives somebody more is recorded first,
// and refused when it cannot be. What takes something away is done even then, and the log says that it is not in the trail.

import {GatewayError} from "../../errors.ts";
import type {Log} from "../../log.ts";
import type {Caller} from "./caller.ts";
import {checkPassword, createFirstPassword} from "./passwords.ts";
import {type AccessEvent, type RecordAccess, recordOrLog} from "./record.ts";
import type {SessionRecord, Sessions} from "./sessions.ts";
import type {TokenRecord, TokenRequest, Tokens} from "./tokens.ts";
import type {NewUser, User, UserFields, Users} from "./users.ts";

/** Who changes something, from where, and why. */
export interface Change {
  readonly by: Caller;
  /** IP address. */
  readonly address: string;
  readonly reason?: string | undefined;
}

/** Errors besides those named: `audit/...` when a change cannot be recorded. */
export interface Administration {
  /** Errors: those of `Users.add`. */
  addUser(user: Omit<NewUser, "password">, change: Change): Promise<{user: User; password: string}>;
  /** Errors: those of `Users.changed`. */
  changeUser(name: string, fields: Partial<UserFields>, change: Change): Promise<User>;
  /** Ends the user's sessions. Errors: `user/not-found`; `gateway/refused` for one's own. */
  resetPassword(name: string, change: Change): Promise<{user: User; password: string}>;
  /** One's own; ends the other sessions. The present one has been confirmed. Errors: `user/password`. */
  changePassword(next: string, change: Change): Promise<void>;
  /** Errors: `user/not-found`, `user/conflict`. */
  removeUser(name: string, change: Change): Promise<void>;
  /** Returns the sessions that were ended. */
  endSessions(fits: (session: SessionRecord) => boolean, change: Change): Promise<readonly SessionRecord[]>;
  /** Errors: those of `Tokens.create`. */
  createToken(request: TokenRequest, change: Change): Promise<{token: TokenRecord; secret: string}>;
  /** Errors: `token/not-found`. */
  revokeToken(id: string, change: Change): Promise<void>;
}

interface Dependencies {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly record: RecordAccess;
  /** A user's password is not what it was, or the user is gone. */
  readonly onPasswordGone: (user: string) => void;
  readonly log: Log;
}

export function createAdministration(deps: Dependencies): Administration {
  const {users, sessions, tokens, record, onPasswordGone, log} = deps;
  const recordAnyway = recordOrLog(record, log);
  const inTurn = createLane();
  const endSessionsOf = (name: string) => sessions.end(({user}) => user === name);

  return {
    addUser: (user, change) =>
      inTurn(async () => {
        const password = createFirstPassword();
        users.checkNew({...user, password});
        const {name, displayName = null, role, household = null} = user;
        const made = {displayName, role, household};
        await record([eventOf("user-added", {user: name, old: null, new: made}, change)], change.by);
        return {user: await users.add({...user, password}), password};
      }),
    changeUser: (name, fields, change) =>
      inTurn(async () => {
        const old = users.get(name);
        const next = users.changed(name, fields);
        const events = eventsOfChange(old, next, change);
        if (events.length === 0) return old;
        const isTakenAway = next.isDisabled && !old.isDisabled;
        if (!isTakenAway) await record(events, change.by);
        else endSessionsOf(name);
        const changed = users.change(name, fields);
        sessions.renew(name);
        if (isTakenAway) await recordAnyway(events, change.by);
        return changed;
      }),
    resetPassword: (name, change) =>
      inTurn(async () => {
        users.get(name);
        if (change.by.user?.name === name) {
          throw new GatewayError("gateway/refused", "Your own password you change yourself: the present one is asked.");
        }
        const password = createFirstPassword();
        await record([eventOf("password-reset", {user: name}, change)], change.by);
        endSessionsOf(name);
        await users.setPassword(name, password, {mustChange: true});
        // A login with the old password may have come in meanwhile.
        endSessionsOf(name);
        onPasswordGone(name);
        return {user: users.get(name), password};
      }),
    changePassword: (next, change) =>
      inTurn(async () => {
        const {name} = change.by.user!;
        checkPassword(next, name);
        await record([eventOf("password-changed", {user: name}, change)], change.by);
        await users.setPassword(name, next, {mustChange: false});
        sessions.end(({user, id}) => user === name && id !== change.by.session?.id);
        onPasswordGone(name);
      }),
    removeUser: (name, change) =>
      inTurn(async () => {
        const {displayName, role, household} = users.checkRemovable(name);
        endSessionsOf(name);
        users.remove(name);
        onPasswordGone(name);
        const old = {displayName, role, household};
        await recordAnyway([eventOf("user-removed", {user: name, old, new: null}, change)], change.by);
      }),
    endSessions: async (fits, change) => {
      const ended = sessions.end(fits);
      const events = ended.map(({id, user, address, browser}) =>
        eventOf("session-ended", {user, session: id, old: {address, browser}, new: null}, change),
      );
      if (events.length > 0) await recordAnyway(events, change.by);
      return ended;
    },
    createToken: (request, change) =>
      inTurn(async () => {
        tokens.check(request);
        const {name, scopes, days} = request;
        await record([eventOf("token-created", {token: name, old: null, new: {scopes, days}}, change)], change.by);
        return tokens.create(request, change.by.actor);
      }),
    revokeToken: (id, change) =>
      inTurn(async () => {
        const revoked = tokens.revoke(id);
        if (revoked === null) throw new GatewayError("token/not-found", `There is no token ${id}.`, {id});
        const {name, scopes, expiresAt} = revoked;
        const body = {token: name, old: {scopes, expiresAt}, new: null};
        await recordAnyway([eventOf("token-revoked", body, change)], change.by);
      }),
  };
}

// One entry for each kind of change, so that a review finds every new role under one type.
const KINDS: readonly {readonly type: (next: User) => string; readonly fields: readonly (keyof UserFields)[]}[] = [
  {type: () => "role-changed", fields: ["role", "household"]},
  {type: ({isDisabled}) => (isDisabled ? "user-disabled" : "user-enabled"), fields: ["isDisabled"]},
  {type: () => "user-changed", fields: ["displayName"]},
];

function eventsOfChange(old: User, next: User, change: Change): readonly AccessEvent[] {
  return KINDS.flatMap(({type, fields}) => {
    const changed = fields.filter((field) => old[field] !== next[field]);
    if (changed.length === 0) return [];
    const pick = (user: User) => Object.fromEntries(changed.map((field) => [field, user[field]]));
    return eventOf(type(next), {user: next.name, old: pick(old), new: pick(next)}, change);
  });
}

function eventOf(type: string, body: AccessEvent["body"], {address, reason}: Change): AccessEvent {
  return {type, body: {...body, address, ...(reason === undefined ? {} : {reason})}};
}

/** Lets work begin when the one before has ended: two admins who demote each other at once must not both succeed. */
function createLane(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}
