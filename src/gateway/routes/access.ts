import type {FastifyPluginAsync} from "fastify";
import {z} from "zod";
import {GatewayError} from "../../errors.ts";
import type {RouteGuards} from "../../http.ts";
import type {Log} from "../../log.ts";
import {SESSION_COOKIE} from "../auth/guards.ts";
import type {LoginLimit} from "../auth/login-limit.ts";
import {scopesOf} from "../auth/roles.ts";
import {SESSION_MS, type Sessions} from "../auth/sessions.ts";
import type {Tokens} from "../auth/tokens.ts";
import type {Users} from "../auth/users.ts";
import {parseBody} from "../body.ts";

const loginForm = z.strictObject({user: z.string().min(1).max(64), password: z.string().min(1).max(256)});
const passwordForm = z.strictObject({current: z.string().max(256), next: z.string().max(256)});
const tokenForm = z.strictObject({name: z.string(), scopes: z.array(z.string()).max(32), days: z.int().default(365)});

/** What must be told to somebody outside: written to the audit trail of the gateway itself. */
export type RecordAccess = (event: {
  type: string;
  actor: string;
  body: Readonly<Record<string, unknown>>;
}) => Promise<void>;

interface AccessDependencies {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly limit: LoginLimit;
  readonly record: RecordAccess;
  readonly onPasswordChanged: (user: string) => void;
  readonly log: Log;
}

/** Login, the own password and tokens, under /api/gateway/v1. */
export function accessRoutes(deps: AccessDependencies, guards: RouteGuards): FastifyPluginAsync {
  const {users, sessions, tokens, limit, record, log} = deps;
  return async (app) => {
    app.post("/login", async (request, reply) => {
      const {user: name, password} = parseBody(loginForm, request.body);
      const key = `${request.ip} ${name}`;
      const wait = limit.waitSeconds(key);
      if (wait > 0) {
        reply.header("retry-after", wait);
        throw new GatewayError("gateway/too-many", `Too many failed logins. Try again in ${wait} s.`, {wait});
      }
      // Counted before the check, so that many tries at once do not slip past the limit.
      limit.fail(key);
      const user = await users.verify(name, password);
      if (user === null) {
        log.warn({user: name, address: request.ip}, "login failed");
        throw new GatewayError("gateway/unauthorised", "User or password is wrong.");
      }
      limit.succeed(key);
      const session = sessions.open(user);
      reply.setCookie(SESSION_COOKIE, session.token, {
        httpOnly: true,
        sameSite: "strict",
        path: "/",
        maxAge: SESSION_MS / 1000,
      });
      const identity = {actor: `user:${user.name}`, scopes: [...scopesOf(user.role)], role: user.role};
      return {...session, identity, mustChangePassword: user.mustChangePassword};
    });

    app.post("/logout", {preHandler: guards.authorize("gateway:read")}, async (_request, reply) => {
      reply.clearCookie(SESSION_COOKIE, {path: "/"}).code(204);
    });

    app.get("/me", {preHandler: guards.authorize("gateway:read")}, async (request) => {
      const identity = request.identity!;
      const csrf = "csrf" in identity ? identity.csrf : null;
      const user = users.find(identity.actor.replace(/^user:/, ""));
      const mustChangePassword = identity.actor.startsWith("user:") && user?.mustChangePassword === true;
      return {actor: identity.actor, scopes: [...identity.scopes], csrf, mustChangePassword};
    });

    app.post("/password", {preHandler: guards.authorize("gateway:read")}, async (request, reply) => {
      const {current, next} = parseBody(passwordForm, request.body);
      const [kind, name] = request.identity!.actor.split(":", 2);
      if (kind !== "user" || (await users.verify(name!, current)) === null) {
        throw new GatewayError("gateway/refused", "The current password is wrong.");
      }
      await users.setPassword(name!, next);
      deps.onPasswordChanged(name!);
      await record({type: "password-changed", actor: request.identity!.actor, body: {user: name}});
      reply.code(204);
    });

    app.get("/tokens", {preHandler: guards.authorize("admin")}, async () => ({items: tokens.list()}));

    app.post("/tokens", {preHandler: guards.authorize("admin")}, async (request, reply) => {
      const form = parseBody(tokenForm, request.body);
      const {id, secret} = tokens.create(form);
      await record({
        type: "token-created",
        actor: request.identity!.actor,
        body: {id, name: form.name, scopes: form.scopes},
      });
      reply.code(201);
      return {id, name: form.name, token: secret};
    });

    app.delete<{Params: {id: string}}>(
      "/tokens/:id",
      {preHandler: guards.authorize("admin")},
      async (request, reply) => {
        const {id} = request.params;
        if (!tokens.revoke(id)) throw new GatewayError("token/not-found", `There is no token ${id}.`, {id});
        await record({type: "token-revoked", actor: request.identity!.actor, body: {id}});
        reply.code(204);
      },
    );
  };
}
