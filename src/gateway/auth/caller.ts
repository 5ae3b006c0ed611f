import type {FastifyRequest} from "fastify";
import type {Identity} from "../../http.ts";
import type {User} from "./users.ts";

/** Somebody whose credential was looked at: a person in a session, a machine with its token, a process of our own. */
export interface Caller extends Identity {
  /** "session:<id>", "token:<id>", "process:<name>": what has to end for this caller to be nobody any more. */
  readonly credential: string;
  /** Wall clock; null = as long as the process lives. */
  readonly expiresAtMs: number | null;
  /** Of a session. */
  readonly user: User | null;
  readonly session: {readonly id: string; readonly csrf: string} | null;
}

/** Who asks on a route behind a guard. */
export function callerOf(request: FastifyRequest): Caller {
  return request.identity as Caller;
}
