import type {FastifyPluginAsync, FastifyRequest} from "fastify";
import {z} from "zod";
import {type Login, type Me, PASSWORD_LENGTH_MAX, type SessionSummary} from "../../client/index.ts";
import {GatewayError} from "../../errors.ts";
import type {Access} from "../access.ts";
import type {Change} from "../auth/administration.ts";
import {callerOf} from "../auth/caller.ts";
import {cookieNameOf, type GatewayGuards} from "../auth/guards.ts";
import type {Origin} from "../auth/login.ts";
import {holds, scopesOf} from "../auth/roles.ts";
import {SESSION_MS, type SessionRecord} from "../auth/sessions.ts";
import {parseBody} from "../body.ts";

const password = z.string().max(PASSWORD_LENGTH_MAX);
const loginForm = z.strictObject({user: z.string().min(1).max(64), password: password.min(1)});
const passwordForm = z.strictObject({current: password, next: password});
const sessionsQuery = z.strictObject({all: z.enum(["true", "false"]).optional()});
const emptyForm = z.strictObject({});

/** Why somebody changed something: a line for the audit trail. */
export const reasonField = z.string().min(1).max(256).optional();

/** Login, one's own password and sessions, under /api/gateway/v1. */
export function accessRoutes(access: Access, guards: GatewayGuards): FastifyPluginAsync {
  const {door, administration, sessions} = access;
  const described = (summary: string, preHandler: GatewayGuards["open"]) => ({
    preHandler,
    schema: {summary, tags: ["access"]},
  });

  return async (app) => {
    app.post(
      "/login",
      described("Log in: a cookie for browsers, a token for programs", guards.open),
      async (request, reply) => {
        const form = parseBody(loginForm, request.body);
        const {session, user} = await door.login(form, originOf(request)).catch((error: unknown) => {
          const wait = error instanceof GatewayError ? error.facts.wait : undefined;
          if (wait !== undefined) reply.header("retry-after", wait);
          throw error;
        });
        const isSecure = request.protocol === "https";
        reply.setCookie(cookieNameOf(isSecure), session.token, {...cookieOptions(isSecure), maxAge: SESSION_MS / 1000});
        const {token, csrf, expiresAt} = session;
        const {name, role, mustChangePassword} = user;
        const identity = {actor: `user:${name}`, role, scopes: [...scopesOf(role)]};
        return {token, csrf, expiresAt, identity, mustChangePassword} satisfies Login;
      },
    );

    app.post("/logout", described("End this session", guards.sessionAtFirst), async (request, reply) => {
      const isSecure = request.protocol === "https";
      await door.logout(callerOf(request), originOf(request));
      reply.clearCookie(cookieNameOf(isSecure), cookieOptions(isSecure)).code(204);
    });

    app.get("/me", described("Who the token or the cookie belongs to", guards.sessionAtFirst), async (request) => {
      const {actor, role, scopes, user, session, expiresAtMs} = callerOf(request);
      return {
        actor,
        role: role as Me["role"],
        scopes: [...scopes],
        displayName: user?.displayName ?? null,
        household: user?.household ?? null,
        mustChangePassword: user?.mustChangePassword ?? false,
        csrf: session?.csrf ?? null,
        session: session === null ? null : {id: session.id, expiresAt: new Date(expiresAtMs!).toISOString()},
      } satisfies Me;
    });

    app.post("/password", described("Change one's own password", guards.sessionAtFirst), async (request, reply) => {
      const {current, next} = parseBody(passwordForm, request.body);
      const {user} = callerOf(request);
      if (user === null) throw new GatewayError("gateway/refused", "Only people have a password.");
      await door.confirm(user.name, current, originOf(request));
      if (next === current) throw new GatewayError("user/password", "The new password must be another one.");
      await administration.changePassword(next, changeOf(request));
      reply.code(204);
    });

    app.get(
      "/sessions",
      described("Open sessions: one's own, or with ?all=true everybody's", guards.session),
      async (request) => {
        const {all} = parseBody(sessionsQuery, request.query);
        const caller = callerOf(request);
        if (all === "true" && !holds(caller.scopes, "admin")) {
          throw new GatewayError("gateway/refused", "Sessions of others are shown to the scope admin only.");
        }
        const shown = sessions.list().filter(({user}) => all === "true" || user === caller.user?.name);
        return {items: shown.map((session) => summaryOf(session, caller.session?.id))};
      },
    );

    app.delete<{Params: {id: string}}>(
      "/sessions/:id",
      described("End a session: one's own, or with the scope admin anybody's", guards.session),
      async (request, reply) => {
        const {id} = request.params;
        const {user, scopes} = callerOf(request);
        const mayEnd = (session: SessionRecord) => session.user === user?.name || holds(scopes, "admin");
        const fits = (session: SessionRecord) => session.id === id && mayEnd(session);
        const ended = await administration.endSessions(fits, changeOf(request));
        if (ended === 0) throw new GatewayError("session/not-found", `There is no session ${id}.`, {id});
        reply.code(204);
      },
    );

    app.post(
      "/sessions/end-others",
      described("End all of one's own other sessions", guards.session),
      async (request) => {
        parseBody(emptyForm, request.body);
        const {user, session} = callerOf(request);
        const fits = (other: SessionRecord) => other.user === user?.name && other.id !== session?.id;
        return {ended: await administration.endSessions(fits, changeOf(request))};
      },
    );
  };
}

/** The change that a request asks for: by whom, from where, why. */
export function changeOf(request: FastifyRequest, reason?: string): Change {
  return {by: callerOf(request), address: request.ip, reason};
}

function originOf(request: FastifyRequest): Origin {
  return {address: request.ip, userAgent: request.headers["user-agent"]};
}

function cookieOptions(isSecure: boolean) {
  return {httpOnly: true, sameSite: "strict", path: "/", secure: isSecure} as const;
}

function summaryOf(session: SessionRecord, current: string | undefined): SessionSummary {
  const {id, user, sinceMs, lastUsedMs, expiresAtMs, address, browser} = session;
  return {
    ...{id, user, address, browser, isCurrent: id === current},
    since: new Date(sinceMs).toISOString(),
    lastUsedAt: new Date(lastUsedMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
  };
}
