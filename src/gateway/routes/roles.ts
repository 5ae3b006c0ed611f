import type {FastifyPluginAsync} from "fastify";
import type {RoleTable, ScopeSummary} from "../../client/index.ts";
import type {RouteGuards, Scope} from "../../http.ts";
import {ROLE_WORDS, ROLES, SCOPES} from "../auth/roles.ts";
import {type DeclaredRoute, summaryOf} from "../auth/route-table.ts";

/** Who may do what, in words and route by route, under /api/gateway/v1. */
export function roleRoutes(routes: () => readonly DeclaredRoute[], guards: RouteGuards): FastifyPluginAsync {
  const described = (summary: string) => ({preHandler: guards.session, schema: {summary, tags: ["access"]}});
  return async (app) => {
    app.get("/roles", described("Roles, and who may use which route"), async () => {
      const roles = ROLES.map((role) => ({role, ...ROLE_WORDS[role]}));
      const shown = routes().filter(({isHidden}) => !isHidden);
      return {roles, routes: shown.map(summaryOf)} satisfies RoleTable;
    });

    app.get("/scopes", described("What each scope lets its holder do"), async () => ({
      items: Object.entries(SCOPES).map(([scope, words]): ScopeSummary => {
        const roles = ROLES.filter((role) => ROLE_WORDS[role].scopes.includes(scope as Scope));
        return {scope, ...words, roles};
      }),
    }));
  };
}
