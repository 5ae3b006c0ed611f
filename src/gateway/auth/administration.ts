// Changes of who may do what, one after the other, each with its entry in the gateway's own log. What gives somebody more is recorded first,
// and refused when it cannot be. What takes something away is done even then, and the log says that it is not in the trail.

import {GatewayError, sentenceOf} from "../../errors.ts";
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

/** Errors besides those named: `audit/...` when a change cannot be recorded; `gateway/refused` when who asks has lost the right meanwhile. */
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
  /** Returns how many were ended. */
  endSessions(fits: (session: SessionRecord) => boolean, change: Change): Promise<number>;
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
  const lane = createLane();

  // While a change waited for its turn, the one before may have been about who asks for it.
  const inTurn = <Result>({by}: Change, work: () => Promise<Result>) =>
    lane(async () => {
      const now = by.user === null ? null : users.find(by.user.name);
      if (by.user !== null && (now === null || now.isDisabled || now.role !== by.user.role)) {
        throw new GatewayError("gateway/refused", "Your rights have changed meanwhile. Look again at what you may do.");
      }
      return await work();
    });
  const recordThen = async <Result>(events: readonly AccessEvent[], by: Caller, act: () => Promise<Result>) => {
    await record(events, by);
    try {
      return await act();
    } catch (error) {
      const because = sentenceOf(error);
      const failed = events.map(({type, body}) => ({type: "change-failed", body: {...body, change: type, because}}));
      await recordAnyway(failed, by);
      throw error;
    }
  };
  /** Ends sessions at once; returns what is to be recorded of that. */
  const endSessions = (fits: (session: SessionRecord) => boolean, change: Change, because?: string) =>
    sessions.end(fits).map(({id, user, address, browser}) => {
      const why = because === undefined ? {} : {because};
      return eventOf("session-ended", {user, session: id, old: {address, browser}, new: null, ...why}, change);
    });
  const ofUser = (name: string) => (session: SessionRecord) => session.user === name;

  return {
    addUser: (user, change) =>
      inTurn(change, async () => {
        const password = createFirstPassword();
        users.checkNew({...user, password});
        const {name, displayName = null, role, household = null} = user;
        const made = {displayName, role, household};
        const event = eventOf("user-added", {user: name, old: null, new: made}, change);
        return {user: await recordThen([event], change.by, () => users.add({...user, password})), password};
      }),
    changeUser: (name, fields, change) =>
      inTurn(change, async () => {
        const old = users.get(name);
        const next = users.changed(name, fields);
        const events = eventsOfChange(old, next, change);
        if (events.length === 0) return old;
        if (next.isDisabled && !old.isDisabled) {
          const ended = endSessions(ofUser(name), change, "user-disabled");
          const changed = users.change(name, fields);
          await recordAnyway([...events, ...ended], change.by);
          return changed;
        }
        const changed = await recordThen(events, change.by, async () => users.change(name, fields));
        if (changed.role !== old.role || changed.household !== old.household) sessions.renew(name);
        return changed;
      }),
    resetPassword: (name, change) =>
      inTurn(change, async () => {
        users.get(name);
        if (change.by.user?.name === name) {
          throw new GatewayError("gateway/refused", "Your own password you change yourself: the present one is asked.");
        }
        const password = createFirstPassword();
        await recordThen([eventOf("password-reset", {user: name}, change)], change.by, () =>
          users.setPassword(name, password, {mustChange: true}),
        );
        const ended = endSessions(ofUser(name), change, "password-reset");
        onPasswordGone(name);
        if (ended.length > 0) await recordAnyway(ended, change.by);
        return {user: users.get(name), password};
      }),
    changePassword: (next, change) =>
      inTurn(change, async () => {
        const {name} = change.by.user!;
        checkPassword(next, name);
        await recordThen([eventOf("password-changed", {user: name}, change)], change.by, () =>
          users.setPassword(name, next, {mustChange: false}),
        );
        const isOther = ({user, id}: SessionRecord) => user === name && id !== change.by.session?.id;
        const ended = endSessions(isOther, change, "password-changed");
        onPasswordGone(name);
        if (ended.length > 0) await recordAnyway(ended, change.by);
      }),
    removeUser: (name, change) =>
      inTurn(change, async () => {
        const {displayName, role, household} = users.checkRemovable(name);
        const ended = endSessions(ofUser(name), change, "user-removed");
        users.remove(name);
        onPasswordGone(name);
        const old = {displayName, role, household};
        const event = eventOf("user-removed", {user: name, old, new: null}, change);
        await recordAnyway([event, ...ended], change.by);
      }),
    endSessions: async (fits, change) => {
      const ended = endSessions(fits, change);
      if (ended.length > 0) await recordAnyway(ended, change.by);
      return ended.length;
    },
    createToken: (request, change) =>
      inTurn(change, async () => {
        tokens.check(request);
        const {name, scopes, days} = request;
        const event = eventOf("token-created", {token: name, old: null, new: {scopes, days}}, change);
        return await recordThen([event], change.by, async () => tokens.create(request, change.by.actor));
      }),
    revokeToken: (id, change) =>
      inTurn(change, async () => {
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
