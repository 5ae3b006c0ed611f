import type {
  Login,
  Me,
  NewPassword,
  NewToken,
  PasswordChange,
  RoleTable,
  ScopeSummary,
  SessionSummary,
  TokenInput,
  TokenSummary,
  UserChange,
  UserInput,
  UserSummary,
} from "./access-api.ts";
import {type CallOptions, type Http, pathOf} from "./http.ts";

const PREFIX = "/api/gateway/v1";

/** Who may do what: login, users, sessions, tokens, roles. Errors: those of `createHttp`, under `gateway/`. */
export interface AccessClient {
  /** Errors: `gateway/unauthorised` for a wrong user or password, `gateway/too-many` after too many tries. */
  login(user: string, password: string, options?: CallOptions): Promise<Login>;
  logout(options?: CallOptions): Promise<void>;
  me(options?: CallOptions): Promise<Me>;
  changePassword(change: PasswordChange, options?: CallOptions): Promise<void>;
  readonly users: {
    list(): Promise<readonly UserSummary[]>;
    add(user: UserInput): Promise<NewPassword>;
    change(name: string, change: UserChange): Promise<UserSummary>;
    resetPassword(name: string, reason?: string): Promise<NewPassword>;
    /** False when there is no such user. */
    remove(name: string, reason?: string): Promise<boolean>;
  };
  readonly sessions: {
    /** `all`: everybody's, for the scope `admin`. */
    list(query?: {all?: boolean}): Promise<readonly SessionSummary[]>;
    /** False when there is no such session. */
    end(id: string): Promise<boolean>;
    /** How many of one's own sessions were ended. */
    endOthers(): Promise<number>;
  };
  readonly tokens: {
    list(query?: {state?: TokenSummary["state"]}): Promise<readonly TokenSummary[]>;
    create(token: TokenInput): Promise<NewToken>;
    /** False when there is no such token. */
    revoke(id: string, reason?: string): Promise<boolean>;
  };
  roles(): Promise<RoleTable>;
  scopes(): Promise<readonly ScopeSummary[]>;
}

export function createAccessClient(http: Http): AccessClient {
  const at = (...names: readonly string[]) => pathOf(PREFIX, ...names);
  const items = async <Item>(path: string, query = {}) =>
    (await http.json<{items: readonly Item[]}>({path, query})).items;
  const because = (reason: string | undefined) => (reason === undefined ? {} : {reason});
  return {
    login: (user, password, call) => http.json({...call, method: "POST", path: at("login"), body: {user, password}}),
    logout: async (call) => {
      await http.isDone({...call, method: "POST", path: at("logout"), body: {}});
    },
    me: (call) => http.json({...call, path: at("me")}),
    changePassword: async (change, call) => {
      await http.isDone({...call, method: "POST", path: at("password"), body: change});
    },
    users: {
      list: () => items(at("users")),
      add: (body) => http.json({method: "POST", path: at("users"), body}),
      change: (name, body) => http.json({method: "PATCH", path: at("users", name), body}),
      resetPassword: (name, reason) =>
        http.json({method: "POST", path: at("users", name, "password"), body: because(reason)}),
      remove: (name, reason) => http.isDone({method: "DELETE", path: at("users", name), query: because(reason)}),
    },
    sessions: {
      list: ({all = false} = {}) => items(at("sessions"), all ? {all: "true"} : {}),
      end: (id) => http.isDone({method: "DELETE", path: at("sessions", id)}),
      endOthers: async () =>
        (await http.json<{ended: number}>({method: "POST", path: at("sessions", "end-others"), body: {}})).ended,
    },
    tokens: {
      list: (query = {}) => items(at("tokens"), query),
      create: (body) => http.json({method: "POST", path: at("tokens"), body}),
      revoke: (id, reason) => http.isDone({method: "DELETE", path: at("tokens", id), query: because(reason)}),
    },
    roles: () => http.json({path: at("roles")}),
    scopes: () => items(at("scopes")),
  };
}
