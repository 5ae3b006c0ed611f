import {afterAll, beforeAll, describe, expect, test} from "@jest/globals";
import fastify, {type FastifyInstance} from "fastify";
import {createHttp, type HttpCall, MAX_REQUEST_BYTES} from "../../src/client/http.ts";
import {createManualClock} from "../../src/clock.ts";

let server: FastifyInstance;
let url: string;

beforeAll(async () => {
  server = fastify({forceCloseConnections: true});
  server.get("/echo", async (request) => ({query: request.query, headers: request.headers}));
  server.get("/big", async () => ({text: "x".repeat(5000)}));
  server.get("/page", async (_request, reply) => reply.type("text/html").send("<html></html>"));
  server.get("/never", () => new Promise(() => undefined));
  server.get("/moved", async (_request, reply) => reply.redirect("/echo"));
  server.delete("/gone", async (_request, reply) => reply.code(204).send());
  server.get<{Params: {status: string}}>("/status/:status", async (request, reply) =>
    reply
      .code(Number(request.params.status))
      .send({error: {code: request.params.status, message: `Sentence of ${request.params.status}.`}}),
  );
  server.get("/bare", async (_request, reply) => reply.code(502).type("text/plain").send("bad gateway"));
  url = await server.listen({port: 0, host: "127.0.0.1"});
});
afterAll(() => server.close());

const call = (over: Partial<HttpCall> & {path: string}, options = {}) =>
  createHttp("audit", {url, ...options}).json<Record<string, unknown>>(over);

describe("an answer that refuses becomes an error with the server's sentence", () => {
  test.each([
    [400, "audit/invalid"],
    [401, "audit/unauthorised"],
    [403, "audit/refused"],
    [404, "audit/not-found"],
    [409, "audit/conflict"],
    [413, "audit/too-large"],
    [415, "audit/unsupported-media"],
    [429, "audit/too-many"],
    [500, "audit/failed"],
    [503, "audit/unavailable"],
    [504, "audit/timeout"],
  ])("%i is %s", async (status, code) => {
    await expect(call({path: `/status/${status}`})).rejects.toMatchObject({
      code,
      message: `Sentence of ${status}.`,
      facts: {status},
    });
  });

  test("an answer without TIP-25's body says the address and the status", async () => {
    await expect(call({path: "/bare"})).rejects.toMatchObject({
      code: "audit/failed",
      message: `${url} answered 502 without a reason.`,
    });
  });
});

describe("no usable answer", () => {
  test("nobody listens: the address and the way out are named", async () => {
    const closed = fastify();
    const address = await closed.listen({port: 0, host: "127.0.0.1"});
    await closed.close();
    await expect(call({path: "/"}, {url: address})).rejects.toMatchObject({
      code: "client/unreachable",
      message: `Nothing answers at ${address} (ECONNREFUSED). Check that the gateway runs and that the address is right.`,
    });
  });

  test("an answer later than the time-out is not waited for", async () => {
    const clock = createManualClock();
    const answer = call({path: "/never", timeoutMs: 2000}, {clock});
    const checked = expect(answer).rejects.toMatchObject({code: "client/timeout", facts: {timeoutMs: 2000}});
    await clock.advance(2000);
    await checked;
  });

  test("an aborted call rejects with the reason of its signal", async () => {
    const controller = new AbortController();
    const answer = call({path: "/never", signal: controller.signal});
    controller.abort(new Error("closed"));
    await expect(answer).rejects.toThrow("closed");
  });

  test("an answer longer than the limit is not read to its end", async () => {
    await expect(call({path: "/big", maxBytes: 1000})).rejects.toMatchObject({code: "client/too-large"});
    await expect(call({path: "/big", maxBytes: 10_000})).resolves.toHaveProperty("text");
  });

  test("an answer that is not JSON is not a gateway's", async () => {
    await expect(call({path: "/page"})).rejects.toMatchObject({code: "client/not-json"});
  });

  test("a redirection is not followed with the token", async () => {
    await expect(call({path: "/moved"}, {token: "secret"})).rejects.toMatchObject({code: "client/unreachable"});
  });
});

describe("a request", () => {
  test("longer than the limit is not sent", async () => {
    const body = {text: "x".repeat(MAX_REQUEST_BYTES)};
    await expect(call({method: "POST", path: "/echo", body})).rejects.toMatchObject({code: "client/too-large"});
  });

  test("carries the token and the query that is given", async () => {
    const answer = await call({path: "/echo", query: {from: 1, to: undefined, text: "a&b"}}, {token: "secret"});
    expect(answer.query).toEqual({from: "1", text: "a&b"});
    expect(answer.headers).toMatchObject({authorization: "Bearer secret", accept: "application/json"});
  });

  test("without a token has no Authorization header", async () => {
    const answer = await call({path: "/echo"}, {token: ""});
    expect(answer.headers).not.toHaveProperty("authorization");
  });

  test("keeps a path in front of the gateway", () => {
    expect(createHttp("audit", {url: "https://plant.example/gateway/"}).url).toBe("https://plant.example/gateway");
  });
});

test.each(["", "127.0.0.1:14265", "ftp://host", "http://user:pass@host", "http://host?x=1", "http://"])(
  'the address "%s" is refused',
  (address) => {
    expect(() => createHttp("audit", {url: address})).toThrow(expect.objectContaining({code: "client/invalid-url"}));
  },
);

test("what is not found is null or false where absence is an answer", async () => {
  const http = createHttp("audit", {url});
  expect(await http.jsonOrNull({path: "/status/404"})).toBeNull();
  expect(await http.bytesOrNull({path: "/status/404"})).toBeNull();
  expect(await http.isDone({method: "DELETE", path: "/gone"})).toBe(true);
  expect(await http.isDone({method: "DELETE", path: "/status/404"})).toBe(false);
  await expect(http.jsonOrNull({path: "/status/403"})).rejects.toMatchObject({code: "audit/refused"});
});
