import type {Scope} from "../../http.ts";

/** What a person is in the gateway. `household` comes with energy trading; it reads only its own. */
export const ROLES = ["viewer", "reviewer", "maintainer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

// Each role holds what the one before it holds, and its own.
const VIEWER: readonly Scope[] = ["gateway:read", "field:read", "audit:read", "node-red:read"];
const REVIEWER: readonly Scope[] = [...VIEWER, "audit:check", "audit:review", "gateway:acknowledge"];
const MAINTAINER: readonly Scope[] = [...REVIEWER, "audit:append"];
const OPERATOR: readonly Scope[] = [...MAINTAINER, "field:write", "blocks:post", "plant:control"];

const SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  viewer: VIEWER,
  reviewer: REVIEWER,
  maintainer: MAINTAINER,
  operator: OPERATOR,
  admin: [...OPERATOR, "admin"],
};

/** What a machine's token may be given. */
export const TOKEN_SCOPES: readonly Scope[] = [
  "gateway:read",
  "audit:read",
  "audit:append",
  "audit:check",
  "audit:impersonate",
  "blocks:post",
  "field:read",
  "field:write",
  "field:configure",
  "plant:control",
  "node:control",
];

/** Scopes of the Node-RED process: what our nodes do, and no more. */
export const NODE_RED_SCOPES: readonly Scope[] = [
  "gateway:read",
  "audit:read",
  "audit:append",
  "audit:check",
  "audit:impersonate",
  "blocks:post",
  "field:read",
  "field:write",
  "field:configure",
];

export function scopesOf(role: Role): ReadonlySet<string> {
  return new Set(SCOPES[role]);
}

/** Whether the holder of `scopes` may do what `scope` guards. `admin` may do everything. */
export function holds(scopes: ReadonlySet<string>, scope: Scope): boolean {
  return scopes.has(scope) || scopes.has("admin");
}
