// The forms of /api/gateway/v1.

/** `POST /login {user, password}`, asked by a program. */
export interface Login {
  /** Bearer token (JWT). */
  readonly token: string;
  /** RFC 3339 UTC. */
  readonly expiresAt: string;
  readonly identity: {
    /** "user:anna" */
    readonly actor: string;
    readonly scopes: readonly string[];
  };
}

/** `GET /status`: the state of the gateway and its processes, by name. */
export type GatewayStatus = Readonly<Record<string, unknown>>;
