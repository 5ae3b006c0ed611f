import {timingSafeEqual} from "node:crypto";
import type {FastifyRequest, preHandlerAsyncHookHandler} from "fastify";
import {GatewayError} from "../../errors.ts";
import type {RouteGuards, Scope} from "../../http.ts";
import type {Caller} from "./caller.ts";
import {holds} from "./roles.ts";
import type {Sessions} from "./sessions.ts";
import type {Tokens} from "./tokens.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Name of the session's cookie. Over TLS the prefix `__Host-` makes the browser refuse one that was set for another path, a whole domain
 * or without encryption (RFC 6265bis, 4.1.3.2).
 */
export function cookieNameOf(isSecure: boolean): string {
  return isSecure ? "__Host-tanglegate_session" : "tanglegate_session";
}

/** Who a bearer token belongs to, be it a machine's token or a session's JWT; null when nobody's. */
export type Identify = (token: string) => Promise<Caller | null>;

export function createIdentify(tokens: Tokens, sessions: Sessions): Identify {
  return async (token) => tokens.identify(token) ?? (await sessions.identify(token));
}

/** Who may use a route. */
export type RouteAccess =
  | {readonly kind: "open"}
  | {readonly kind: "loopback"; readonly scope: Scope}
  | {readonly kind: "session"}
  | {readonly kind: "scope"; readonly scope: Scope};

/** The guards, and one more for the way to a password of one's own. */
export interface GatewayGuards extends RouteGuards {
  /** Like `session`, but also for people who have to choose a password first. */
  readonly sessionAtFirst: preHandlerAsyncHookHandler;
}

const declared = new WeakMap<object, RouteAccess>();

/** What a guard demands; undefined when it is none of ours. */
export function accessOf(guard: unknown): RouteAccess | undefined {
  return typeof guard === "function" ? declared.get(guard) : undefined;
}

/** The guards every route is given. `isLoopback`: whether the listener is bound to loopback only. */
export function createGuards(options: {isLoopback: boolean}, tokens: Tokens, sessions: Sessions): GatewayGuards {
  const identify = createIdentify(tokens, sessions);
  const guard = (access: RouteAccess, check: preHandlerAsyncHookHandler) => {
    declared.set(check, access);
    return check;
  };
  const someone = async (request: FastifyRequest): Promise<Caller> => {
    const caller = await identifyRequest(request, identify);
    request.identity = caller;
    if (caller === null) throw new GatewayError("gateway/unauthorised", whyNobody(request));
    return caller;
  };
  const settled = async (request: FastifyRequest): Promise<Caller> => {
    const caller = await someone(request);
    if (caller.user?.mustChangePassword === true) {
      throw new GatewayError(
        "gateway/refused",
        "Choose a password of your own first, at the console or with POST /api/gateway/v1/password; nothing else is open until then.",
      );
    }
    return caller;
  };
  const authorize = (scope: Scope) => async (request: FastifyRequest) => {
    const {actor, scopes} = await settled(request);
    if (!holds(scopes, scope)) {
      throw new GatewayError("gateway/refused", `${actor} may not do this: it needs the scope ${scope}.`, {scope});
    }
  };
  return {
    // A function of its own, because what a guard demands hangs on it.
    open: guard({kind: "open"}, async () => undefined),
    session: guard({kind: "session"}, async (request) => {
      await settled(request);
    }),
    sessionAtFirst: guard({kind: "session"}, async (request) => {
      await someone(request);
    }),
    authorize: (scope) => guard({kind: "scope", scope}, authorize(scope)),
    authorizeUnlessLoopback: (scope) =>
      guard({kind: "loopback", scope}, options.isLoopback ? async () => undefined : authorize(scope)),
  };
}

function whyNobody(request: FastifyRequest): string {
  const {headers, cookies, protocol} = request;
  if (headers.authorization !== undefined) {
    return "This token is not known here: it is wrong, has expired, or was ended.";
  }
  if (cookies[cookieNameOf(protocol === "https")] !== undefined) return "The session has ended. Log in again.";
  return "This needs a login or a token: send `Authorization: Bearer <token>`, or log in at the console.";
}

async function identifyRequest(request: FastifyRequest, identify: Identify): Promise<Caller | null> {
  const header = request.headers.authorization;
  if (header !== undefined) {
    const bearer = /^Bearer +(\S+)$/i.exec(header)?.[1];
    return bearer === undefined ? null : await identify(bearer);
  }
  const cookie = request.cookies[cookieNameOf(request.protocol === "https")];
  if (cookie === undefined) return null;
  const caller = await identify(cookie);
  if (caller === null || caller.session === null) return null;
  // A browser sends the cookie by itself; only our own page knows the value that belongs to it.
  const isOurs = isSame(String(request.headers["x-csrf-token"] ?? ""), caller.session.csrf);
  if (!SAFE_METHODS.has(request.method) && !isOurs) {
    throw new GatewayError(
      "gateway/refused",
      "The header x-csrf-token is missing or not this session's. Log in again.",
    );
  }
  return caller;
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
