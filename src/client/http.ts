import {type Clock, createSystemClock} from "../clock.ts";
import {GatewayError} from "../errors.ts";

/** Longest body that is sent: 8 MiB. */
export const MAX_REQUEST_BYTES = 8 * 1024 * 1024;
/** Longest answer that is read, unless a call says otherwise: 16 MiB. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 10_000;

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export interface HttpOptions {
  /** Address of the gateway, such as http://127.0.0.1:14265; http or https, a path in front is kept. */
  readonly url: string;
  /** Bearer token. */
  readonly token?: string;
  readonly fetch?: Fetch;
  readonly clock?: Clock;
  /** Of a whole call, answer included; default 10,000. */
  readonly timeoutMs?: number;
}

/** What every function of a client takes besides its arguments. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface HttpCall extends CallOptions {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON, or as it is when it is bytes. */
  readonly body?: unknown;
  readonly maxBytes?: number;
}

/** HTTP towards one gateway: bounded in time and size, and every failure a GatewayError with a sentence. */
export interface Http {
  readonly url: string;
  json<Answer>(call: HttpCall): Promise<Answer>;
  /** Like `json`, but null when the server says 404. */
  jsonOrNull<Answer>(call: HttpCall): Promise<Answer | null>;
  /** For calls whose answer has no content: false when the server says 404. */
  isDone(call: HttpCall): Promise<boolean>;
  /** Asks for the binary form (TIP-25); null when the server says 404. */
  bytesOrNull(call: HttpCall): Promise<Uint8Array | null>;
  /** An answer of any length, piece by piece. The call's time is that of each wait, not of the whole. */
  stream(call: HttpCall): Promise<HttpStream>;
}

export interface HttpStream {
  header(name: string): string | null;
  /** Errors: `client/cut` when the connection ended before the answer did, `client/timeout`. Returning early ends the call. */
  readonly bytes: AsyncGenerator<Uint8Array, void, undefined>;
}

/** Media type of TIP-25's binary form. */
export const BINARY = "application/vnd.iota.serializer-v1";
const JSON_TYPE = "application/json";

const REASON_BY_STATUS: Readonly<Record<number, string>> = {
  401: "unauthorised",
  403: "refused",
  404: "not-found",
  409: "conflict",
  413: "too-large",
  415: "unsupported-media",
  429: "too-many",
  503: "unavailable",
  504: "timeout",
};

/**
 * Errors: `client/invalid-url`. Of calls: `client/unreachable` and `client/timeout` when there is no answer, `client/too-large`,
 * `client/not-json`, and for what the server refuses its own sentence under `module/reason`: `unauthorised`, `refused`, `not-found`,
 * `conflict`, `too-large`, `unsupported-media`, `too-many`, `unavailable`, `timeout`, else `invalid` (4xx) or `failed` (5xx).
 * A call whose signal is aborted rejects with the signal's reason.
 */
export function createHttp(module: string, options: HttpOptions): Http {
  const url = parseAddress(options.url);
  const send = options.fetch ?? ((input, init) => fetch(input, init));
  const clock = options.clock ?? createSystemClock();

  const timeoutOf = (call: HttpCall) => call.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;

  async function request(call: HttpCall, accept: string, late: AbortSignal): Promise<Response> {
    const {body, headers} = encodeBody(call.body);
    headers.accept = accept;
    if (options.token) headers.authorization = `Bearer ${options.token}`;
    return await send(url + call.path + encodeQuery(call.query), {
      method: call.method ?? "GET",
      headers,
      redirect: "error",
      signal: call.signal === undefined ? late : AbortSignal.any([late, call.signal]),
      ...(body === undefined ? {} : {body}),
    });
  }

  /** Gives work the call's time; aborts `late` when it takes longer. What fails otherwise is told by `failure`. */
  async function inTime<Result>(
    call: HttpCall,
    late: AbortController,
    {work, failure}: {work: () => Promise<Result>; failure: (error: unknown) => GatewayError},
  ): Promise<Result> {
    const done = new AbortController();
    clock.sleep(timeoutOf(call), done.signal).then(
      () => late.abort(),
      () => undefined,
    );
    try {
      return await work();
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      call.signal?.throwIfAborted();
      throw late.signal.aborted ? tooLate(url, timeoutOf(call)) : failure(error);
    } finally {
      done.abort();
    }
  }

  async function exchange(call: HttpCall, accept: string): Promise<{status: number; body: Uint8Array}> {
    const late = new AbortController();
    return await inTime(call, late, {
      work: async () => {
        const response = await request(call, accept, late.signal);
        return {status: response.status, body: await readBody(response, call.maxBytes ?? MAX_ANSWER_BYTES, url)};
      },
      failure: (error) => unreachable(url, error),
    });
  }

  async function stream(call: HttpCall): Promise<HttpStream> {
    const late = new AbortController();
    const response = await inTime(call, late, {
      work: async () => {
        const opened = await request(call, "*/*", late.signal);
        if (opened.status < 400) return opened;
        throw refusal(module, url, opened.status, await readBody(opened, MAX_ANSWER_BYTES, url));
      },
      failure: (error) => unreachable(url, error),
    });
    const reader = response.body?.getReader();
    const pieces = async function* () {
      try {
        while (reader !== undefined) {
          const {done, value} = await inTime(call, late, {work: () => reader.read(), failure: () => cut(url)});
          if (done) return;
          yield value;
        }
      } finally {
        late.abort();
      }
    };
    return {header: (name) => response.headers.get(name), bytes: pieces()};
  }

  async function answer(call: HttpCall, accept: string): Promise<Uint8Array | null> {
    const {status, body} = await exchange(call, accept);
    if (status >= 400 && status !== 404) throw refusal(module, url, status, body);
    return status === 404 ? null : body;
  }

  return {
    url,
    json: async <Answer>(call: HttpCall) => {
      const {status, body} = await exchange(call, JSON_TYPE);
      if (status >= 400) throw refusal(module, url, status, body);
      return parseJson(body, url) as Answer;
    },
    jsonOrNull: async <Answer>(call: HttpCall) => {
      const body = await answer(call, JSON_TYPE);
      return body === null ? null : (parseJson(body, url) as Answer);
    },
    isDone: async (call) => (await answer(call, JSON_TYPE)) !== null,
    bytesOrNull: (call) => answer(call, BINARY),
    stream,
  };
}

/** Joins names into a path, each escaped. */
export function pathOf(prefix: string, ...names: readonly (string | number)[]): string {
  return [prefix, ...names.map((name) => encodeURIComponent(name))].join("/");
}

function parseAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isUsable = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.search === "";
  if (!isUsable) {
    throw new GatewayError(
      "client/invalid-url",
      `"${text.slice(0, 200)}" is not an address of a gateway. Give one such as http://127.0.0.1:14265.`,
    );
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

function encodeQuery(query: HttpCall["query"]): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

function encodeBody(value: unknown): {body?: Uint8Array<ArrayBuffer>; headers: Record<string, string>} {
  if (value === undefined) return {headers: {}};
  const isBinary = value instanceof Uint8Array;
  const body = isBinary ? new Uint8Array(value) : new TextEncoder().encode(JSON.stringify(value));
  if (body.length > MAX_REQUEST_BYTES) {
    throw new GatewayError(
      "client/too-large",
      `The request is ${body.length} bytes long; the limit is ${MAX_REQUEST_BYTES}. Send it in parts.`,
      {bytes: body.length, limit: MAX_REQUEST_BYTES},
    );
  }
  return {body, headers: {"content-type": isBinary ? BINARY : JSON_TYPE}};
}

// Reads no further than the limit, so that a wrong or hostile server cannot fill the memory.
async function readBody(response: Response, limit: number, url: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  if (response.body === null) return new Uint8Array(0);
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > limit) {
      throw new GatewayError("client/too-large", `${url} answered with more than ${limit} bytes. Ask for less.`, {
        limit,
      });
    }
    parts.push(part);
  }
  const joined = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

function parseJson(body: Uint8Array, url: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new GatewayError(
      "client/not-json",
      `${url} answered with something that is not JSON. Check that a gateway listens at this address.`,
    );
  }
}

function refusal(module: string, url: string, status: number, body: Uint8Array): GatewayError {
  const reason = REASON_BY_STATUS[status] ?? (status < 500 ? "invalid" : "failed");
  return new GatewayError(`${module}/${reason}`, sentenceIn(body) ?? `${url} answered ${status} without a reason.`, {
    status,
  });
}

// TIP-25's error body; null when the answer has another form.
function sentenceIn(body: Uint8Array): string | null {
  try {
    const message: unknown = JSON.parse(new TextDecoder().decode(body))?.error?.message;
    return typeof message === "string" && message !== "" ? message.slice(0, 2000) : null;
  } catch {
    return null;
  }
}

function tooLate(url: string, timeoutMs: number): GatewayError {
  return new GatewayError(
    "client/timeout",
    `${url} did not answer within ${timeoutMs} ms. Check the load of the gateway and the way to it.`,
    {url, timeoutMs},
  );
}

function cut(url: string): GatewayError {
  return new GatewayError(
    "client/cut",
    `The answer of ${url} ended before it was whole. Its log says why; ask again.`,
    {url},
  );
}

function unreachable(url: string, error: unknown): GatewayError {
  const cause = (error as {cause?: {code?: unknown}} | null)?.cause?.code;
  const code = typeof cause === "string" ? ` (${cause})` : "";
  return new GatewayError(
    "client/unreachable",
    `Nothing answers at ${url}${code}. Check that the gateway runs and that the address is right.`,
    {url},
    {cause: error},
  );
}
