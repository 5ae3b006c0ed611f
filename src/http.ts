import type {preHandlerAsyncHookHandler} from "fastify";
import {GatewayError} from "./errors.ts";

/** What a bearer may do: `audit:append`, `audit:read`, `blocks:post`, `field:read`, `field:write`, `node:control`, `admin` ... */
export type Scope = `${string}:${string}` | "admin";

/** Who is asking, after authentication. `actor` is what an audit entry may name: "user:anna", "token:line-7", "process:node-red". */
export interface Identity {
  readonly actor: string;
  /** The person's role, such as "operator"; "token" and "process" for machines. */
  readonly role: string;
  readonly scopes: ReadonlySet<string>;
}

/**
 * Guards of routes, given to every fastify plugin: nobody passes without the scope (401 without a token, 403 with too little). Every route
 * has one of them as `preHandler`; the gateway does not start with a route that has none.
 */
export interface RouteGuards {
  /** Nobody is asked. A route must say so, too. */
  readonly open: preHandlerAsyncHookHandler;
  /** Any login or token, whatever its scopes. */
  readonly session: preHandlerAsyncHookHandler;
  authorize(scope: Scope): preHandlerAsyncHookHandler;
  /** Open when the listener is bound to loopback only, guarded otherwise. */
  authorizeUnlessLoopback(scope: Scope): preHandlerAsyncHookHandler;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Set by a guard; null on open routes. */
    identity: Identity | null;
  }
}

/** TIP-25's error body: `code` is the HTTP status as a string. Everywhere in the gateway. */
export interface ErrorBody {
  readonly error: {readonly code: string; readonly message: string};
}

export function errorBody(status: number, message: string): ErrorBody {
  return {error: {code: String(status), message}};
}

// The last part of an error's code decides its HTTP status, so that no module needs to know HTTP.
const STATUS_BY_REASON: Readonly<Record<string, number>> = {
  unauthorised: 401,
  refused: 403,
  "not-found": 404,
  conflict: 409,
  "too-large": 413,
  "unsupported-media": 415,
  "too-many": 429,
  busy: 503,
  unavailable: 503,
  "disk-full": 503,
  damaged: 500,
  failed: 500,
  timeout: 504,
};

/** HTTP status of anything thrown: by the error code's last part for ours (400 when not listed), fastify's own, else 500. */
export function httpStatusOf(error: unknown): number {
  if (error instanceof GatewayError) return STATUS_BY_REASON[error.code.split("/").at(-1)!] ?? 400;
  const status = (error as {statusCode?: unknown} | null)?.statusCode;
  return typeof status === "number" && status >= 400 && status < 600 ? status : 500;
}
