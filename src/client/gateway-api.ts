// The forms of /api/gateway/v1.

/** `POST /login {user, password}`. Programs use `token` as bearer; browsers have it as a cookie and send `csrf` in `x-csrf-token` on writes. */
export interface Login {
  /** Bearer token (JWT). */
  readonly token: string;
  readonly csrf: string;
  /** RFC 3339 UTC. */
  readonly expiresAt: string;
  readonly identity: {
    /** "user:anna" */
    readonly actor: string;
    readonly scopes: readonly string[];
  };
  readonly mustChangePassword: boolean;
}

/** `GET /me`: who the token or the cookie belongs to. */
export interface Me {
  readonly actor: string;
  readonly scopes: readonly string[];
  /** Of a session; null for a token. */
  readonly csrf: string | null;
  /** Of a person whose password was chosen by somebody else: nothing else is possible before it is changed. */
  readonly mustChangePassword: boolean;
}

/** `GET /status`. Times are RFC 3339 UTC. */
export interface GatewayStatus {
  readonly version: string;
  readonly site: string;
  /** The demo network with the simulated site. */
  readonly isDemo: boolean;
  readonly startedAt: string;
  readonly now: string;
  readonly clock: {
    readonly isSynchronised: boolean;
    readonly source: string;
    readonly uncertaintyMs: number | null;
  };
  readonly node: {
    readonly networkName: string;
    readonly isHealthy: boolean;
    /** What to do when it is not; null when it is. */
    readonly because: string | null;
    readonly milestone: {readonly index: number; readonly time: string} | null;
    readonly tips: number;
    readonly unreferencedBlocks: number;
  };
  readonly audit: {
    readonly machines: number;
    readonly entries: number;
    readonly waiting: number;
    readonly broken: number;
    /** Why no entries are accepted, and what to do; null when they are. */
    readonly because: string | null;
  };
  readonly field: {
    /** `unreachable`: the field process does not answer. */
    readonly state: "running" | "unreachable";
    readonly devices: number;
    readonly faults: number;
  };
  readonly nodeRedUrl: string | null;
  readonly rssMb: number;
}

/** A machine's token as `GET /tokens` lists it. */
export interface TokenSummary {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly lastUsedAt: string | null;
}

/** Answer of `POST /tokens {name, scopes, days}`: the secret is shown this once. */
export interface NewToken {
  readonly id: string;
  readonly name: string;
  readonly token: string;
}
