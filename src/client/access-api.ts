// The forms of /api/gateway/v1 that say who may do what: login, users, sessions, tokens, roles, scopes. Times are RFC 3339 in UTC with
// milliseconds. Every change is an entry in the log of the machine `gateway`; `reason` goes into it, 1..256 characters.

/** What a person is. `household` is bound to one household and reads only its own. */
export type Role = "viewer" | "reviewer" | "maintainer" | "operator" | "admin" | "household";

/** `POST /login {user, password}`. Programs use `token` as bearer; browsers have it as a cookie and send `csrf` in `x-csrf-token` on writes. */
export interface Login {
  /** Bearer token (JWT). */
  readonly token: string;
  readonly csrf: string;
  readonly expiresAt: string;
  readonly identity: {
    /** "user:anna" */
    readonly actor: string;
    readonly role: Role;
    readonly scopes: readonly string[];
  };
  /** Until `POST /password` was done, every other route answers 403; `GET /me` and `POST /logout` work. */
  readonly mustChangePassword: boolean;
}

/** `GET /me`: who the token or the cookie belongs to. */
export interface Me {
  /** "user:anna", "token:line-7", "process:cli" */
  readonly actor: string;
  readonly role: Role | "token" | "process";
  readonly scopes: readonly string[];
  /** Of a person; null when none was given, and for tokens and processes. */
  readonly displayName: string | null;
  /** Of the role `household`. */
  readonly household: string | null;
  readonly mustChangePassword: boolean;
  /** Of a session; null for a token. */
  readonly csrf: string | null;
  /** Of a session; null for a token. */
  readonly session: {readonly id: string; readonly expiresAt: string} | null;
}

/** `POST /password`: one's own. Answers 204 and ends one's other sessions. Errors: 403 `current` is wrong; 400 `next` is too weak, with the rule. */
export interface PasswordChange {
  readonly current: string;
  /** 10..256 characters; not the present one, not the user's name, not one character over and over. */
  readonly next: string;
}

/**
 * A person as `GET /users` lists them (`{items}`, by name; at most 1,000). `DELETE /users/{name}?reason=` removes one (204; 409 when no enabled
 * admin would be left). The routes of users need the scope `admin`.
 */
export interface UserSummary {
  /** 1..64 of a-z 0-9 . _ -; never changes. */
  readonly name: string;
  readonly displayName: string | null;
  readonly role: Role;
  /** 1..64 of a-z 0-9 . _ - for the role `household`, else null. */
  readonly household: string | null;
  readonly createdAt: string;
  readonly lastLoginAt: string | null;
  readonly mustChangePassword: boolean;
  readonly isDisabled: boolean;
  /** Open sessions. */
  readonly sessions: number;
}

/** `POST /users`, answered 201 with `NewPassword`. Errors: 409 the name is taken; 400 with the rule. */
export interface UserInput {
  readonly name: string;
  readonly role: Role;
  readonly displayName?: string;
  /** Needed for the role `household`, refused for others. */
  readonly household?: string;
  readonly reason?: string;
}

/**
 * `PATCH /users/{name}`, answered with the user as it is now; what is left out stays. A new role holds in open sessions at once; disabling
 * ends them. Errors: 404; 409 when no enabled admin would be left.
 */
export interface UserChange {
  readonly displayName?: string | null;
  readonly role?: Role;
  readonly household?: string;
  readonly isDisabled?: boolean;
  readonly reason?: string;
}

/**
 * Answer of `POST /users` and of `POST /users/{name}/password {reason?}` (a reset, which ends the user's sessions). The password is shown
 * this once and must be changed at the next login. One's own password is not reset but changed.
 */
export interface NewPassword {
  readonly user: UserSummary;
  readonly password: string;
}

/**
 * An open session. `GET /sessions`: one's own, newest use first; `GET /sessions?all=true`: everybody's, scope `admin`. `DELETE /sessions/{id}`
 * ends one (204; anybody's with the scope `admin`, else 404 for those of others); `POST /sessions/end-others` ends all of one's own but the
 * current one and answers `{ended}`. At most 20 a user and 1,000 in all; the one that is unused for longest goes first.
 */
export interface SessionSummary {
  readonly id: string;
  readonly user: string;
  readonly since: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  /** IP address of the login. */
  readonly address: string;
  /** Such as "Firefox on Windows"; null when the program did not say. */
  readonly browser: string | null;
  readonly isCurrent: boolean;
}

/**
 * A machine's token as `GET /tokens` lists it (`{items}`; `?state=expiring` for the warnings alone). `DELETE /tokens/{id}?reason=` revokes one
 * (204). The routes of tokens need the scope `admin`.
 */
export interface TokenSummary {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
  /** Actor, such as "user:anna". */
  readonly createdBy: string;
  readonly expiresAt: string;
  /** Kept over restarts, up to five minutes behind. */
  readonly lastUsedAt: string | null;
  /** `expiring`: within 14 days. */
  readonly state: "valid" | "expiring" | "expired";
}

/** `POST /tokens`, answered 201 with `NewToken`. Errors: 409 the name is taken; 400 an unknown scope, a wrong name or number of days. */
export interface TokenInput {
  /** 1..64 of letters, digits, dot, underscore and hyphen. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** 1..3650; 365 when left out. */
  readonly days?: number;
  readonly reason?: string;
}

/** The secret is shown this once. */
export interface NewToken {
  readonly id: string;
  readonly name: string;
  readonly token: string;
  readonly expiresAt: string;
}

/** `GET /scopes` (`{items}`): what each scope lets its holder do. Any login or token. */
export interface ScopeSummary {
  readonly scope: string;
  /** One sentence. */
  readonly meaning: string;
  /** Roles that hold it. */
  readonly roles: readonly Role[];
  /** Whether a machine's token may have it. */
  readonly isForTokens: boolean;
}

/** One role of `GET /roles`. */
export interface RoleSummary {
  readonly role: Role;
  /** One sentence. */
  readonly meaning: string;
  readonly scopes: readonly string[];
}

/** Who may use a route. `loopback`: open while the gateway listens on loopback only, else by scope. `session`: any login or token. */
export interface RouteSummary {
  readonly method: string;
  /** Such as `/api/gateway/v1/users/:name`. */
  readonly path: string;
  readonly access: "open" | "loopback" | "session" | "scope";
  readonly scope: string | null;
  /** Roles that may use it. */
  readonly roles: readonly Role[];
}

/** `GET /roles`: made from the routes themselves. Any login or token. */
export interface RoleTable {
  readonly roles: readonly RoleSummary[];
  readonly routes: readonly RouteSummary[];
}
