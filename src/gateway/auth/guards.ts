import {timingSafeEqual} from "node:crypto";
import type {FastifyRequest} from "fastify";
import {GatewayError} from "../../errors.ts";
import type {Identity, RouteGuards, Scope} from "../../http.ts";
import {holds} from "./roles.ts";
import type {Sessions} from "./sessions.ts";
import type {Tokens} from "./tokens.ts";

export const SESSION_COOKIE = "tanglegate_session";
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Who a bearer token belongs to, be it a machine's token or a session's JWT; null when nobody's. */
export type Identify = (token: string) => Promise<Identity | null>;

export function createIdentify(tokens: Tokens, sessions: Sessions): Identify {
  return async (token) => tokens.identify(token) ?? (await sessions.identify(token));
}

/** The guards every route is given. `isLoopback`: whether the listener is bound to loopback only. */
export function createGuards(options: {isLoopback: boolean}, tokens: Tokens, sessions: Sessions): RouteGuards {
  const authorize = (scope: Scope) => async (request: FastifyRequest) => {
    request.identity = await identifyRequest(request, tokens, sessions);
    if (request.identity === null) {
      throw new GatewayError("gateway/unauthorised", whyNobody(request));
    }
    if (!holds(request.identity.scopes, scope)) {
      throw new GatewayError(
        "gateway/refused",
        `${request.identity.actor} may not do this: it needs the scope ${scope}.`,
        {scope},
      );
    }
  };
  return {
    authorize,
    authorizeUnlessLoopback: (scope) => (options.isLoopback ? async () => undefined : authorize(scope)),
  };
}

function whyNobody({headers, cookies}: FastifyRequest): string {
  if (headers.authorization !== undefined)
    return "This token is not known here: it is wrong, has expired, or was revoked.";
  if (cookies[SESSION_COOKIE] !== undefined) return "The session has ended. Log in again.";
  return "This needs a login or a token: send `Authorization: Bearer <token>`, or log in at the console.";
}

async function identifyRequest(request: FastifyRequest, tokens: Tokens, sessions: Sessions): Promise<Identity | null> {
  const header = request.headers.authorization;
  if (header !== undefined) {
    const bearer = /^Bearer +(\S+)$/i.exec(header)?.[1];
    return bearer === undefined ? null : (tokens.identify(bearer) ?? (await sessions.identify(bearer)));
  }
  const cookie = request.cookies[SESSION_COOKIE];
  if (cookie === undefined) return null;
  const identity = await sessions.identify(cookie);
  if (identity === null || SAFE_METHODS.has(request.method)) return identity;
  // A browser sends the cookie by itself; only our own page knows the value that belongs to it.
  if (!isSame(String(request.headers["x-csrf-token"] ?? ""), identity.csrf)) {
    throw new GatewayError(
      "gateway/refused",
      "The header x-csrf-token is missing or not this session's. Log in again.",
    );
  }
  return identity;
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
