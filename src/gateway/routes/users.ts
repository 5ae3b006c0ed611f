import type {FastifyPluginAsync} from "fastify";
import {z} from "zod";
import type {NewPassword, UserSummary} from "../../client/index.ts";
import type {RouteGuards} from "../../http.ts";
import type {Access} from "../access.ts";
import {ROLES} from "../auth/roles.ts";
import type {User} from "../auth/users.ts";
import {parseBody} from "../body.ts";
import {changeOf, reasonField} from "./access.ts";

// What the fields may hold decides `Users`, so that one place words the rules.
const name = z.string().max(256);
const userForm = z.strictObject({
  name,
  role: z.enum(ROLES),
  displayName: name.optional(),
  household: name.optional(),
  reason: reasonField,
});
const changeForm = z.strictObject({
  displayName: name.nullable().optional(),
  role: z.enum(ROLES).optional(),
  household: name.optional(),
  isDisabled: z.boolean().optional(),
  reason: reasonField,
});
const reasonForm = z.strictObject({reason: reasonField});

interface Named {
  Params: {name: string};
}

/** The people of the gateway, under /api/gateway/v1/users. */
export function userRoutes({users, sessions, administration}: Access, guards: RouteGuards): FastifyPluginAsync {
  const summaryOf = (user: User): UserSummary => ({
    ...user,
    sessions: sessions.list().filter((session) => session.user === user.name).length,
  });
  const described = (summary: string) => ({
    preHandler: guards.authorize("admin"),
    schema: {summary, tags: ["access"]},
  });

  return async (app) => {
    app.get("/users", described("The people of this gateway"), async () => ({items: users.list().map(summaryOf)}));

    app.post("/users", described("Add a person; the first password is shown this once"), async (request, reply) => {
      const {reason, ...form} = parseBody(userForm, request.body);
      const {user, password} = await administration.addUser(withoutUndefined(form), changeOf(request, reason));
      reply.code(201).header("cache-control", "no-store");
      return {user: summaryOf(user), password} satisfies NewPassword;
    });

    app.patch<Named>(
      "/users/:name",
      described("Change a person's role or name, disable or enable"),
      async (request) => {
        const {reason, ...form} = parseBody(changeForm, request.body);
        const change = changeOf(request, reason);
        return summaryOf(await administration.changeUser(request.params.name, withoutUndefined(form), change));
      },
    );

    app.post<Named>(
      "/users/:name/password",
      described("Give a person a new first password, shown this once"),
      async (request, reply) => {
        const {reason} = parseBody(reasonForm, request.body);
        const {user, password} = await administration.resetPassword(request.params.name, changeOf(request, reason));
        reply.header("cache-control", "no-store");
        return {user: summaryOf(user), password} satisfies NewPassword;
      },
    );

    app.delete<Named>("/users/:name", described("Remove a person"), async (request, reply) => {
      const {reason} = parseBody(reasonForm, request.query);
      await administration.removeUser(request.params.name, changeOf(request, reason));
      reply.code(204);
    });
  };
}

function withoutUndefined<Shape extends object>(
  value: Shape,
): {[Field in keyof Shape]: Exclude<Shape[Field], undefined>} {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [Field in keyof Shape]: Exclude<Shape[Field], undefined>;
  };
}
