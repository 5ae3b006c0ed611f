// The gateway as the pages ask it: JSON with the session's cookie, and on writes the header that belongs to it.

import type {Login, Me} from "../client/index.ts";

/**
 * An answer that is not a success. `status` is 0 when there was none; the message is a sentence for a person. `waitSeconds`: how long the
 * gateway asks to wait before the next try; 0 when it says nothing of that.
 */
export class Refusal extends Error {
  readonly status: number;
  readonly waitSeconds: number;
  constructor(status: number, sentence: string, waitSeconds = 0) {
    super(sentence);
    this.status = status;
    this.waitSeconds = waitSeconds;
  }
}

const TIMEOUT_MS = 30_000;
let csrf = "";
let onEnded: () => void = () => undefined;

/** Calls back when an answer says that the session has ended. */
export function onSessionEnded(listener: () => void): void {
  onEnded = listener;
}

export interface Asking {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** Errors: `Refusal`. A signal's abort rejects with its reason. */
export async function ask<Answer>(method: string, path: string, body?: unknown, asking: Asking = {}): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (method !== "GET") headers["x-csrf-token"] = csrf;
  if (body !== undefined) headers["content-type"] = "application/json";
  const timeout = AbortSignal.timeout(asking.timeoutMs ?? TIMEOUT_MS);
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: asking.signal === undefined ? timeout : AbortSignal.any([asking.signal, timeout]),
    });
    text = await response.text();
  } catch {
    asking.signal?.throwIfAborted();
    throw new Refusal(0, "");
  }
  if (response.ok) return (text === "" ? undefined : JSON.parse(text)) as Answer;
  if (response.status === 401 && !path.endsWith("/login") && !path.endsWith("/me")) onEnded();
  throw new Refusal(response.status, sentenceIn(text), Number(response.headers.get("retry-after") ?? 0));
}

export const get = <Answer>(path: string, asking?: Asking): Promise<Answer> => ask("GET", path, undefined, asking);
export const post = <Answer>(path: string, body: unknown = {}): Promise<Answer> => ask("POST", path, body);
export const put = <Answer>(path: string, body: unknown = {}): Promise<Answer> => ask("PUT", path, body);
export const patch = <Answer>(path: string, body: unknown = {}): Promise<Answer> => ask("PATCH", path, body);
export const remove = <Answer>(path: string): Promise<Answer> => ask("DELETE", path);

/** A path with a query; what is null, undefined or empty is left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | number | null | undefined>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length === 0
    ? path
    : `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/** Who the cookie belongs to. */
export async function readMe(): Promise<Me> {
  const answer = await get<Me>("/api/gateway/v1/me");
  csrf = answer.csrf ?? "";
  return answer;
}

export async function login(user: string, password: string): Promise<Login> {
  const answer = await post<Login>("/api/gateway/v1/login", {user, password});
  csrf = answer.csrf;
  return answer;
}

function sentenceIn(text: string): string {
  try {
    return String(JSON.parse(text).error.message);
  } catch {
    return text.slice(0, 300);
  }
}
