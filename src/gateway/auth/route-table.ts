// Every route says who may use it, by the guard among its handlers. From what the routes say come the checks themselves, the table of
// roles, the README and the `security` of the OpenAPI description: they cannot tell different things.

import type {FastifyInstance, RouteOptions} from "fastify";
import type {RouteSummary} from "../../client/index.ts";
import {assert} from "../../errors.ts";
import {accessOf, type RouteAccess} from "./guards.ts";
import {holds, ROLE_WORDS, ROLES, type Role, SCOPES, scopesOf} from "./roles.ts";

export interface DeclaredRoute {
  readonly method: string;
  /** Such as `/api/gateway/v1/users/:name`. */
  readonly path: string;
  readonly access: RouteAccess;
  /** Left out of descriptions: pages and files. */
  readonly isHidden: boolean;
}

/** Names of the ways to show who one is, for the OpenAPI description. */
export const SECURITY_SCHEMES = {
  bearer: {type: "http", scheme: "bearer", description: "A machine's token, or the token of a login"},
  session: {type: "apiKey", in: "cookie", name: "tanglegate_session", description: "Writes need x-csrf-token, too"},
} as const;

/** Collects the routes of `app` from here on. A route without a guard is a bug: the gateway does not start with it. */
export function watchRoutes(app: FastifyInstance, options: {isLoopback: boolean}): () => readonly DeclaredRoute[] {
  const routes: DeclaredRoute[] = [];
  app.addHook("onRoute", (route) => {
    const access = moveGuard(route);
    const schema = route.schema ?? {};
    route.schema = {...schema, security: securityOf(access, options)};
    const isHidden = (schema as {hide?: boolean}).hide === true;
    for (const method of [route.method].flat()) {
      if (method !== "HEAD") routes.push({method, path: route.url, access, isHidden});
    }
  });
  return () => routes;
}

// Who asks is known before anything of the body is read.
function moveGuard(route: RouteOptions): RouteAccess {
  const before = [route.onRequest ?? []].flat();
  const late = [route.preHandler ?? []].flat();
  const guard = [...before, ...late].find((handler) => accessOf(handler) !== undefined);
  assert(guard !== undefined, `the route ${route.method} ${route.url} must say who may use it`);
  route.onRequest = [guard, ...before.filter((handler) => handler !== guard)] as typeof route.onRequest & object;
  route.preHandler = late.filter((handler) => handler !== guard);
  return accessOf(guard)!;
}

function securityOf(access: RouteAccess, {isLoopback}: {isLoopback: boolean}): {[scheme: string]: readonly string[]}[] {
  switch (access.kind) {
    case "open":
      return [];
    case "session":
      return [{bearer: []}, {session: []}];
    case "loopback":
    case "scope": {
      const needed = [{bearer: [access.scope]}, {session: [access.scope]}];
      return access.kind === "loopback" && isLoopback ? [{}, ...needed] : needed;
    }
  }
}

/** Roles that may use a route. */
export function rolesOf(access: RouteAccess): readonly Role[] {
  if (access.kind === "open" || access.kind === "session") return ROLES;
  return ROLES.filter((role) => holds(scopesOf(role), access.scope));
}

export function summaryOf({method, path, access}: DeclaredRoute): RouteSummary {
  const scope = "scope" in access ? access.scope : null;
  return {method, path, access: access.kind, scope, roles: rolesOf(access)};
}

/** Roles and what they may do, as a Markdown table for the README. */
export function rolesTable(): string {
  const rows = ROLES.map((role) => {
    const {meaning, scopes} = ROLE_WORDS[role];
    const held =
      role === "admin"
        ? "all but `audit:impersonate` and `field:publish`"
        : scopes.map((scope) => `\`${scope}\``).join(" ");
    return `| \`${role}\` | ${meaning} | ${held} |`;
  });
  return ["| role | in words | scopes |", "|---|---|---|", ...rows].join("\n");
}

/** Scopes and what they mean, as a Markdown table for the README. */
export function scopesTable(): string {
  const rows = Object.entries(SCOPES).map(
    ([scope, {meaning, isForTokens}]) => `| \`${scope}\` | ${meaning} | ${isForTokens ? "yes" : ""} |`,
  );
  return ["| scope | what its holder may do | for tokens |", "|---|---|---|", ...rows].join("\n");
}

/** Role x prefix x verb, as a Markdown table for the README. */
export function accessTable(routes: readonly DeclaredRoute[]): string {
  const byKey = new Map<string, {prefix: string; verbs: Set<string>; access: RouteAccess}>();
  for (const {method, path, access, isHidden} of routes) {
    if (isHidden) continue;
    const prefix = prefixOf(path);
    const key = `${prefix} ${wordsOf(access)}`;
    const row = byKey.get(key) ?? {prefix, verbs: new Set(), access};
    row.verbs.add(method);
    byKey.set(key, row);
  }
  const rows = [...byKey.values()]
    .sort((a, b) => compare(a.prefix, b.prefix) || compare(wordsOf(a.access), wordsOf(b.access)))
    .map(({prefix, verbs, access}) => {
      const who = access.kind === "open" || access.kind === "session" ? "" : rolesOf(access).join(", ");
      return `| \`${prefix}\` | ${[...verbs].sort().join(", ")} | ${wordsOf(access)} | ${who} |`;
    });
  return ["| prefix | verbs | needs | roles |", "|---|---|---|---|", ...rows].join("\n");
}

function wordsOf(access: RouteAccess): string {
  switch (access.kind) {
    case "open":
      return "nothing";
    case "session":
      return "a login or a token";
    case "loopback":
      return `nothing on loopback, else \`${access.scope}\``;
    case "scope":
      return `\`${access.scope}\``;
  }
}

// The services' prefixes; of the gateway's own the next part, too, because it is what the routes have in common.
function prefixOf(path: string): string {
  return (/^\/api\/gateway\/v1\/[^/]+|^\/api\/[^/]+\/v\d+/.exec(path)?.[0] ?? path).replace(/\/\*$/, "");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
